/**
 * Every command, with everything that a shell and a machine can do to it. Commands come from the program: one that is
 * added joins by the first example of its help, or by a line here.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.mjs';
import { eptsweep, MAIN, shell } from '../cli/program.ts';
import { ASKED, choicesOf, commands, exampleOf, type Line, PREPARED, REFUSED } from './command-lines.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

interface Left {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Around {
  readonly variables?: Readonly<Record<string, string>>;
  /** A file for standard output. */
  readonly stdout?: number;
  readonly asNobody?: boolean;
  readonly signalAfterMs?: number;
  readonly closesPipe?: boolean;
}

/** What a test works in: a folder that the program is started in, and what must stay empty. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'eptsweep-matrix-'));
  readonly #temporary = join(this.folder, 'tmp');

  constructor() {
    chmodSync(this.folder, 0o755);
    mkdirSync(this.#temporary);
    chmodSync(this.#temporary, 0o777);
    symlinkSync(join(ROOT, 'examples'), join(this.folder, 'examples'));
  }

  run(
    args: readonly string[],
    { variables, stdout = -1, asNobody = false, signalAfterMs, closesPipe }: Around = {},
  ): Promise<Left> {
    const asked = ASKED[args[0]!];
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [MAIN, ...args], {
        cwd: this.folder,
        stdio: [asked === undefined ? 'ignore' : 'pipe', stdout >= 0 ? stdout : 'pipe', 'pipe'],
        env: { ...process.env, COLUMNS: '', FORCE_COLOR: '', TMPDIR: this.#temporary, ...variables },
        ...(asNobody && { uid: NOBODY, gid: NOBODY }),
      });
      child.stdin?.on('error', () => {}).end(asked);
      const left = { stdout: '', stderr: '' };
      if (closesPipe) child.stdout?.destroy();
      else child.stdout?.on('data', (bytes: Buffer) => (left.stdout += bytes.toString('latin1')));
      child.stderr!.on('data', (bytes: Buffer) => (left.stderr += bytes.toString()));
      const timer =
        signalAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), signalAfterMs);
      child.on('close', (status, signal) => {
        clearTimeout(timer);
        resolve({ status, signal, ...left });
      });
    });
  }

  /** Names of what lies about that was not asked for. */
  leftovers(): readonly string[] {
    const known = ['examples', 'tmp', 'new', 'results', 'locked', 'full', 'empty', 'large', 'hidden'];
    const here = readdirSync(this.folder).filter((name) => !known.includes(name));
    const inFolders = ['locked', 'full']
      .filter((name) => existsSync(join(this.folder, name)))
      .flatMap((name) => readdirSync(join(this.folder, name)));
    return [...here, ...readdirSync(this.#temporary), ...inFolders.filter((name) => name !== 'filling')];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Lines of standard error. */
function complaints({ stderr }: Left): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '');
}

function expectOneLine(left: Left, status: number | readonly number[], because: RegExp): void {
  const lines = complaints(left);
  expect([left.status, lines.length], left.stderr).toEqual([
    [status].flat().includes(left.status!) ? left.status : [status].flat(),
    1,
  ]);
  expect(lines[0]).toMatch(because);
}

const place = new Place();
const results = join(place.folder, 'results');
const found = await commands();

beforeAll(async () => {
  await buildPage({ log: () => undefined });
  const { status, stderr } = eptsweep(['sweep', 'run', 'examples/sweep/fleet.yaml', '-o', results, '-q']);
  expect([0, 1], stderr).toContain(status);
  const path = (name: string) => join(place.folder, name);
  writeFileSync(path('empty'), '');
  writeFileSync(path('hidden'), '{maxphyaddr: 36}');
  chmodSync(path('hidden'), 0o000);
  const large = openSync(path('large'), 'w');
  ftruncateSync(large, 200 * 2 ** 20);
  closeSync(large);
  mkdirSync(path('locked'));
  chmodSync(path('locked'), 0o555);
  mkdirSync(path('full'));
  if (!isRoot) return;
  const { status: mounted } = shell(
    `mount -t tmpfs -o size=4k tmpfs ${path('full')} && chmod 777 ${path('full')} && head -c 4096 /dev/zero > ${path('full')}/filling`,
  );
  if (mounted !== 0) rmSync(path('full'), { recursive: true, force: true });
});

afterAll(() => {
  shell(`umount ${join(place.folder, 'full')} 2>/dev/null`);
  place.remove();
});

let made = 0;
/** The words of a line, with folders in place. */
function placed({ args }: Line): readonly string[] {
  made += 1;
  const fresh = join('new', String(made));
  mkdirSync(join(place.folder, 'new'), { recursive: true });
  return args.map((word) => (word === 'RESULTS' ? 'results' : word === 'NEW' ? fresh : word));
}

const withInput = ({ args, input }: Line, file: string): readonly string[] =>
  args.map((word, at) => (at === input ? file : word));

describe.each([...found.keys()])('eptsweep %s', (name) => {
  const command = found.get(name)!;
  const line = PREPARED[name] ?? exampleOf(name, command);
  const options = command.options.map(({ long, flags }) => ({ long, flags }));
  /** Errors alone, where a command says more. */
  const quiet = options.some(({ long }) => long === '--quiet') ? ['--quiet'] : [];
  const wordsOf = (one: Line): readonly string[] => [...placed(one), ...quiet];
  const output = options.find(({ long }) => long === '--output')?.flags;
  const ends = REFUSED.includes(name) ? [2] : [0, 1];
  const hasOutput = output !== undefined && !REFUSED.includes(name);
  /** The line with `-o` elsewhere. */
  const into = (file: string): readonly string[] => {
    const words = wordsOf(line);
    const at = words.indexOf('-o');
    return at < 0 ? [...words, '-o', file] : words.map((word, index) => (index === at + 1 ? file : word));
  };
  // A full disk, and a folder that may not be written, end a campaign with 3; whatever is an input, with 2.
  const refusals = output?.includes('<dir>') ? [2, 3] : [2];

  it('--help', async () => {
    const left = await place.run([...name.split(' '), '--help']);
    expect([left.status, left.stderr]).toEqual([0, '']);
    expect(left.stdout).toContain(`Usage: eptsweep ${name}`);
  });

  it('LANG=C and 60 columns', async () => {
    const plain = await place.run(wordsOf(line), { variables: { LC_ALL: 'C.UTF-8' } });
    expect(ends, plain.stderr).toContain(plain.status);
    const [bare, narrow] = [
      await place.run(wordsOf(line), { variables: { LC_ALL: 'C', LANG: 'C' } }),
      await place.run(wordsOf(line), { variables: { COLUMNS: '60' } }),
    ];
    const steady = (text: string) => text.replace(/new\/\d+|time [^\n]*|\d+\.\d+ s/g, 'new');
    expect([bare.status, steady(bare.stdout)]).toEqual([plain.status, steady(plain.stdout)]);
    expect(narrow.status).toBe(plain.status);
    const kept = new Set(steady(narrow.stdout).split(/\s+/));
    const words = steady(plain.stdout).split(/\s+/);
    expect(words.filter((word) => !kept.has(word))).toEqual([]);
  });

  it('a pipe that is closed', async () => {
    const left = await place.run(wordsOf(line), { closesPipe: true });
    expect(ends, left.stderr).toContain(left.status);
    if (!REFUSED.includes(name)) expect(complaints(left)).toEqual([]);
  });

  if (existsSync('/dev/full') && ends.includes(0))
    it('a full device', async () => {
      const device = openSync('/dev/full', 'w');
      const left = await place.run(wordsOf(line), { stdout: device });
      closeSync(device);
      // What says nothing has nothing to lose.
      if (left.stderr !== '' || left.status !== 0) expectOneLine(left, 2, /no space left on device$/);
      if (!hasOutput || output.includes('<dir>')) return;
      expectOneLine(await place.run(into('/dev/full')), 2, /\/dev\/full: no space left on device$/);
    });

  if (isRoot && hasOutput)
    it('a full disk', async ({ skip }) => {
      if (!existsSync(join(place.folder, 'full', 'filling'))) skip('no file system may be mounted here');
      expectOneLine(await place.run(into('full/out')), refusals, /full.*no space left on device/);
      rmSync(join(place.folder, 'full', 'out'), { recursive: true, force: true });
    });

  if (isRoot && hasOutput)
    it('a folder that may not be written', async () => {
      expectOneLine(
        await place.run(into('locked/out'), { asNobody: true }),
        refusals,
        /locked.*permission denied/,
      );
    });

  if (isRoot && line.input !== undefined)
    it('a file that may not be read', async () => {
      const words = withInput({ ...line, args: wordsOf(line) }, 'hidden');
      expectOneLine(await place.run(words, { asNobody: true }), 2, /hidden: permission denied$/);
    });

  it('SIGINT', async () => {
    // Soon, and when it is at work; an answer may have been quicker.
    for (const signalAfterMs of [30, 250]) {
      const left = await place.run(wordsOf(line), { signalAfterMs });
      const isEnded = left.signal === 'SIGINT' || [130, ...ends].includes(left.status!);
      expect(isEnded, `${left.status} ${left.stderr}`).toBe(true);
      expect(left.stderr).not.toMatch(/^\s+at /m);
    }
  });

  if (line.input !== undefined)
    it('an empty input, and one of 200 MB', async () => {
      for (const file of ['empty', 'large']) {
        const words = withInput({ ...line, args: wordsOf(line) }, file);
        expectOneLine(await place.run(words), 2, new RegExp(file));
      }
    });

  if (choicesOf(name, command).length > 0)
    it('each of its choices', async () => {
      for (const choice of choicesOf(name, command)) {
        const left = await place.run([name, choice], { variables: { COLUMNS: '60', LC_ALL: 'C' } });
        expect([choice, left.status, left.stderr]).toEqual([choice, 0, '']);
        const closed = await place.run([name, choice], { closesPipe: true });
        expect([choice, closed.status, closed.stderr]).toEqual([choice, 0, '']);
      }
    });

  it('leaves nothing about', () => {
    expect(place.leftovers()).toEqual([]);
  });
});

it('200 MB of text that nobody knows: one line', async () => {
  const file = join(place.folder, 'large');
  const noise = '[    0.123456] systemd[1]: Started a service.\n'.repeat(20_000);
  const descriptor = openSync(file, 'w');
  for (let size = 0; size < 200 * 2 ** 20; size += noise.length) writeFileSync(descriptor, noise);
  closeSync(descriptor);
  expectOneLine(await place.run(['check', 'large']), 2, /^eptsweep check: large: no MTRR/);
});
