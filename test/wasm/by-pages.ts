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

/** Ranges in which each of two engines' views has one answer. */
function* pairsOf(
  views: readonly [EngineView, EngineView],
  want: Want,
  range: GfnRange,
  pat: PatType,
): Generator<{ start: number; end: number; answers: readonly [Answer, Answer] }> {
  const spansOf = (view: EngineView): Span[] => [...view.spans(want, { range, pat })];
  const [a, b] = [spansOf(views[0]), spansOf(views[1])];
  const at = (span: Span, gfn: number): Answer => {
    const { start: _start, end: _end, ...answer } = span;
    return want === 'leaf' ? { ...answer, entry: entryAt(span, gfn)! } : answer;
  };
  for (let [start, i, j] = [range.start, 0, 0]; start < range.end; ) {
    const [left, right] = [a[i]!, b[j]!];
    const end = Math.min(left.end, right.end);
    yield { start, end, answers: [at(left, start), at(right, start)] };
    if (left.end === end) i++;
    if (right.end === end) j++;
    start = end;
  }
}

/** What a comparison counts and lists, from the spans of views of an engine that compares nothing. */
export function comparisonOf(
  views: readonly [EngineView, EngineView],
  want: Want,
  range: GfnRange,
  pat: PatType = 6,
): { readonly matrix: [string, bigint][]; readonly different: GfnRange[] } {
  const matrix = new Map<string, bigint>();
  const different: { start: number; end: number }[] = [];
  for (const { start, end, answers } of pairsOf(views, want, range, pat)) {
    const pair = answers.map((answer) => keyOf(answer, false)).join(' | ');
    matrix.set(pair, (matrix.get(pair) ?? 0n) + BigInt(end - start));
    if (keyOf(answers[0], true) === keyOf(answers[1], true)) continue;
    const last = different.at(-1);
    if (last?.end === start) last.end = end;
    else different.push({ start, end });
  }
  return { matrix: [...matrix].sort(), different };
}

/** An answer as a key; a leaf's entry without its address where totals are meant. */
export function keyOf({ type, ipat, level, entry }: Answer, withAddress: boolean): string {
  const bits = typeof entry === 'bigint' && !withAddress ? entry & ~ADDRESS_BITS : entry;
  return `${type} ${ipat} ${level} ${bits}`;
}
