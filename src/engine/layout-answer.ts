/** One layout as any engine answers it through views: what a batch leaves to others, and what it is held against. */
import { WrmsrFault } from '../errors.ts';
import type { Answer, AnswerOf } from '../types.ts';
import {
  type BatchQuestion,
  type BatchSide,
  type BatchWant,
  compareTotals,
  guestRegisters,
  type MatrixCell,
  type MsrWrite,
  validRanges,
} from '../vm/index.ts';
import { layoutDigest, type PairStretch, weighedCells, weighedStretches } from './layout-digest.ts';
import type { View } from './view.ts';

/** What a layout adds to a batch's counts. */
export interface LayoutAnswer {
  /** Pages by pair of answers; of one side alone, its answers as both. */
  readonly matrix: readonly MatrixCell<BatchWant>[];
  /** Ranges that are on. */
  readonly ranges: number;
  /** Pages that differ. */
  readonly pages: bigint;
  readonly digest: bigint;
}

/** What opens views: an evaluator. */
type Opener = (side: BatchSide) => View;
type Sides = Pick<BatchQuestion, 'sides' | 'want'>;

/** Whether some range that is on has a mask with a hole, and so perhaps millions of stretches. */
function hasHole(variable: readonly { readonly mask: bigint }[], maxphyaddr: number): boolean {
  const space = (1n << BigInt(maxphyaddr)) - 1n;
  return variable.some(({ mask }) => {
    const open = space & ~mask;
    return (open & (open + 1n)) !== 0n;
  });
}

/** Both sides' spans as stretches with one answer on each side. */
function* stretchesOf(views: readonly View[], want: BatchWant): Generator<PairStretch, void, undefined> {
  const [left, right] = views.map((view) => view.spansOf(want));
  let b = right?.next();
  let at = 0;
  for (const a of left!) {
    while (at < a.end) {
      while (b && !b.done && b.value.end <= at) b = right!.next();
      const end = b && !b.done ? Math.min(a.end, b.value.end) : a.end;
      yield { start: at, end, a, b: b?.value ?? undefined };
      at = end;
    }
  }
}

function isEqual(a: Answer, b: Answer): boolean {
  return a.type === b.type && a.ipat === b.ipat;
}

function answerOf({ type, ipat }: Answer): AnswerOf<BatchWant> {
  return (ipat === undefined ? { type } : { type, ipat }) as AnswerOf<BatchWant>;
}

/** Sums cells of the same answers; most pages first, then in order of the answers. */
export function summedCells(cells: Iterable<MatrixCell<BatchWant>>): readonly MatrixCell<BatchWant>[] {
  const sums = new Map<string, MatrixCell<BatchWant>>();
  for (const { a, b, pages } of cells) {
    const key = `${a.type} ${a.ipat} ${b.type} ${b.ipat}`;
    sums.set(key, { a, b, pages: pages + (sums.get(key)?.pages ?? 0n) });
  }
  return [...sums.values()].sort(
    (x, y) =>
      Number(y.pages > x.pages) - Number(x.pages > y.pages) ||
      compareTotals(x.a, y.a) ||
      compareTotals(x.b, y.b),
  );
}

function cellsByCount(views: readonly View[], want: BatchWant): readonly MatrixCell<BatchWant>[] {
  const [a, b] = views;
  if (b) return a!.compare(b, want).matrix;
  return a!.totals(want).map((total) => ({ a: answerOf(total), b: answerOf(total), pages: total.pages }));
}

function cellOf({ start, end, a, b }: PairStretch): MatrixCell<BatchWant> {
  return { a: answerOf(a), b: answerOf(b ?? a), pages: BigInt(end - start) };
}

/**
 * A layout's answer by views.
 *
 * @param open - opens a view; the layout is put into its vCPU
 * @param index - of the layout, for the digest
 * @returns undefined where a side refuses a register of it
 */
export function answerByViews(
  open: Opener,
  { sides, want }: Sides,
  index: bigint,
  msrs: readonly MsrWrite[],
): LayoutAnswer | undefined {
  const views: View[] = [];
  try {
    for (const { vcpu, policy } of sides) views.push(open({ vcpu: { ...vcpu, msrs }, policy }));
    const { maxphyaddr } = sides[0].vcpu;
    const ranges = validRanges(guestRegisters({ msrs, maxphyaddr }));
    const isHoley = hasHole(ranges, maxphyaddr);
    const stretches = isHoley ? [] : [...stretchesOf(views, want)];
    const matrix = summedCells(isHoley ? cellsByCount(views, want) : stretches.map(cellOf));
    const weighed = isHoley ? weighedCells(matrix, sides.length === 2) : weighedStretches(stretches);
    return {
      matrix,
      ranges: ranges.length,
      pages: matrix.reduce((sum, { a, b, pages }) => (isEqual(a, b) ? sum : sum + pages), 0n),
      digest: layoutDigest(index, weighed),
    };
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  } finally {
    for (const view of views) view.dispose();
  }
}
