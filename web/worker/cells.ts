/**
 * A lane as cells: its maximal stretches as long as there are few enough of them to be seen, else counted ones. Counting
 * takes the same time whatever the masks are, so that 2^39 stretches are drawn as fast as three.
 */
import type { GfnRange, PatType, View, Want } from '../../src/index.ts';
import { partOfSpan, partsOfTotals } from './parts.ts';
import type { Cell } from './protocol.ts';

/** What is asked of every lane. */
export interface CellQuestion {
  readonly want: Want;
  readonly pat: PatType;
  readonly range: GfnRange;
  readonly most: number;
  readonly cut: 'even' | 'log';
}

/** Cells, and whether each has one answer and both of its ends are the answer's. */
export interface Cells {
  readonly cells: readonly Cell[];
  readonly isExact: boolean;
}

/** Stretches of one answer each; undefined where there are too many. */
function exactCells(view: View, { want, pat, range, most }: CellQuestion): readonly Cell[] | undefined {
  const cells: Cell[] = [];
  for (const span of view.spansOf(want, { range, pat })) {
    if (cells.length === most) return undefined;
    const { start, end } = span;
    cells.push({ start, end, parts: [partOfSpan(want, span, end - start)] });
  }
  return cells;
}

/** The smallest power of two of which `most` cover so many frames; aligned blocks are what counts fastest. */
function blockOf(frames: number, most: number): number {
  // One more: neither end of the range need be aligned.
  return 2 ** Math.max(0, Math.ceil(Math.log2(frames / Math.max(1, most - 1))));
}

function* evenEdges({ start, end }: GfnRange, most: number): Generator<number, void, undefined> {
  const block = blockOf(end - start, most);
  for (let edge = (Math.floor(start / block) + 1) * block; edge < end; edge += block) yield edge;
}

/** Every power of two cut into as many even parts, so that each decade of addresses has as many cells. */
function* logEdges({ start, end }: GfnRange, most: number): Generator<number, void, undefined> {
  const octaves = Math.log2(end) - Math.log2(Math.max(1, start));
  const parts = 2 ** Math.max(0, Math.floor(Math.log2((most - 2) / (octaves + 2))));
  for (let octave = 1; octave < end; octave *= 2) {
    for (let part = 0; part < parts; part++) {
      const edge = octave + (octave / parts) * part;
      if (Number.isInteger(edge) && edge > start && edge < end) yield edge;
    }
  }
}

/** Where a range with too many answers is cut. */
export function edgesOf({ range, most, cut }: CellQuestion): readonly number[] {
  const inner = cut === 'log' ? logEdges(range, most) : evenEdges(range, most);
  return [range.start, ...inner, range.end];
}

function countedCells(view: View, question: CellQuestion): readonly Cell[] {
  const { want, pat } = question;
  const edges = edgesOf(question);
  return edges.slice(1).map((end, index) => {
    const range = { start: edges[index]!, end };
    return { ...range, parts: partsOfTotals(want, view.totals(want, { range, pat })) };
  });
}

/** The cells of a lane. */
export function cellsOf(view: View, question: CellQuestion): Cells {
  if (question.range.start === question.range.end) return { cells: [], isExact: true };
  const exact = exactCells(view, question);
  return exact ? { cells: exact, isExact: true } : { cells: countedCells(view, question), isExact: false };
}

/** Pages of the cells that the reference answers otherwise. */
export function withDifferences(
  { cells, isExact }: Cells,
  view: View,
  reference: View,
  { want, pat, range, most }: CellQuestion,
): readonly Cell[] {
  if (view.compare(reference, want, { range, pat }).pages === 0n) {
    return cells.map((cell) => ({ ...cell, differing: 0 }));
  }
  const walked = isExact ? walkedDifferences(cells, view, reference, { want, pat, range, most }) : undefined;
  return (
    walked ??
    cells.map((cell) => {
      const { start, end } = cell;
      const { pages } = view.compare(reference, want, { range: { start, end }, pat });
      return { ...cell, differing: Number(pages) };
    })
  );
}

/** The same for cells of which the differing stretches are few enough to be walked; else undefined. */
function walkedDifferences(
  cells: readonly Cell[],
  view: View,
  reference: View,
  { want, pat, range, most }: Omit<CellQuestion, 'cut'>,
): readonly Cell[] | undefined {
  const differing = new Float64Array(cells.length);
  let at = 0;
  let walked = 0;
  for (const span of view.compare(reference, want, { range, pat }).spans()) {
    if (++walked > 4 * most) return undefined;
    while (cells[at]!.end <= span.start) at += 1;
    for (let cell = at; cell < cells.length && cells[cell]!.start < span.end; cell++) {
      const { start, end } = cells[cell]!;
      differing[cell]! += Math.min(end, span.end) - Math.max(start, span.start);
    }
  }
  return cells.map((cell, index) => ({ ...cell, differing: differing[index]! }));
}
