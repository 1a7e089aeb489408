/** Many sides held against each other: kernels, vCPUs, switches as columns, identical columns folded. */
import type { GfnRange, Span, Want } from '../types.ts';
import type { Answer, Engine, Query } from '../vm/index.ts';
import { answerAt, answerKey, isSameAnswer } from './answer.ts';
import { compareViews, type SpanSource } from './compare.ts';

/** Frames for which the columns do not all answer the same. */
export interface ColumnsSpan extends GfnRange {
  /** One answer a folded column, for the first frame. */
  readonly answers: readonly Answer[];
}

/** The columns, folded. */
export interface ColumnsComparison {
  /** Which of the sides are in each column, by position; sides that answer the same everywhere share one. */
  readonly groups: readonly (readonly number[])[];
  /** Pages for which not all columns answer the same. */
  readonly pages: bigint;
  /** The first differing spans, ascending. */
  readonly spans: readonly ColumnsSpan[];
  /** Whether these are all. */
  readonly isComplete: boolean;
}

interface Row extends GfnRange {
  readonly spans: readonly Span[];
}

function* rows(sources: readonly SpanSource[], want: Want, query: Query): Generator<Row> {
  const iterators = sources.map(
    (source): Iterator<Span, unknown> => source.spans(want, query)[Symbol.iterator](),
  );
  try {
    const current: IteratorResult<Span, unknown>[] = iterators.map((iterator) => iterator.next());
    while (!current.some((item) => item.done)) {
      const spans = current.map((item) => item.value as Span);
      const start = Math.max(...spans.map((span) => span.start));
      const end = Math.min(...spans.map((span) => span.end));
      yield { start, end, spans };
      for (const [index, span] of spans.entries()) {
        if (span.end === end) current[index] = iterators[index]!.next();
      }
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
}

/** How many spans a side is told apart by before it is compared. */
const BEGINNING_SPANS = 64;

/** The first spans of a side: sides that answer the same share them, and most others need no comparing. */
function beginningOf(source: SpanSource, want: Want, query: Query): string {
  const spans: string[] = [];
  for (const span of source.spans(want, query)) {
    spans.push(`${span.start} ${answerKey(span)}`);
    if (spans.length === BEGINNING_SPANS) break;
  }
  return spans.join(';');
}

/** Sides that answer the same everywhere, by position; each group in the order of its first. */
function folded(
  sources: readonly SpanSource[],
  want: Want,
  query: Query,
  engine: Engine | undefined,
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  const alike = new Map<string, number[][]>();
  for (const [index, source] of sources.entries()) {
    const beginning = beginningOf(source, want, query);
    const candidates = alike.get(beginning) ?? [];
    const same = candidates.find(
      ([first]) => compareViews(sources[first!]!, source, want, query, engine).pages === 0n,
    );
    if (same) {
      same.push(index);
      continue;
    }
    const group = [index];
    groups.push(group);
    alike.set(beginning, [...candidates, group]);
  }
  return groups;
}

/** The differing spans of the folded columns, ascending. */
function* differingRows(
  columns: readonly SpanSource[],
  want: Want,
  query: Query,
): Generator<ColumnsSpan, void, undefined> {
  for (const { start, end, spans } of rows(columns, want, query)) {
    const answers = spans.map((span) => answerAt(span, start));
    if (!answers.every((answer) => isSameAnswer(answer, answers[0]!))) yield { start, end, answers };
  }
}

/**
 * Holds any number of sides against each other.
 *
 * @param sources - the sides, at least one, over the same frames
 * @param limit - how many differing spans are kept; counts are exact all the same
 * @param engine - whose views the sides are; see {@link compareViews}
 */
export function compareColumns(
  sources: readonly SpanSource[],
  want: Want,
  query: Query,
  limit: number,
  engine?: Engine,
): ColumnsComparison {
  const groups = folded(sources, want, query, engine);
  const columns = groups.map(([first]) => sources[first!]!);
  const [a, b] = columns;
  const empty = { groups, spans: [], isComplete: true };
  if (!a || !b) return { ...empty, pages: 0n };
  const spans: ColumnsSpan[] = [];
  if (columns.length === 2) {
    const compared = compareViews(a, b, want, query, engine);
    for (const { start, end, ...both } of compared.spans()) {
      if (spans.length === limit) return { groups, spans, isComplete: false, pages: compared.pages };
      spans.push({ start, end, answers: [both.a, both.b] });
    }
    return { groups, spans, isComplete: true, pages: compared.pages };
  }
  let differing = 0;
  let isComplete = true;
  for (const row of differingRows(columns, want, query)) {
    differing += row.end - row.start;
    if (spans.length < limit) spans.push(row);
    else isComplete = false;
  }
  return { groups, spans, isComplete, pages: BigInt(differing) };
}
