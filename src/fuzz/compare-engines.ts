/**
 * Holds engines against each other on one case. Three outcomes: they agree; they cannot be compared (a want that
 * the policy does not have, an engine that gives up on too many spans); they disagree, which is a finding.
 */
import type { Evaluator, View } from '../engine/index.ts';
import { WrmsrFault } from '../errors.ts';
import { wantsOf } from '../policy/index.ts';
import { type GfnRange, WANTS } from '../types.ts';
import type { Probe } from './probe.ts';
import { type Disagreement, emptyTally, type Question, type Subject, type Tally } from './question.ts';
import { Session } from './session.ts';

/** What one case gave. */
export interface Comparison {
  /** Whether the vCPU could not be opened, because a write is refused. */
  readonly refused: WrmsrFault | undefined;
  readonly disagreements: readonly Disagreement[];
}

function openingOf(engine: Evaluator, { vcpu, policy }: Subject): View | WrmsrFault {
  try {
    return engine.view(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return error;
    throw error;
  }
}

function openingText(opening: View | WrmsrFault): string {
  if (!(opening instanceof WrmsrFault)) return 'accepts every write';
  return `refuses write ${opening.index}, 0x${opening.msr.toString(16)} <- 0x${opening.value.toString(16)}`;
}

/** The comparison on a vCPU that not every engine takes, or that none does. */
function comparisonOfOpenings(
  engines: readonly Evaluator[],
  openings: readonly (View | WrmsrFault)[],
): Comparison | undefined {
  const [first] = openings as [View | WrmsrFault];
  const refused = first instanceof WrmsrFault ? first : undefined;
  const texts = openings.map(openingText);
  const other = texts.findIndex((text) => text !== texts[0]);
  if (other < 0) return refused && { refused, disagreements: [] };
  const side = (index: number) => ({ who: engines[index]!.engine, says: texts[index]! });
  const disagreement: Disagreement = {
    question: { what: 'wrmsr' },
    range: { start: 0, end: 0 },
    left: side(0),
    right: side(other),
  };
  return { refused, disagreements: [disagreement] };
}

function compared(
  engines: readonly Evaluator[],
  subject: Subject,
  tally: Tally,
  ask: (session: Session) => void,
): Comparison {
  const openings = engines.map((engine) => openingOf(engine, subject));
  const views = openings.filter((opening) => !(opening instanceof WrmsrFault)) as View[];
  try {
    const comparison = comparisonOfOpenings(engines, openings);
    if (comparison) return comparison;
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
export function compareEngines(
  engines: readonly Evaluator[],
  subject: Subject,
  probe: Probe,
  tally: Tally,
): Comparison {
  return compared(engines, subject, tally, (session) => {
    for (const [index, range] of probe.windows.entries()) {
      for (const want of WANTS) session.askSpans(want, range);
      const want = WANTS[(index + range.start) % WANTS.length]!;
      if (wantsOf(subject.policy).includes(want)) session.askTotals(want, range);
    }
    for (const gfn of probe.frames) session.askFrames(gfn);
    session.askLookups(probe.frames);
  });
}

/**
 * Asks one question again.
 *
 * @returns a disagreement about the same question in these frames, or undefined
 */
export function compareAgain(
  engines: readonly Evaluator[],
  subject: Subject,
  question: Question,
  range: GfnRange,
): Disagreement | undefined {
  const comparison = compared(engines, subject, emptyTally(), (session) => session.ask(question, range));
  return comparison.disagreements.find((one) => one.question.what === question.what);
}
