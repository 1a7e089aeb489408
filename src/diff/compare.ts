/**
 * Where two answers differ. The two lists of spans are read side by side, so that a page costs nothing and a
 * span little; nothing is kept but one pair of spans and the counts.
 */
import type { Evaluator, View } from '../engine/index.ts';
import type { AnswerOf, Span, Want } from '../types.ts';
import type { Comparison, Difference, Query } from '../vm/index.ts';
import { answerAt, answerKey, isSameAnswer, withoutAddress } from './answer.ts';

/** Whatever answers in spans: a view of an engine, or what another program said. */
export interface SpanSource {
  /**
   * @param want - what is asked
   * @param query - frames and PAT type
   * @returns the answer as ascending spans without gaps
   */
  spansOf(want: Want, query?: Query): Iterable<Span>;
}

/** Two lists of spans over one range, cut wherever either changes. */
function* pairs<W extends Want>(a: Iterable<Span>, b: Iterable<Span>): Generator<Difference<W>> {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  try {
    let spanA = left.next();
    let spanB = right.next();
    while (!spanA.done && !spanB.done) {
      const start = Math.max(spanA.value.start, spanB.value.start);
      const end = Math.min(spanA.value.end, spanB.value.end);
      yield {
        start,
        end,
        a: answerAt(spanA.value, start) as AnswerOf<W>,
        b: answerAt(spanB.value, start) as AnswerOf<W>,
      };
      if (spanA.value.end === end) spanA = left.next();
      if (spanB.value.end === end) spanB = right.next();
    }
  } finally {
    left.return?.();
    right.return?.();
  }
}

function isEmpty(query: Query): boolean {
  return query.range !== undefined && query.range.start >= query.range.end;
}

/** Whether `next` says of its frames what `before` says, a leaf's entry counted on. */
function continues(before: Difference, next: Difference): boolean {
  const at = next.start;
  return (
    before.end === at &&
    isSameAnswer(answerAt({ ...before.a, start: before.start, end: before.end }, at), next.a) &&
    isSameAnswer(answerAt({ ...before.b, start: before.start, end: before.end }, at), next.b)
  );
}

/** The differing pairs, neighbours of one kind joined: another program may answer in more spans than needed. */
function* differences<W extends Want>(all: Iterable<Difference<W>>): Generator<Difference<W>> {
  let current: Difference<W> | undefined;
  for (const pair of all) {
    if (isSameAnswer(pair.a, pair.b)) continue;
    if (current && continues(current, pair)) {
      current = { ...current, end: pair.end };
    } else {
      if (current) yield current;
      current = pair;
    }
  }
  if (current) yield current;
}

/** {@link compareViews} span by span. */
function compareSpanBySpan<W extends Want>(
  a: SpanSource,
  b: SpanSource,
  want: W,
  query: Query,
): Comparison<W> {
  const walk = () => (isEmpty(query) ? [] : pairs<W>(a.spansOf(want, query), b.spansOf(want, query)));
  const cells = new Map<string, { a: AnswerOf<W>; b: AnswerOf<W>; pages: number }>();
  let differing = 0;
  let compared = 0;
  for (const pair of walk()) {
    const frames = pair.end - pair.start;
    compared += frames;
    if (!isSameAnswer(pair.a, pair.b)) differing += frames;
    const [cellA, cellB] = [withoutAddress(pair.a), withoutAddress(pair.b)];
    const key = `${answerKey(cellA)} ${answerKey(cellB)}`;
    const cell = cells.get(key);
    if (cell) cell.pages += frames;
    else cells.set(key, { a: cellA, b: cellB, pages: frames });
  }
  return {
    pages: BigInt(differing),
    compared: BigInt(compared),
    matrix: [...cells.values()]
      .sort((x, y) => y.pages - x.pages)
      .map((cell) => ({ ...cell, pages: BigInt(cell.pages) })),
    spans: () => differences(walk()),
  };
}

/**
 * Holds two sides against each other. The counts are exact, whatever the number of spans.
 *
 * @param a - one side; its spans may be read twice, once for the counts and once for the differences
 * @param b - the other, over the same frames
 * @param want - what is compared
 * @param query - frames and PAT type; default: the whole space, which both must then have in common
 * @param engine - whose views both sides are; one that compares without visiting spans is let do so
 * @returns frames that differ, and the differing spans
 * @example
 * const evaluator = createEvaluatorSync();
 * const guest = vcpuOf(preset('ovmf-q35'), 0);
 * const [before, after] = ['kvm-5.16', 'kvm-6.16'].map((name) => evaluator.view(guest, policy(name)));
 * compareViews(before, after, 'ept').pages; // 0n
 */
export function compareViews<W extends Want>(
  a: SpanSource,
  b: SpanSource,
  want: W,
  query: Query = {},
  engine?: Evaluator,
): Comparison<W> {
  if (!engine?.canCompare || isEmpty(query)) return compareSpanBySpan(a, b, want, query);
  const whole = engine.compare(a as View, b as View, want, query);
  const { pages, compared, matrix } = whole;
  return { pages, compared, matrix, spans: () => differences(whole.spans()) };
}
