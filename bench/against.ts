/**
 * This tree against another one, `npm run bench -- --against DIR [--pairs 15]`: both benches run in turns as
 * processes of their own, and every time is held against its twin of the same pair, so that a slow minute of
 * the machine hits both. DIR is a checkout (`git worktree add DIR COMMIT`) where `npm ci` has run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ratioText } from './report.ts';
import { quantile } from './rounds.ts';
import type { Row } from './row.ts';

/** What one tree is asked of in a pair. */
export interface AgainstOptions {
  /** The other checkout. */
  readonly directory: string;
  /** How often both run. */
  readonly pairs: number;
  /** Rounds of each run, as `--rounds`. */
  readonly rounds: number;
  /** Ids of rows, as `--only`; default all. */
  readonly only?: string | undefined;
}

/** A speed of this tree over the other's, pair by pair. */
export interface AgainstRow {
  readonly id: string;
  /** The contestant of the row, or the ratio where a row has no times. */
  readonly name: string;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** A row is slower where not even the upper quartile of its ratios reaches this. */
export const AGAINST_BAR = 0.95;

function rowsOf(directory: string, file: string, { rounds, only }: AgainstOptions): readonly Row[] {
  const args = ['--import', 'tsx', 'bench/index.ts', '--json', file, '--rounds', String(rounds)];
  if (only !== undefined) args.push('--only', only);
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${directory}: the bench ended with ${status}: ${stderr.trim()}`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Row[] }).rows;
}

/** Costs of a row by name: nanoseconds a unit, or, where it has none, its ratios, turned where more is better. */
function costsOf({ nanoseconds, ratios, bars }: Row): Readonly<Record<string, number>> {
  if (nanoseconds) return nanoseconds;
  const costs = Object.entries(ratios).flatMap(([name, ratio]): [string, number][] => {
    if (ratio === null || bars[name] === undefined) return [];
    return [[name, bars[name].atLeast === undefined ? ratio : 1 / ratio]];
  });
  return Object.fromEntries(costs);
}

/**
 * Folds pairs of runs into a line a contestant.
 *
 * @param pairs - rows of the other tree and of this one, pair by pair
 * @returns speeds of this tree over the other's, for whatever both have
 */
export function againstRows(
  pairs: readonly (readonly [other: readonly Row[], own: readonly Row[]])[],
): readonly AgainstRow[] {
  const ratios = new Map<string, number[]>();
  for (const [other, own] of pairs) {
    for (const row of own) {
      const twin = other.find(({ id }) => id === row.id);
      if (!twin) continue;
      const before = costsOf(twin);
      for (const [name, cost] of Object.entries(costsOf(row))) {
        if (before[name] === undefined || cost === 0) continue;
        const key = `${row.id} ${name}`;
        ratios.set(key, [...(ratios.get(key) ?? []), before[name] / cost]);
      }
    }
  }
  return [...ratios].map(([key, values]) => {
    const sorted = [...values].sort((a, b) => a - b);
    const [id = '', name = ''] = key.split(' ');
    return {
      id,
      name,
      lower: quantile(sorted, 0.25),
      median: quantile(sorted, 0.5),
      upper: quantile(sorted, 0.75),
    };
  });
}

/** A line: quartiles, and whether the row became slower. */
export function againstLine({ id, name, lower, median, upper }: AgainstRow): string {
  const quartiles = [lower, median, upper].map((value) => ratioText(value).padStart(6)).join(' ');
  return `${id.padEnd(26)} ${name.padEnd(18)} ${quartiles}${upper < AGAINST_BAR ? '  SLOWER' : ''}`;
}

/**
 * Runs both trees in turns and prints a line a contestant.
 *
 * @returns whether nothing became slower
 * @throws Error where a bench does not run
 */
export function runAgainst(options: AgainstOptions): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-against-'));
  const trees = [resolve(options.directory), process.cwd()] as const;
  try {
    const pairs: [readonly Row[], readonly Row[]][] = [];
    for (let pair = 0; pair < options.pairs; pair++) {
      const rows: [readonly Row[], readonly Row[]] = [[], []];
      // Each pair begins with the other tree: whoever runs first finds another machine than whoever follows.
      for (const side of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        rows[side] = rowsOf(trees[side], join(folder, 'rows.json'), options);
      }
      pairs.push(rows);
      process.stderr.write(`pair ${pair + 1} of ${options.pairs}\n`);
    }
    const lines = againstRows(pairs);
    console.log(`speed of this tree over ${options.directory}, ${options.pairs} pairs: quartiles and median`);
    for (const line of lines) console.log(againstLine(line));
    return lines.every(({ upper }) => upper >= AGAINST_BAR);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
