/** Answers page by page, from one engine's spans: what reductions are held against. */
import type { Answer, GfnRange, PatType, Span, Want } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';

const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;
const LEAF_ORDERS = [0, 0, 9, 18];

/** The leaf that holds a frame of a span. */
function entryAt(span: Span, gfn: number): bigint | null | undefined {
  if (!span.entry || !span.level) return span.entry;
  const pages = 2 ** LEAF_ORDERS[span.level]!;
  const leaves = Math.floor(gfn / pages) - Math.floor(span.start / pages);
  return span.entry + BigInt(leaves * pages) * 4096n;
}

/** Answers of consecutive frames. */
export function answersOf(view: EngineView, want: Want, range: GfnRange, pat: PatType): Answer[] {
  const answers: Answer[] = [];
  for (const span of view.spans(want, { range, pat })) {
    const { start, end, ...answer } = span;
    for (let gfn = start; gfn < end; gfn++) {
      answers.push(want === 'leaf' ? { ...answer, entry: entryAt(span, gfn)! } : answer);
    }
  }
  return answers;
}

/** An answer as a key; a leaf's entry without its address where totals are meant. */
export function keyOf({ type, ipat, level, entry }: Answer, withAddress: boolean): string {
  const bits = typeof entry === 'bigint' && !withAddress ? entry & ~ADDRESS_BITS : entry;
  return `${type} ${ipat} ${level} ${bits}`;
}
