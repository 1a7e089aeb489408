/**
 * What can befall the program while it writes: it is killed, its terminal goes, a reader leaves, the system gives no memory,
 * somebody else writes the same file. What was there stays, or the new file is whole; later runs are in nobody's way.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.mjs';
import { MAIN, shell } from '../cli/program.ts';
import { commands, exampleOf, PREPARED, REFUSED } from './command-lines.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOOK = fileURLToPath(new URL('fault-hook.cjs', import.meta.url));
/** 2^28 spans: a map of them is being written for hours. */
const ENDLESS = 'maxphyaddr: 46\nmtrr: {default: UC, variable: [{base: 0, mask: 0x1000, type: WB}]}\n';
const BEFORE = 'before\n';

const folder = mkdtempSync(join(tmpdir(), 'eptsweep-faults-'));
const results = join(folder, 'results');
const endless = join(folder, 'endless.yaml');

interface Fault {
  readonly at?: 'write' | 'rename' | 'thread' | 'threads';
  readonly pid?: number;
}

/** A run in the repository's folder with a fault planted. */
function faulty(args: readonly string[], { at, pid }: Fault = {}) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--require', HOOK, MAIN, ...args], {
    cwd: ROOT,
    env: { ...process.env, COLUMNS: '', ...(at && { FAULT: at }), ...(pid && { FAULT_PID: `${pid}` }) },
    encoding: 'utf8',
  });
  return { status, signal, stdout, stderr };
}

beforeAll(async () => {
  await buildPage({ log: () => undefined });
  writeFileSync(endless, ENDLESS);
  const { status, stderr } = faulty(['sweep', 'run', 'examples/sweep/fleet.yaml', '-o', results, '-q']);
  expect([0, 1], stderr).toContain(status);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** A new folder. */
function fresh(): string {
  made += 1;
  const path = join(folder, String(made));
  mkdirSync(path);
  return path;
}

const written = [...(await commands())].filter(
  ([name, command]) =>
    !REFUSED.includes(name) && command.options.some(({ flags }) => flags === '-o, --output <file>'),
);

describe.each(written)('eptsweep %s -o FILE', (name, command) => {
  const line = (PREPARED[name] ?? exampleOf(name, command)).args.map((word) =>
    word === 'RESULTS' ? results : word,
  );
  const at = line.indexOf('-o');
  const into = (file: string): readonly string[] =>
    at < 0 ? [...line, '-o', file] : line.map((word, index) => (index === at + 1 ? file : word));
  /** How many lines a whole answer has: times in it differ from run to run. */
  const linesOf = (file: string): number => readFileSync(file, 'utf8').split('\n').length;
  let whole = 0;
  beforeAll(() => {
    const file = join(fresh(), 'out');
    const { status, stderr } = faulty(into(file));
    expect([0, 1], stderr).toContain(status);
    whole = linesOf(file);
  });

  it.each(['write', 'rename'] as const)(
    'killed at its %s: what was there stays, and the next run is whole',
    (at) => {
      const place = fresh();
      const file = join(place, 'out');
      writeFileSync(file, BEFORE);
      for (let times = 0; times < 2; times++) {
        expect(faulty(into(file), { at, pid: 1 }).signal).toBe('SIGKILL');
        expect(readFileSync(file, 'utf8')).toBe(BEFORE);
      }
      const left = readdirSync(place).length;
      const { status, stderr } = faulty(into(file), { pid: 1 });
      expect([0, 1], stderr).toContain(status);
      expect([linesOf(file), readdirSync(place).length]).toEqual([whole, left]);
    },
  );

  it('keeps the mode of the file before, and links', () => {
    const place = fresh();
    const [file, link, lost] = ['out', 'link', 'lost'].map((one) => join(place, one)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, BEFORE);
    chmodSync(file, 0o604);
    symlinkSync('out', link);
    symlinkSync('later', lost);
    faulty(into(link));
    faulty(into(lost));
    expect([lstatSync(link).isSymbolicLink(), readlinkSync(link)]).toEqual([true, 'out']);
    expect([lstatSync(lost).isSymbolicLink(), readlinkSync(lost)]).toEqual([true, 'later']);
    expect([statSync(file).mode & 0o777, linesOf(file)]).toEqual([0o604, whole]);
    expect(linesOf(join(place, 'later'))).toBe(whole);
    expect(readdirSync(place).sort()).toEqual(['later', 'link', 'lost', 'out']);
  });
});

describe('states and campaigns', () => {
  it('verify --resume: a killed run leaves the state before', () => {
    const state = join(fresh(), 'state.json');
    const line = ['verify', 'ovmf-q35', '0-64M', '--resume', state];
    expect(faulty(line, { at: 'write', pid: 1 }).signal).toBe('SIGKILL');
    expect(faulty(line, { at: 'rename', pid: 1 }).signal).toBe('SIGKILL');
    expect(faulty(line, { pid: 1 })).toMatchObject({ status: 0 });
    expect(JSON.parse(readFileSync(state, 'utf8')).schema).toMatch(/^eptsweep\//);
  });

  it('sweep run: killed at each kind of moment, and gone on with', () => {
    const place = join(fresh(), 'results');
    const line = ['sweep', 'run', 'examples/sweep/fleet.yaml', '-o', place];
    for (const at of ['write', 'rename'] as const) {
      expect(faulty(line, { at, pid: 1 }).signal).toBe('SIGKILL');
    }
    const { status, stderr } = faulty(line, { pid: 1 });
    expect([0, 1], stderr).toContain(status);
    const report = (of: string) => faulty(['sweep', 'status', of, '--json']).stdout;
    expect(JSON.parse(report(place)).blocks).toEqual(JSON.parse(report(results)).blocks);
  });
});

describe('threads that end', () => {
  const machine = join(folder, 'threads.yaml');
  const verified = ['verify', machine, '--threads', '2'];
  const swept = (out: string): string[] => [
    'sweep',
    'run',
    'examples/sweep/fleet.yaml',
    '-o',
    out,
    '--threads',
    '2',
    '-q',
  ];
  /** What is found, without how long it took. */
  const found = (text: string): string => text.replace(/^time .*$/m, '');
  const digestOf = (text: string): string | undefined => /^digest [0-9a-f]+$/m.exec(text)?.[0];

  beforeAll(() => writeFileSync(machine, 'maxphyaddr: 40\nmtrr: {default: WB}\n'));

  it.each(['thread', 'threads'] as const)('verify: others visit the pages again (%s)', (at) => {
    const whole = faulty(verified);
    const { status, stdout, stderr } = faulty(verified, { at });
    expect(whole.stderr).not.toContain('a worker died');
    expect(stderr).toMatch(/a worker died \(.+\): pages 0x[0-9a-f]+-0x[0-9a-f]+ are visited again/);
    expect({ status, found: found(stdout) }).toEqual({ status: 0, found: found(whole.stdout) });
  });

  it('sweep run: another thread takes the block', () => {
    const whole = faulty(swept(join(fresh(), 'whole')));
    const { status, stdout } = faulty(swept(join(fresh(), 'cut')), { at: 'thread' });
    expect(digestOf(whole.stdout)).toBeDefined();
    expect({ status, digest: digestOf(stdout) }).toEqual({
      status: whole.status,
      digest: digestOf(whole.stdout),
    });
  });

  it('sweep run: a block that no thread outlives is given up, and said so', () => {
    const out = join(fresh(), 'lost');
    const { status, stderr } = faulty(swept(out), { at: 'threads' });
    expect(status).toBe(3);
    expect(stderr).toMatch(/block 0 failed 3 times, last on .+: its thread ended with exit code 1/);
    const again = faulty(['sweep', 'retry', out]);
    expect(again.status, again.stderr).toBe(0);
  });
});

describe('signals and readers', () => {
  /** Starts the endless map, and does something once it has begun to write. */
  function begun(file: string, when: (child: ChildProcess) => void) {
    return new Promise<{ status: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [MAIN, 'map', endless, '--limit', '0', '-o', file]);
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const place = join(file, '..');
      const looking = setInterval(() => {
        if (!readdirSync(place).some((name) => name.endsWith('.tmp'))) return;
        clearInterval(looking);
        when(child);
      }, 5);
      child.on('close', (status) => {
        clearInterval(looking);
        resolve({ status, stderr });
      });
    });
  }

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: %i, a line, and nothing left about', async (signal, code) => {
    const place = fresh();
    const file = join(place, 'out');
    const { status, stderr } = await begun(file, (child) => child.kill(signal));
    expect(status).toBe(code);
    expect(stderr).toBe(`eptsweep map: interrupted: nothing was written to ${file}; begin again\n`);
    expect(readdirSync(place)).toEqual([]);
  });

  it('SIGHUP with a standard error that has gone', async () => {
    const place = fresh();
    const { status } = await begun(join(place, 'out'), (child) => {
      child.stderr!.destroy();
      child.kill('SIGHUP');
    });
    expect([status, readdirSync(place)]).toEqual([129, []]);
  });

  it('a reader of a named pipe that leaves is no error, as one of standard output', () => {
    const pipe = join(fresh(), 'pipe');
    const { status, stdout, stderr } = shell(
      `mkfifo ${pipe} && { head -n 1 ${pipe} & } ; eptsweep map ${endless} --limit 0 -o ${pipe}; echo "ended with $?"; wait`,
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ended with 0');
  });
});

describe('two with one output', () => {
  it('each is whole, and the file is that of one of them', async () => {
    const place = fresh();
    const file = join(place, 'out');
    const ends = ['csv', 'json', 'csv', 'json'].map(
      (format) =>
        new Promise<number | null>((resolve) =>
          spawn(process.execPath, ['--require', HOOK, MAIN, 'map', 'ovmf-q35', '-f', format, '-o', file], {
            env: { ...process.env, FAULT_PID: '1' },
          }).on('close', resolve),
        ),
    );
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
    const text = readFileSync(file, 'utf8');
    const of = (format: string) => shell(`eptsweep map ovmf-q35 -f ${format}`).stdout;
    expect([of('csv'), of('json')]).toContain(text);
    expect(readdirSync(place)).toEqual(['out']);
  });
});

describe('files that may not be written', () => {
  const isRoot = process.getuid?.() === 0;
  /** As somebody who is bound by modes. */
  function asNobody(args: readonly string[]) {
    return spawnSync(process.execPath, [MAIN, ...args], {
      ...(isRoot && { uid: 65534, gid: 65534 }),
      encoding: 'utf8',
    });
  }

  it('a read-only file in a folder that may be written is not replaced', () => {
    const place = fresh();
    chmodSync(folder, 0o755);
    chmodSync(place, 0o777);
    const file = join(place, 'out');
    writeFileSync(file, BEFORE);
    chmodSync(file, 0o444);
    const { status, stderr } = asNobody(['map', 'ovmf-q35', '-o', file]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `eptsweep map: ${file}: permission denied\n`,
    });
    expect([readFileSync(file, 'utf8'), readdirSync(place)]).toEqual([BEFORE, ['out']]);
  });

  it('a name as long as names may be', () => {
    const place = fresh();
    const file = join(place, 'n'.repeat(255));
    expect(faulty(['map', 'ovmf-q35', '-o', file])).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(place)).toEqual(['n'.repeat(255)]);
  });

  it('a link that leads to itself', () => {
    const file = join(fresh(), 'loop');
    symlinkSync('loop', file);
    const { status, stderr } = faulty(['map', 'ovmf-q35', '-o', file]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `eptsweep map: ${file}: a link that leads back to itself\n`,
    });
  });
});

describe('an address space that is limited', () => {
  const limited = (line: string) => shell(`ulimit -v 4000000; ${line}`);

  it.each([
    'map ovmf-q35',
    'check ovmf-q35',
    'explain ovmf-q35 0',
    'share ovmf-q35',
    'fit thinkpad-t400',
    'diff ovmf-q35 --against policy:sdm',
    'convert ovmf-q35 --to edk2 -q',
    'fuzz --count 3',
    'oracle',
  ])('%s: one line that names the cause', (line) => {
    const { status, stdout, stderr } = limited(`eptsweep ${line}`);
    expect(stderr).toMatch(/^eptsweep \w+: WebAssembly gets no memory: .*\(ulimit -v\); [^\n]*\n$/);
    expect([status, stdout]).toEqual([3, '']);
  });

  it('--engine reference needs none of it', () => {
    for (const line of ['map ovmf-q35', 'diff seabios-pc ovmf-q35 0-4G']) {
      const { status, stdout, stderr } = limited(`eptsweep ${line} --engine reference`);
      expect([0, 1], stderr).toContain(status);
      expect(stdout).toBe(shell(`eptsweep ${line} --engine reference`).stdout);
    }
  });
});
