/** The answer about one page, by what is asked, and how it is written as a span or a total. */
import type { GfnRange, Level, MtrrType, PatType, Span, SpanOf, Total, TotalOf, Want } from '../types.ts';
import { effectiveType, eptType } from './ept.ts';
import { entryOf, type Leaf, leafOf } from './leaf.ts';
import { alignDown, type HasOneType, levelOf } from './level.ts';
import { type Machine, mtrrType } from './mtrr.ts';

/** What a page answers; only the fields that the want has are set. */
export interface Answer {
  readonly type?: MtrrType;
  readonly ipat?: 0 | 1;
  readonly level?: Level;
  /** The mapping leaf; not set where nothing is mapped. */
  readonly leaf?: Leaf;
}

/** The per-page rule of a want. */
export function answerRule(
  machine: Machine,
  want: Want,
  pat: PatType,
  hasOneType: HasOneType,
): (gfn: number) => Answer {
  switch (want) {
    case 'mtrr':
      return (gfn) => ({ type: mtrrType(machine, gfn) });
    case 'ept':
      return (gfn) => eptType(machine, gfn);
    case 'effective':
      return (gfn) => ({ type: effectiveType(machine, gfn, pat) });
    case 'levels':
      return (gfn) => ({ level: levelOf(machine, gfn, hasOneType) });
    case 'leaf':
      return (gfn) => {
        const level = levelOf(machine, gfn, hasOneType);
        const leaf = level === 0 ? undefined : leafOf(machine, gfn, level, null);
        return leaf ? { level, leaf } : { level };
      };
  }
}

/** Whether the entries of two leaves of one level follow on: the same attributes, the same PFN - GFN. */
function followOn(a: Leaf | undefined, b: Leaf | undefined): boolean {
  if (!a || !b) return a === b;
  return a.attributes === b.attributes && (a.attributes === null || a.pfnOffset === b.pfnOffset);
}

/** Whether neighbours with these answers belong to one span. */
export function isSameAnswer(a: Answer, b: Answer): boolean {
  return a.type === b.type && a.ipat === b.ipat && a.level === b.level && followOn(a.leaf, b.leaf);
}

/** Entry of the leaf that holds a frame: the leaf's own, also where the frame lies inside it. */
function entryAround(answer: Answer, gfn: number): bigint | null {
  if (!answer.leaf || !answer.level) return 0n;
  return entryOf(answer.leaf, alignDown(gfn, answer.level));
}

/** Writes an answer over a range as a span. */
export function spanOf<W extends Want>(want: W, range: GfnRange, answer: Answer): SpanOf<W> {
  const { leaf, ...fields } = answer;
  const span: Span = { start: range.start, end: range.end, ...fields };
  return (want === 'leaf' ? { ...span, entry: entryAround(answer, range.start) } : span) as SpanOf<W>;
}

/** Writes an answer as a total: a leaf's entry without its address. */
export function totalOf<W extends Want>(want: W, answer: Answer, pages: bigint): TotalOf<W> {
  const { leaf, ...fields } = answer;
  const total: Total =
    want === 'leaf' ? { ...fields, entry: leaf ? leaf.attributes : 0n, pages } : { ...fields, pages };
  return total as TotalOf<W>;
}
