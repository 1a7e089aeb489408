/** What commands say on standard error while they work, and what --quiet and --progress make of it. */
import type { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { note, speak } from '../../src/cli/output/notes.ts';
import { Progress } from '../../src/cli/output/progress.ts';
import { progressText } from '../../src/write/progress/progress.ts';
import { problemsOf } from '../json-schemas.ts';
import { inProcess, withFiles } from './program.ts';

/** What answers at once, or answers another program. */
const WITHOUT = ['capture', 'completion', 'list', 'oracle'];
const JSON_PROGRESS = ['--progress', 'json'];

async function leaves(): Promise<readonly Command[]> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return all.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
}

describe('the options', () => {
  it('belong to every command that can take more than a second', async () => {
    for (const command of await leaves()) {
      const names = command.options.map(({ long }) => long);
      const expected = !WITHOUT.includes(command.name());
      expect([command.name(), names.includes('--quiet'), names.includes('--progress')]).toEqual([
        command.name(),
        expected,
        expected,
      ]);
    }
  });
});

describe('--quiet', () => {
  const ASSUMING = ['map', 'examples/dumps/slow.mtrr', '3G-4G', '-f', 'csv'];

  it('leaves out warnings and assumptions, and changes nothing else', async () => {
    const loud = await inProcess(ASSUMING);
    const quiet = await inProcess([...ASSUMING, '--quiet']);
    expect(loud.stderr).toContain('assumed');
    expect(quiet).toEqual({ ...loud, stderr: '' });
    expect(await inProcess([...ASSUMING, '-q'])).toEqual(quiet);
  });

  it('leaves errors, and those of single inputs of many', async () => {
    const missing = await inProcess(['map', 'no-such-file', '-q']);
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    expect(missing.stderr).toMatch(/^eptsweep map: .*no-such-file/);
    const fleet = await inProcess(['check', 'ovmf-q35', 'no-such-file', '-q']);
    expect(fleet.status).toBe(2);
    expect(fleet.stderr).toMatch(/^eptsweep check: [^\n]*no-such-file[^\n]*\n$/);
  });

  it('does not weaken --strict', async () => {
    const { status, stderr } = await inProcess([...ASSUMING, '--quiet', '--strict']);
    expect(status).toBe(2);
    expect(stderr).toContain('strict');
  });

  it('says nothing of the file that was written', async () => {
    await withFiles({}, async (folder) => {
      const args = ['check', 'ovmf-q35', 'seabios-q35', '--min-severity', 'HIGH', '-o', `${folder}/out`];
      expect((await inProcess(args)).stderr).toContain(`(${folder}/out)`);
      expect((await inProcess([...args, '--quiet'])).stderr).toBe('');
    });
  });
});

describe('--progress json', () => {
  it.each([
    [['verify', 'ovmf-q35', '0+1G'], { unit: 'pages', done: 262144, total: 262144 }],
    [['fuzz', '--count', '3'], { unit: 'VMs', done: 3, total: 3 }],
    [['map', 'ovmf-q35', 'seabios-q35'], { unit: 'inputs', done: 2, total: 2 }],
    [['explain', 'ovmf-q35', 'seabios-q35', '0', '--no-changes'], { unit: 'inputs', done: 2, total: 2 }],
    [['check', 'ovmf-q35', 'seabios-q35'], { unit: 'inputs', done: 2, total: 2 }],
    [['fit', 'ovmf-q35', 'seabios-q35'], { unit: 'inputs', done: 2, total: 2 }],
    [['assert', 'examples/assert/vmm.yml', 'ovmf-q35'], { unit: 'inputs', done: 1, total: 1 }],
    [['replay', 'live-range-moved'], { unit: 'events' }],
    [['replay', 'live-range-moved', '--design', 'role,vcpu0'], { unit: 'events' }],
    [['trace', 'examples/trace/guest.yaml', 'examples/trace/guest.ftrace'], { unit: 'bytes' }],
  ])('%j: ends with a line of its published shape', async (args, expected) => {
    const { stderr } = await inProcess([...args, '--quiet', ...JSON_PROGRESS]);
    const lines = stderr.trimEnd().split('\n');
    for (const line of lines) expect(problemsOf('progress@1', JSON.parse(line))).toEqual([]);
    const last = JSON.parse(lines.at(-1)!) as Record<string, unknown>;
    expect(last).toMatchObject({ command: args[0], secondsLeft: 0, ...expected });
    expect(last.done).toBe(last.total);
  });

  it('is told on standard error alone, whatever the answer is', async () => {
    const args = ['verify', 'ovmf-q35', '0+1M', '--json'];
    const document = (text: string) => ({ ...JSON.parse(text), seconds: 0, pagesPerSecond: 0 }) as unknown;
    const plain = await inProcess(args);
    const told = await inProcess([...args, ...JSON_PROGRESS]);
    expect(document(told.stdout)).toEqual(document(plain.stdout));
  });

  it('refuses another word', async () => {
    const { status, stderr } = await inProcess(['map', 'ovmf-q35', '--progress', 'often']);
    expect(status).toBe(2);
    expect(stderr).toContain('auto, never, json');
  });
});

describe('the line of a terminal', () => {
  const { isTTY, write } = process.stderr;
  const { TERM } = process.env;
  afterEach(() => {
    process.stderr.isTTY = isTTY;
    process.stderr.write = write;
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
    speak(undefined);
    vi.useRealTimers();
  });

  /** What is written to a terminal while ten pages pass, one in 300 ms. */
  function written(manner: Partial<Parameters<typeof speak>[0]>, subject = {}, term = 'xterm'): string {
    let text = '';
    process.stderr.isTTY = true;
    process.env.TERM = term;
    process.stderr.write = ((chunk: string) => {
      text += chunk;
      return true;
    }) as typeof process.stderr.write;
    vi.useFakeTimers();
    speak({ command: 'verify', line: '', isQuiet: false, progress: 'auto', ...manner });
    const progress = new Progress({ unit: 'pages', total: 10, ...subject });
    for (let done = 1; done <= 10; done++) {
      vi.advanceTimersByTime(300);
      progress.show(done);
      if (done === 5) note('half');
    }
    progress.end();
    return text;
  }

  it('begins when a job lasts, gives way to what is said, and is gone at the end', () => {
    const text = written({});
    const shown = text.split('\x1b[K');
    expect(shown[0]).toBe('\r20.0 %  2/10 pages  3.3/s  00:02 left');
    expect(text).toContain('5/10 pages  3.3/s  00:02 left\x1b[K\r\x1b[Khalf\n\r60.0 %');
    expect(text.endsWith('\r\x1b[K')).toBe(true);
  });

  it.each([
    ['--progress never', { progress: 'never' as const }, {}, 'xterm', 'half\n'],
    ['--quiet', { isQuiet: true }, {}, 'xterm', ''],
    ['an answer in sight', {}, { isInSight: true }, 'xterm', 'half\n'],
    ['TERM=dumb', {}, {}, 'dumb', 'half\n'],
  ])('%s: none', (_, manner, subject, term, expected) => {
    expect(written(manner, subject, term)).toBe(expected);
  });

  it('tells of the outer one of two jobs', () => {
    let text = '';
    process.stderr.write = ((chunk: string) => {
      text += chunk;
      return true;
    }) as typeof process.stderr.write;
    speak({ command: 'replay', line: '', isQuiet: false, progress: 'json' });
    const outer = new Progress({ unit: 'events', total: 1 });
    const inner = new Progress({ unit: 'bytes' });
    inner.end(7);
    outer.end(1);
    expect(text).not.toContain('bytes');
    expect(text).toContain('"unit":"events"');
  });

  it.each([
    [{ unit: 'bytes', done: 3 * 2 ** 20, total: 6 * 2 ** 20, seconds: 1 }, '50.0 %  3M/6M  3M/s  00:01 left'],
    [{ unit: 'bytes', done: 2 ** 20, total: undefined, seconds: 2 }, '1M  0/s'],
    [
      { unit: 'pages', done: 5e6, total: 1e7, seconds: 1 },
      '50.0 %  5,000,000/10,000,000 pages  5.0 M/s  00:01 left',
    ],
    [{ unit: 'blocks', done: 0, total: 4, seconds: 1 }, '0.0 %  0/4 blocks  0.0/s  ? left'],
  ])('%j', (state, text) => {
    expect(progressText({ command: 'x', before: 0, details: [], ...state })).toBe(text);
  });
});
