/** What does the program cost as a whole, in time and in memory, over an empty Node? */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { figureOf, here, race, timeRatio } from '../rounds.ts';
import { type Bench, type Question, type Row, rowOf } from '../row.ts';

const ROOT = new URL('../../', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  bin: { eptsweep: string };
};
const PROGRAM = fileURLToPath(new URL(bin.eptsweep, ROOT));
const LIBRARY = new URL('../../dist/src/index.js', import.meta.url).href;
/** Rounds of starting the program. */
const MOST_STARTS = 21;
const PRESET = 'ovmf-q35';

function node(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

/** A start of the program with some arguments, over one of an empty Node. */
interface ColdStart {
  readonly id: string;
  readonly args: readonly string[];
  readonly atMost: number;
}

const COLD_STARTS: readonly ColdStart[] = [
  { id: 'cold-map', args: ['map', PRESET], atMost: 1.5 },
  { id: 'cold-help', args: ['--help'], atMost: 1.3 },
];

async function coldRow({ effort, isTiny }: Bench, { id, args, atMost }: ColdStart): Promise<Row> {
  const times = await race(
    [here('program', 1, () => node(PROGRAM, ...args)), here('emptyNode', 1, () => node('-e', '0'))],
    { turnMs: 1, rounds: isTiny ? 1 : Math.min(MOST_STARTS, effort.rounds), warmUpTurns: 1 },
  );
  return rowOf({
    id,
    what: `eptsweep ${args.join(' ')}, the whole process, over node -e 0`,
    times,
    ratios: { emptyNode: timeRatio(times, 'program', 'emptyNode') },
    bars: { emptyNode: { atMost } },
  });
}

/** Whole-space reductions of a machine with ten holed masks and of one with contiguous ones. */
const REDUCTIONS = `
  import { createEvaluatorSync, policy, vcpu } from '${LIBRARY}';
  const evaluator = createEvaluatorSync();
  const open = (hole) => {
    const msrs = [[0x2ff, 0x800n]];
    for (let i = 0n; i < 10n; i++) {
      const mask = ((1n << 40n) - 1n) & ~((1n << (10n + i)) - 1n) & ~(hole << (i * 3n));
      msrs.push([Number(0x200n + 2n * i), ((i * 0x12345n) & mask) << 12n | 6n]);
      msrs.push([Number(0x201n + 2n * i), mask << 12n | 0x800n]);
    }
    return evaluator.view(vcpu({ maxphyaddr: 52, vcnt: 10, msrs }), policy('sdm'));
  };
  for (const view of [open(0n), open(1n)]) {
    view.totals('ept');
    view.totals('leaf');
    view.digest();
  }
`;
const PRINT_RSS = 'process.stdout.write(String(process.memoryUsage().rss));';

function memoryRow({ isTiny }: Bench): Row {
  const differences = Array.from({ length: isTiny ? 1 : 5 }, () => {
    const full = Number(node('--input-type=module', '-e', REDUCTIONS + PRINT_RSS));
    return (full - Number(node('-e', PRINT_RSS))) / 2 ** 20;
  });
  return rowOf({
    id: 'memory-2^40',
    what: 'resident memory after reductions of 2^40 pages, MiB above an empty Node',
    ratios: { mibAboveEmptyNode: figureOf(differences) },
    bars: { mibAboveEmptyNode: { atMost: 40 } },
  });
}

export const wholeProcess: Question = {
  ids: [...COLD_STARTS.map(({ id }) => id), 'memory-2^40'],
  ask: async (bench) => {
    const rows: Row[] = [];
    for (const start of COLD_STARTS) rows.push(await coldRow(bench, start));
    return [...rows, memoryRow(bench)];
  },
};
