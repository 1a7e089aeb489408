/** Counts of batches as sums: those of any parts, added in order, are those of the whole. */
import { type BatchCounts, type DifferingLayout, MOST_BATCH_RANGES, type RangeCounts } from '../vm/index.ts';
import { type LayoutAnswer, summedCells } from './layout-answer.ts';

const NOTHING: RangeCounts = { layouts: 0n, differing: 0n, pages: 0n };

/** Counts of no layout. */
export const NO_COUNTS: BatchCounts = {
  layouts: 0n,
  refused: 0n,
  matrix: [],
  byRanges: Array.from({ length: MOST_BATCH_RANGES + 1 }, () => NOTHING),
  digest: 0n,
  first: undefined,
  smallest: [],
  found: [],
  theorem: { held: 0n, exceptions: 0n, first: undefined },
};

function least(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function byIndex(a: DifferingLayout, b: DifferingLayout): number {
  return Number(a.index > b.index) - Number(a.index < b.index);
}

/** By ranges, then pages, then index. */
function compareSmall(a: DifferingLayout, b: DifferingLayout): number {
  const bySize = a.ranges - b.ranges || Number(a.pages > b.pages) - Number(a.pages < b.pages);
  return bySize || byIndex(a, b);
}

function addedRanges(a: readonly RangeCounts[], b: readonly RangeCounts[]): readonly RangeCounts[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, ranges) => {
    const [x, y] = [a[ranges] ?? NOTHING, b[ranges] ?? NOTHING];
    return {
      layouts: x.layouts + y.layouts,
      differing: x.differing + y.differing,
      pages: x.pages + y.pages,
    };
  });
}

function joinedFound(
  a: readonly DifferingLayout[],
  b: readonly DifferingLayout[],
): readonly DifferingLayout[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  const joined = [...a, ...b];
  // Parts of a run come in order as a rule.
  return a.at(-1)!.index < b[0]!.index ? joined : joined.sort(byIndex);
}

/**
 * Counts of two disjoint sets of layouts as those of both.
 *
 * @param a - of one batch
 * @param b - of the same batch, or of one that asks the same
 * @param smallest - how many of the smallest layouts are kept
 * @returns what the batch would have counted of all of them at once
 * @example
 * const batch = createEvaluatorSync().batch({ sides: [{ vcpu: vcpu({ maxphyaddr: 46 }), policy: policy('sdm') }] });
 * addBatchCounts(batch.run(0n, 40), batch.run(40n, 60), 20).digest === batch.run(0n, 100).digest; // true
 */
export function addBatchCounts(a: BatchCounts, b: BatchCounts, smallest: number): BatchCounts {
  return {
    layouts: a.layouts + b.layouts,
    refused: a.refused + b.refused,
    matrix: summedCells([...a.matrix, ...b.matrix]),
    byRanges: addedRanges(a.byRanges, b.byRanges),
    digest: BigInt.asUintN(64, a.digest + b.digest),
    first: least(a.first, b.first),
    smallest: [...a.smallest, ...b.smallest].sort(compareSmall).slice(0, smallest),
    found: joinedFound(a.found, b.found),
    theorem: {
      held: a.theorem.held + b.theorem.held,
      exceptions: a.theorem.exceptions + b.theorem.exceptions,
      first: least(a.theorem.first, b.theorem.first),
    },
  };
}

/**
 * Counts of one layout.
 *
 * @param answer - undefined where a side refuses a register of it
 * @param isListed - whether it is listed where it differs
 */
export function countsOf(index: bigint, answer: LayoutAnswer | undefined, isListed: boolean): BatchCounts {
  if (answer === undefined) return { ...NO_COUNTS, refused: 1n };
  const { matrix, ranges, pages, digest } = answer;
  const isDifferent = pages > 0n;
  const byRanges = Array.from({ length: Math.max(ranges, MOST_BATCH_RANGES) + 1 }, (_, count) =>
    count === ranges ? { layouts: 1n, differing: isDifferent ? 1n : 0n, pages } : NOTHING,
  );
  return {
    ...NO_COUNTS,
    layouts: 1n,
    matrix,
    byRanges,
    digest,
    first: isDifferent ? index : undefined,
    smallest: isDifferent ? [{ index, ranges, pages }] : [],
    found: isDifferent && isListed ? [{ index, ranges, pages }] : [],
  };
}
