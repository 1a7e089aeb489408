/** Many sides held against each other: kernels, vCPUs, switches as columns, identical columns folded. */
import type { Evaluator } from '../engine/index.ts';
import type { Answer, GfnRange, Span, Want } from '../types.ts';
import type { Query } from '../vm/index.ts';
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
  /** Pages for which not all columns answer the same; undefined where three or more have too many spans to walk. */
  readonly pages: bigint | undefined;
  /** Pages for which each column answers otherwise than the first, exact whatever the number of spans. */
  readonly fromFirst: readonly bigint[];
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
    (source): Iterator<Span, unknown> => source.spansOf(want, query)[Symbol.iterator](),
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
  for (const span of source.spansOf(want, query)) {
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
  engine: Evaluator | undefined,
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

/** Stretches that are walked for three columns or more: a second or so. */
const MAX_ROWS = 2 ** 18;

/**
 * Holds any number of sides against each other.
 *
 * @param sources - the sides, at least one, over the same frames
 * @param limit - how many differing spans are kept; what is counted is counted whole
 * @param engine - whose views the sides are; see {@link compareViews}
 *
 * @internal
 */
export function compareColumns(
  sources: readonly SpanSource[],
  want: Want,
  query: Query,
  limit: number,
  engine?: Evaluator,
): ColumnsComparison {
  const groups = folded(sources, want, query, engine);
  const columns = groups.map(([first]) => sources[first!]!);
  const [a, b] = columns;
  if (!a || !b) return { groups, spans: [], isComplete: true, pages: 0n, fromFirst: [0n] };
  const others = columns.slice(1).map((column) => compareViews(a, column, want, query, engine));
  const fromFirst = [0n, ...others.map((compared) => compared.pages)];
  const spans: ColumnsSpan[] = [];
  if (columns.length === 2) {
    const result = { groups, spans, fromFirst, pages: fromFirst[1] };
    for (const { start, end, ...both } of others[0]!.spans()) {
      if (spans.length === limit) return { ...result, isComplete: false };
      spans.push({ start, end, answers: [both.a, both.b] });
    }
    return { ...result, isComplete: true };
  }
  let differing = 0;
  let isComplete = true;
  let walked = 0;
  for (const { start, end, spans: row } of rows(columns, want, query)) {
    const isTooLong = ++walked > MAX_ROWS;
    if (isTooLong) return { groups, spans, fromFirst, isComplete: false, pages: undefined };
    const answers = row.map((span) => answerAt(span, start));
    if (answers.every((answer) => isSameAnswer(answer, answers[0]!))) continue;
    differing += end - start;
    if (spans.length < limit) spans.push({ start, end, answers });
    else isComplete = false;
  }
  return { groups, spans, fromFirst, isComplete, pages: BigInt(differing) };
}
