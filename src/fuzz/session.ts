/** One case, opened by every engine, being asked: each answer is held against the first engine's. */

import { answerText } from '../diff/answer.ts';
import { compareViews } from '../diff/compare.ts';
import type { Evaluator, View } from '../engine/index.ts';
import { EptsweepError, InputError } from '../errors.ts';
import { type GfnRange, type Span, type Total, UNDEFINED, type Want } from '../types.ts';
import { frameCount, type Query, UNDEFINED_TYPE_BYTE } from '../vm/index.ts';
import type { Disagreement, Question, Subject, Tally } from './question.ts';

function isSameSpan(a: Span, b: Span): boolean {
  return (
    a.start === b.start &&
    a.end === b.end &&
    a.type === b.type &&
    a.ipat === b.ipat &&
    a.level === b.level &&
    a.entry === b.entry
  );
}

/** Spans, or why there are none. */
type Spans = readonly Span[] | 'too-many' | 'refused';

function spansOf(view: View, want: Want, query: Query): Spans {
  try {
    return [...view.spansOf(want, query)];
  } catch (error) {
    if (error instanceof InputError && error.path === 'want') return 'refused';
    if (error instanceof EptsweepError && error.code === 'too-many-spans') return 'too-many';
    throw error;
  }
}

/** Compares one answer in spans with another. */
export function compareSpans(
  want: Want,
  range: GfnRange,
  left: { readonly who: string; readonly spans: readonly Span[] },
  right: { readonly who: string; readonly spans: readonly Span[] },
  checksCuts: boolean,
): Disagreement | undefined {
  const { length } = left.spans;
  if (length === right.spans.length && left.spans.every((span, i) => isSameSpan(span, right.spans[i]!)))
    return;
  const sides = [left, right].map(({ spans }) => ({ spansOf: () => spans }));
  const [first] = compareViews(sides[0]!, sides[1]!, want).spans();
  if (first) {
    return {
      question: { what: 'spans', want },
      range: { start: first.start, end: first.end },
      asked: range,
      left: { who: left.who, says: answerText(want, first.a) },
      right: { who: right.who, says: answerText(want, first.b) },
    };
  }
  if (!checksCuts) return;
  return {
    question: { what: 'cuts', want },
    range,
    left: { who: left.who, says: `${length} spans` },
    right: { who: right.who, says: `${right.spans.length} spans` },
  };
}

function totalsText(want: Want, totals: readonly Total[]): string {
  return totals.map((total) => `${answerText(want, total)} ${total.pages}`).join(', ');
}

function valueText(value: number | bigint | string | undefined): string {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value);
}

const TILE = 8;

/** Everything that is asked of a case, engine by engine against the first. */
export class Session {
  readonly disagreements: Disagreement[] = [];
  readonly #engines: readonly Evaluator[];
  readonly #views: readonly View[];
  readonly #subject: Subject;
  readonly #tally: Tally;

  constructor(engines: readonly Evaluator[], views: readonly View[], subject: Subject, tally: Tally) {
    this.#engines = engines;
    this.#views = views;
    this.#subject = subject;
    this.#tally = tally;
  }

  #found(question: Question, range: GfnRange, other: number, says: readonly [string, string]): void {
    const [left, right] = [this.#engines[0]!, this.#engines[other]!];
    this.disagreements.push({
      question,
      range,
      left: { who: left.engine, says: says[0] },
      right: { who: right.engine, says: says[1] },
    });
  }

  askSpans(want: Want, range: GfnRange): void {
    const query = { range, pat: this.#subject.pat };
    const answers = this.#views.map((view) => spansOf(view, want, query));
    const [reference] = answers as [Spans];
    if (answers.includes('too-many')) {
      this.#tally.givenUp++;
      return;
    }
    if (typeof reference === 'string' || answers.includes('refused')) {
      if (answers.every((answer) => answer === 'refused')) this.#tally.unsupported++;
      else {
        const other = answers.findIndex((answer) => (answer === 'refused') !== (reference === 'refused'));
        const text = (spans: Spans) => (spans === 'refused' ? 'has no such want' : 'answers');
        this.#found({ what: 'refusal', want }, range, other, [text(reference), text(answers[other]!)]);
      }
      return;
    }
    this.#count(range, reference);
    for (let other = 1; other < answers.length; other++) {
      const [left, right] = [0, other].map((side) => ({
        who: this.#engines[side]!.engine,
        spans: answers[side] as readonly Span[],
      }));
      const disagreement = compareSpans(want, range, left!, right!, true);
      if (disagreement) this.disagreements.push(disagreement);
    }
  }

  #count({ start, end }: GfnRange, spans: readonly Span[]): void {
    const tally = this.#tally;
    if (end - start === frameCount(this.#subject.vcpu.maxphyaddr)) tally.spaces++;
    else {
      tally.ranges++;
      tally.pages += end - start;
      if (spans.some((span) => span.type === UNDEFINED)) tally.undefinedRanges++;
    }
  }

  askTotals(want: Want, range: GfnRange): void {
    const query = { range, pat: this.#subject.pat };
    const texts = this.#views.map((view) => {
      try {
        return totalsText(want, view.totals(want, query));
      } catch (error) {
        if (error instanceof EptsweepError) return undefined;
        throw error;
      }
    });
    const [reference] = texts;
    for (let other = 1; other < texts.length && reference !== undefined; other++) {
      const text = texts[other];
      if (text === undefined || text === reference) continue;
      this.#found({ what: 'totals', want }, range, other, [reference, text]);
    }
  }

  /** One question again, of some frames. */
  ask(question: Question, range: GfnRange): void {
    switch (question.what) {
      case 'spans':
      case 'cuts':
      case 'refusal':
        this.askSpans(question.want, range);
        break;
      case 'totals':
        this.askTotals(question.want, range);
        break;
      case 'types':
      case 'entries':
      case 'type-set':
      case 'digest':
        this.askFrames(range.start);
        break;
      case 'types-of':
      case 'entries-of':
        this.askLookups([range.start]);
        break;
      // Opening the views has answered it, or engines are not who is asked.
      case 'wrmsr':
      case 'explanation':
      case 'crash':
    }
  }

  askFrames(gfn: number): void {
    const count = Math.min(TILE, frameCount(this.#subject.vcpu.maxphyaddr) - gfn);
    const range = { start: gfn, end: gfn + count };
    this.#tally.singles += count;
    const frameOf = (index: number) => gfn + index;
    for (const type of this.#views[0]!.typesInto(new Uint8Array(count), gfn)) {
      if (type === UNDEFINED_TYPE_BYTE) this.#tally.undefinedSingles++;
    }
    this.#askList('types', frameOf, (view) => view.typesInto(new Uint8Array(count), gfn));
    this.#askList('entries', frameOf, (view) => view.entriesInto(new BigUint64Array(count), gfn));
    this.#askList('type-set', frameOf, (view) => [view.typeSetAt(gfn).join('+')]);
    this.#askList('digest', frameOf, (view) => [view.digest(range)]);
  }

  /** Frames in any order. */
  askLookups(frames: readonly number[]): void {
    const list = Float64Array.from(frames);
    const frameOf = (index: number) => frames[index]!;
    this.#askList('types-of', frameOf, (view) => view.typesOf(list));
    this.#askList('entries-of', frameOf, (view) => view.entriesOf(list));
  }

  #askList(
    what: Exclude<Question, { want: Want }>['what'],
    frameOf: (index: number) => number,
    ask: (view: View) => ArrayLike<number | bigint | string>,
  ): void {
    const reference = ask(this.#views[0]!);
    for (let other = 1; other < this.#views.length; other++) {
      const answer = ask(this.#views[other]!);
      for (let i = 0; i < reference.length || i < answer.length; i++) {
        if (reference[i] === answer[i]) continue;
        const frame = { start: frameOf(i), end: frameOf(i) + 1 };
        this.#found({ what }, frame, other, [valueText(reference[i]), valueText(answer[i])]);
        break;
      }
    }
  }
}
