/** The bench runs, and its JSON has what is promised; how fast anything is, is no business of a test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { againstLine, againstRows } from '../../bench/against.ts';
import type { Machine } from '../../bench/machine.ts';
import { figureOf, race, speedRatio, timeRatio } from '../../bench/rounds.ts';
import { isMet, type Row, rowOf } from '../../bench/row.ts';
import { withTable } from '../../bench/write.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Ids with their ratios, and which of them need a C compiler. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  'entries-contiguous-tile': ['memoryFill', 'nativeFill'],
  'entries-contiguous-64m': ['memoryFill'],
  'entries-holes-tile': ['nativeFill'],
  'types-contiguous-tile': ['memoryFill'],
  'direct-simd-8': ['nativeNaive', 'numberLoop'],
  'direct-simd-10-holes': ['nativeNaive'],
  'random-10': ['nativeNaive', 'directScalar'],
  'histogram-contiguous-2^40': ['fill64m'],
  'reduce-contiguous-2^40': ['fill64m'],
  'reduce-holes-2^40': ['fill64m'],
  'compare-holes-2^40': ['fill64m'],
  'compare-sparse-2^40': ['fill64m', 'peakMiB'],
  'reduce-growth': ['growth'],
  'batch-8': ['configsPerSecond'],
  'batch-compare': ['library', 'nativeBatch'],
  'batch-2-threads': ['oneThread'],
  'direct-2-threads': ['oneThread'],
  'cold-map': ['emptyNode'],
  'cold-help': ['emptyNode'],
  'memory-2^40': ['mibAboveEmptyNode'],
};

interface Result {
  readonly schema: string;
  readonly machine: Machine;
  readonly isNoisy: boolean;
  readonly rows: readonly Row[];
}

function runBench(file: string, path: string): { stdout: string; result: Result } {
  const args = ['--import', 'tsx', 'bench/index.ts', '--tiny', '--json', file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { stdout, result: JSON.parse(readFileSync(file, 'utf8')) as Result };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eptsweep-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the whole bench, as little of it as possible', () => {
  it('has every id with every ratio, and says what it ran on', () => {
    const { stdout, result } = runBench(join(folder, 'with.json'), process.env.PATH ?? '');
    expect(result.schema).toBe('eptsweep/bench@1');
    expect(result.machine).toMatchObject({ node: process.version });
    expect(stdout.split('\n', 1)[0]).toContain(`Node ${process.version}`);
    expect(stdout.split('\n', 1)[0]).toContain(result.machine.cpu);
    for (const [id, ratios] of Object.entries(PROMISED)) {
      const row = result.rows.find((each) => each.id === id);
      expect(row, id).toBeDefined();
      for (const name of ratios) {
        const ratio = row!.ratios[name];
        if (name.startsWith('native') && result.machine.compiler === null) expect(ratio).toBeNull();
        else expect(ratio, `${id} ${name}`).toBeGreaterThan(0);
      }
    }
    expect(result.isNoisy).toBe(result.machine.isBusy || result.rows.some((row) => row.isNoisy));
  }, 120_000);

  it('says so where there is no compiler', () => {
    const file = join(folder, 'without.json');
    const args = ['--import', 'tsx', 'bench/index.ts', '--tiny', '--only', 'random-10', '--json', file];
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, PATH: folder },
    });
    expect(status).toBe(0);
    const { rows, machine } = JSON.parse(readFileSync(file, 'utf8')) as Result;
    expect(machine.compiler).toBeNull();
    expect(rows[0]!.ratios.nativeNaive).toBeNull();
    expect(rows[0]!.ratios.directScalar).toBeGreaterThan(0);
    expect(stdout).toContain('native C is absent');
  }, 60_000);
});

describe('rounds', () => {
  it('take turns, each round beginning with another contestant', async () => {
    const order: string[] = [];
    const contestant = (name: string, nanoseconds: number) => ({
      name,
      units: 10,
      run: (repeat: number) => {
        order.push(name);
        return nanoseconds * repeat * 10;
      },
    });
    const effort = { rounds: 3, turnMs: 1e-6, warmUpTurns: 1 };
    const times = await race([contestant('a', 100), contestant('b', 300)], effort);
    expect(order.slice(-6)).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(times).toEqual({ a: [100, 100, 100], b: [300, 300, 300] });
    expect(timeRatio(times, 'b', 'a')).toEqual({ median: 3, spread: 0 });
    expect(speedRatio(times, 'a', 'b').median).toBe(3);
  });

  it('take ratios round by round: a slow round hits both sides', () => {
    const times = { a: [1, 10, 1], b: [2, 20, 2] };
    expect(timeRatio(times, 'a', 'b')).toEqual({ median: 0.5, spread: 0 });
    expect(figureOf(times.a).spread).toBeGreaterThan(1);
  });

  it('are called noisy where the quartiles lie apart', () => {
    const parts = { id: 'x', what: 'y', bars: { r: { atLeast: 2 } } };
    const quiet = rowOf({ ...parts, ratios: { r: figureOf([2, 2.1, 2, 1.9]), absent: undefined } });
    expect(quiet).toMatchObject({ isNoisy: false, ratios: { absent: null } });
    expect([isMet(quiet, 'r'), isMet(quiet, 'absent')]).toEqual([true, undefined]);
    const loud = rowOf({ ...parts, ratios: { r: figureOf([1, 4, 0.5, 2]) } });
    expect(loud.isNoisy).toBe(true);
    expect(isMet(loud, 'r')).toBe(false);
  });
});

describe('one tree against another', () => {
  const timed = (ns: number) => ({
    ...rowOf({ id: 'x', what: 'y', ratios: {} }),
    nanoseconds: { engine: ns },
  });

  it('is a ratio a pair, more where this tree is faster', () => {
    const [row] = againstRows([
      [[timed(10)], [timed(5)]],
      [[timed(10)], [timed(10)]],
      [[timed(30)], [timed(10)]],
    ]);
    expect(row).toMatchObject({ id: 'x', name: 'engine', lower: 1.5, median: 2, upper: 2.5 });
  });

  it('calls a row slower where not even the upper quartile is near', () => {
    const [slow] = againstRows([[[timed(9)], [timed(10)]]]);
    expect(againstLine(slow!)).toContain('SLOWER');
    const [even] = againstRows([[[timed(96)], [timed(100)]]]);
    expect(againstLine(even!)).not.toContain('SLOWER');
  });

  it('turns what is counted a second, and leaves out what only one tree has', () => {
    const counted = (id: string, perSecond: number) =>
      rowOf({ id, what: 'y', ratios: { r: perSecond, peer: 3 }, bars: { r: { atLeast: 1 } } });
    const rows = againstRows([[[counted('x', 100)], [counted('x', 200), counted('new', 1)]]]);
    expect(rows.map(({ id, name, median }) => [id, name, median])).toEqual([['x', 'r', 2]]);
  });
});

describe('the table of figures', () => {
  it('is replaced between its markers, and nothing else', () => {
    const text = 'before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n';
    expect(withTable(text, 'NEW')).toBe('before\nNEW\nafter\n');
    expect(() => withTable('no markers', 'NEW')).toThrow('bench: begin');
  });
});
