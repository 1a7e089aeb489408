/**
 * Campaigns on a queue, with everything killed: workers, coordinator and server, at least fifty times, and no block is
 * lost or counted twice. It needs redis-server (apt); the queue's packages are installed into build/, without scripts.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.mjs';
import { eptsweep, MAIN } from '../cli/program.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const PACKAGES = resolve('build/queue-packages');
const KILLS = 50;
/** Blocks that are done between two kills: a clock would kill workers on a busy machine before they begin. */
const BLOCKS_BETWEEN = 20;
/** 16 shards of 224 points: 3,584 blocks. */
const LARGE = `ask: pages
layouts: {presets: ovmf-q35}
axes: {policy: [kvm-4.7..kvm-7.1], noncoherentDma: [false, true], quirks: [[], [cd-nw-cleared]]}
verify: none
`;
const SMALL =
  '{ask: pages, layouts: {presets: ovmf-q35}, axes: {policy: [sdm, kvm-5.16, kvm-6.8]}, verify: none}';
const OTHER =
  '{ask: pages, layouts: {presets: ovmf-q35}, axes: {policy: [kvm-6.11, kvm-6.12]}, verify: none}';

let folder = '';
const path = (name: string): string => join(folder, name);

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

/** A process that is started again when it was killed. */
class Part {
  readonly #start: () => ChildProcess;
  child: ChildProcess;
  hasEnded = false;
  status: number | null = null;

  constructor(start: () => ChildProcess) {
    this.#start = start;
    this.child = this.#started();
  }

  #started(): ChildProcess {
    this.hasEnded = false;
    const child = this.#start();
    child.on('exit', (status) => {
      if (this.child !== child) return;
      this.hasEnded = true;
      this.status = status;
    });
    return child;
  }

  /** Kills it, if it still runs, and starts another one. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    }
    this.child = this.#started();
  }

  async ended(): Promise<number | null> {
    while (!this.hasEnded) await sleep(100);
    return this.status;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

async function redis(
  ...settings: readonly string[]
): Promise<{ readonly server: Part; readonly url: string }> {
  const port = await freePort();
  const data = path(`redis-${port}`);
  mkdirSync(data);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', data, ...settings];
  return {
    server: new Part(() => spawn('redis-server', args, { stdio: 'ignore' })),
    url: `redis://127.0.0.1:${port}`,
  };
}

function program(args: readonly string[]): Part {
  const env = { ...process.env, NODE_PATH: join(PACKAGES, 'node_modules') };
  return new Part(() => spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore', env }));
}

const coordinator = (spec: string, results: string, url: string, threads = '0'): Part =>
  program(['sweep', 'run', path(spec), '-o', path(results), '--queue', url, '--threads', threads]);
const worker = (results: string, url: string): Part =>
  program(['sweep', 'work', '-o', path(results), '--queue', url, '--threads', '1']);

const summary = (results: string): string => readFileSync(path(`${results}/summary.json`), 'utf8');
const names = (of: string): string[] => {
  try {
    return readdirSync(path(of));
  } catch {
    return [];
  }
};

/** Blocks that a process which is gone had in hand. */
function inHand(results: string, pid: number | undefined): number {
  return names(`${results}/started`).filter((name) => {
    try {
      return JSON.parse(readFileSync(path(`${results}/started/${name}`), 'utf8')).pid === pid;
    } catch {
      // Torn, or another worker is through with it.
      return true;
    }
  }).length;
}

/** Every block was begun once, but for those of which several starts are left. */
function executions(results: string, blocks: number): number {
  const starts = names(`${results}/started`);
  const begun = new Set(starts.map((name) => name.split('.')[0]));
  return blocks - begun.size + starts.length;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}

describe.skipIf(!hasRedis)('a queue', () => {
  beforeAll(async () => {
    await build({ quick: true, log: () => undefined });
    folder = mkdtempSync(join(tmpdir(), 'eptsweep-queue-'));
    for (const [name, text] of Object.entries({ large: LARGE, small: SMALL, other: OTHER })) {
      writeFileSync(path(`${name}.yaml`), text);
    }
    mkdirSync(PACKAGES, { recursive: true });
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', PACKAGES];
    const { status, stderr } = spawnSync('npm', [...install, 'bullmq@6', 'ioredis@6'], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    for (const name of ['large', 'small', 'other']) {
      expect(eptsweep(['sweep', 'run', path(`${name}.yaml`), '-o', path(name)])).toMatchObject({ status: 0 });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it(`loses nothing and counts nothing twice, with ${KILLS} kills in more than 2,000 blocks`, async () => {
    const { server, url } = await redis();
    const run = coordinator('large.yaml', 'killed', url);
    await until(() => names('killed').includes('campaign.lock.json'));
    const workers = [1, 2].map(() => worker('killed', url));
    const parts = [workers[0]!, workers[1]!, server, workers[0]!, workers[1]!, run];
    let [kills, lost] = [0, 0];
    const done = () => names('killed/blocks/00').length;
    while (kills < KILLS) {
      const before = done();
      await until(() => done() >= before + BLOCKS_BETWEEN);
      const part = parts[kills % parts.length]!;
      const { pid } = part.child;
      await part.kill();
      // The dead one's starts stay as they are; at the end of the server each worker has one block at the most.
      if (part === server) lost += workers.length;
      else if (part !== run) lost += inHand('killed', pid);
      kills += 1;
    }
    const atLast = done();
    expect(await run.ended()).toBe(0);
    for (const one of workers) expect(await one.ended()).toBe(0);
    server.stop();
    const blocks = done();
    const begun = executions('killed', blocks);
    console.log(
      `${kills} kills, ${atLast} of ${blocks} blocks at the last; ${begun} executions, ${lost} in hand at kills`,
    );
    expect(blocks).toBeGreaterThanOrEqual(2000);
    expect(atLast).toBeLessThan(blocks);
    expect(begun).toBeLessThanOrEqual(blocks + lost);
    expect(summary('killed')).toBe(summary('large'));
  });

  it.each([
    ['as Debian ships it', []],
    ['with append-only', ['--appendonly', 'yes']],
  ])('gives what threads give, on a server %s', async (_how, settings) => {
    const { server, url } = await redis(...settings);
    const name = `same-${settings.length}`;
    const run = coordinator('small.yaml', name, url, '2');
    await until(() => names(name).includes('campaign.lock.json'));
    const helper = worker(name, url);
    expect(await run.ended()).toBe(0);
    expect(await helper.ended()).toBe(0);
    server.stop();
    expect(summary(name)).toBe(summary('small'));
  });

  it('warns of a server that forgets', async () => {
    const { server, url } = await redis('--maxmemory-policy', 'allkeys-lru');
    const env = { ...process.env, NODE_PATH: join(PACKAGES, 'node_modules') };
    const args = ['sweep', 'run', path('small.yaml'), '-o', path('warned'), '--queue', url];
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
    server.stop();
    expect(status).toBe(0);
    expect(stderr).toMatch(/appendonly is off: /);
    expect(stderr).toMatch(/maxmemory-policy is allkeys-lru: .*; set noeviction$/m);
  });

  it('keeps two campaigns on one server apart', async () => {
    const { server, url } = await redis();
    const runs = [coordinator('small.yaml', 'one', url, '1'), coordinator('other.yaml', 'two', url, '1')];
    for (const run of runs) expect(await run.ended()).toBe(0);
    server.stop();
    expect(summary('one')).toBe(summary('small'));
    expect(summary('two')).toBe(summary('other'));
  });

  it('waits for a server that is away', async () => {
    const { server, url } = await redis();
    server.stop();
    await server.ended();
    const run = coordinator('small.yaml', 'away', url, '1');
    await sleep(3000);
    expect(run.hasEnded).toBe(false);
    await server.kill();
    expect(await run.ended()).toBe(0);
    server.stop();
    expect(summary('away')).toBe(summary('small'));
  });
});
