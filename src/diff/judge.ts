/**
 * Holds engines against each other on one case. Three outcomes: they agree; they cannot be compared (a want that
 * the policy does not have, an engine that gives up on too many spans); they disagree, which is a finding.
 */
import { EptsweepError, InputError, WrmsrFault } from '../errors.ts';
import { type Policy, wantsOf } from '../policy/index.ts';
import { type GfnRange, type PatType, type Span, type Total, WANTS, type Want } from '../types.ts';
import { type Engine, type EngineView, frameCount, type Query, type Vcpu } from '../vm/index.ts';
import { answerText } from './answer.ts';
import { compareViews } from './compare.ts';
import type { Probe } from './probe.ts';

/** A vCPU under a policy, and the PAT type that `effective` is asked for. */
export interface Subject {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  readonly pat: PatType;
}

/** What was asked when two sides disagreed. `spans`: values differ; `cuts`: the same values, cut differently. */
export type Question =
  | { readonly what: 'wrmsr' | 'types' | 'entries' | 'type-set' | 'explanation' }
  | { readonly what: 'spans' | 'cuts' | 'totals' | 'refusal'; readonly want: Want };

/** Two sides that answer one question differently. */
export interface Disagreement {
  readonly question: Question;
  /** Frames that show it; where values differ, those that differ first. */
  readonly range: GfnRange;
  readonly left: { readonly who: string; readonly says: string };
  readonly right: { readonly who: string; readonly says: string };
}

/** How much was compared. */
export interface Tally {
  /** Ranges that were asked for in spans, and the pages in them, once for each want. */
  ranges: number;
  pages: number;
  /** Pages of `mtrr`, `ept`, `effective` whose type is undefined, and how many were asked for a type. */
  undefinedPages: number;
  typedPages: number;
  /** Pages that were asked for one by one or in tiles. */
  singles: number;
  /** Questions that the policy has no answer to, refused by every side. */
  unsupported: number;
  /** Questions that an engine gave up. */
  givenUp: number;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { ranges: 0, pages: 0, undefinedPages: 0, typedPages: 0, singles: 0, unsupported: 0, givenUp: 0 };
}

/** What one case gave. */
export interface Verdict {
  /** Whether the vCPU could not be opened, because a write is refused. */
  readonly refused: WrmsrFault | undefined;
  readonly disagreements: readonly Disagreement[];
}

const TILE = 8;

function openingOf(engine: Engine, { vcpu, policy }: Subject): EngineView | WrmsrFault {
  try {
    return engine.open(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return error;
    throw error;
  }
}

function openingText(opening: EngineView | WrmsrFault): string {
  if (!(opening instanceof WrmsrFault)) return 'accepts every write';
  return `refuses write ${opening.index}, 0x${opening.msr.toString(16)} <- 0x${opening.value.toString(16)}`;
}

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

function spansOf(view: EngineView, want: Want, query: Query): Spans {
  try {
    return [...view.spans(want, query)];
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
  const sides = [left, right].map(({ spans }) => ({ spans: () => spans }));
  const [first] = compareViews(sides[0]!, sides[1]!, want).spans();
  if (first) {
    return {
      question: { what: 'spans', want },
      range: { start: first.start, end: first.end },
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

/** Everything that is asked of a case, engine by engine against the first. */
class Session {
  readonly disagreements: Disagreement[] = [];
  readonly #engines: readonly Engine[];
  readonly #views: readonly EngineView[];
  readonly #subject: Subject;
  readonly #tally: Tally;

  constructor(engines: readonly Engine[], views: readonly EngineView[], subject: Subject, tally: Tally) {
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
      left: { who: left.name, says: says[0] },
      right: { who: right.name, says: says[1] },
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
    this.#count(want, range, reference);
    for (let other = 1; other < answers.length; other++) {
      const [left, right] = [0, other].map((side) => ({
        who: this.#engines[side]!.name,
        spans: answers[side] as readonly Span[],
      }));
      const disagreement = compareSpans(want, range, left!, right!, true);
      if (disagreement) this.disagreements.push(disagreement);
    }
  }

  #count(want: Want, { start, end }: GfnRange, spans: readonly Span[]): void {
    const tally = this.#tally;
    tally.ranges++;
    tally.pages += end - start;
    if (want === 'levels' || want === 'leaf') return;
    tally.typedPages += end - start;
    for (const span of spans) if (span.type === -1) tally.undefinedPages += span.end - span.start;
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
        this.askFrames(range.start);
        break;
      // Opening the views has answered it, or engines are not who is asked.
      case 'wrmsr':
      case 'explanation':
    }
  }

  askFrames(gfn: number): void {
    const count = Math.min(TILE, frameCount(this.#subject.vcpu.maxphyaddr) - gfn);
    const range = { start: gfn, end: gfn + count };
    this.#tally.singles += count;
    this.#askTile('types', range, (view) => view.types(gfn, count));
    this.#askTile('entries', range, (view) => view.entries(gfn, count));
    this.#askTile('type-set', { start: gfn, end: gfn + 1 }, (view) => [view.typeSet(gfn).join('+')]);
  }

  #askTile(
    what: 'types' | 'entries' | 'type-set',
    range: GfnRange,
    ask: (view: EngineView) => ArrayLike<number | bigint | string>,
  ): void {
    const reference = ask(this.#views[0]!);
    for (let other = 1; other < this.#views.length; other++) {
      const answer = ask(this.#views[other]!);
      for (let i = 0; i < reference.length || i < answer.length; i++) {
        if (reference[i] === answer[i]) continue;
        const frame = { start: range.start + i, end: range.start + i + 1 };
        const text = (value: number | bigint | string | undefined) =>
          typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value);
        this.#found({ what }, frame, other, [text(reference[i]), text(answer[i])]);
        break;
      }
    }
  }
}

/** The verdict on a vCPU that not every engine takes, or that none does. */
function openingVerdict(
  engines: readonly Engine[],
  openings: readonly (EngineView | WrmsrFault)[],
): Verdict | undefined {
  const [first] = openings as [EngineView | WrmsrFault];
  const refused = first instanceof WrmsrFault ? first : undefined;
  const texts = openings.map(openingText);
  const other = texts.findIndex((text) => text !== texts[0]);
  if (other < 0) return refused && { refused, disagreements: [] };
  const side = (index: number) => ({ who: engines[index]!.name, says: texts[index]! });
  const disagreement: Disagreement = {
    question: { what: 'wrmsr' },
    range: { start: 0, end: 0 },
    left: side(0),
    right: side(other),
  };
  return { refused, disagreements: [disagreement] };
}

function judged(
  engines: readonly Engine[],
  subject: Subject,
  tally: Tally,
  ask: (session: Session) => void,
): Verdict {
  const openings = engines.map((engine) => openingOf(engine, subject));
  const views = openings.filter((opening) => !(opening instanceof WrmsrFault)) as EngineView[];
  try {
    const verdict = openingVerdict(engines, openings);
    if (verdict) return verdict;
    const session = new Session(engines, views, subject, tally);
    ask(session);
    return { refused: undefined, disagreements: session.disagreements };
  } finally {
    for (const view of views) view.dispose();
  }
}

/**
 * Holds engines against each other, each against the first.
 *
 * @param engines - at least two; each must have a memory of its own
 * @param tally - is added to
 */
export function judge(engines: readonly Engine[], subject: Subject, probe: Probe, tally: Tally): Verdict {
  return judged(engines, subject, tally, (session) => {
    for (const [index, range] of probe.windows.entries()) {
      for (const want of WANTS) session.askSpans(want, range);
      const want = WANTS[(index + range.start) % WANTS.length]!;
      if (wantsOf(subject.policy).includes(want)) session.askTotals(want, range);
    }
    for (const gfn of probe.frames) session.askFrames(gfn);
  });
}

/**
 * Asks one question again.
 *
 * @returns a disagreement about the same question in these frames, or undefined
 */
export function judgeAgain(
  engines: readonly Engine[],
  subject: Subject,
  question: Question,
  range: GfnRange,
): Disagreement | undefined {
  const verdict = judged(engines, subject, emptyTally(), (session) => session.ask(question, range));
  return verdict.disagreements.find((one) => one.question.what === question.what);
}
