/** What is printed of mutants: a survivor as a difference, a room as a line. */
import { applied, type Mutant } from './operators.ts';
import type { Outcome } from './protocol.ts';

/** A mutant and what became of it; equivalent ones with the reason that the list gives. */
export interface Tried {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  readonly equivalent?: string;
}

/** What a mutant changes: its lines before and after, and the first one's number. */
export interface Lines {
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/**
 * @param whole - what the file holds
 */
export function linesOf(whole: string, mutant: Mutant): Lines {
  const first = whole.lastIndexOf('\n', mutant.start - 1) + 1;
  const behind = whole.indexOf('\n', mutant.end);
  const last = behind < 0 ? whole.length : behind;
  const mutated = applied(whole, mutant);
  return {
    line: whole.slice(0, first).split('\n').length,
    before: whole.slice(first, last),
    after: mutated.slice(first, last + mutated.length - whole.length),
  };
}

/** As `diff` says it. */
export function differenceText(whole: string, mutant: Mutant): string {
  const { line, before, after } = linesOf(whole, mutant);
  const signed = (sign: string, text: string): string => text.replaceAll(/^/gm, sign);
  return [`${mutant.file}:${line} ${mutant.operator}`, signed('-', before), signed('+', after)].join('\n');
}

/** The counts of a room. */
export interface Counts {
  readonly killed: number;
  readonly timeouts: number;
  readonly survived: number;
  readonly equivalent: number;
  /** No compiler takes them, or they are the same Wasm: no mutants. */
  readonly void: number;
  /** Killed of those that are not equivalent, in percent. */
  readonly percent: number;
}

export function countsOf(tried: readonly Tried[]): Counts {
  const of = (...kinds: readonly Outcome['kind'][]): number =>
    tried.filter(({ outcome, equivalent }) => !equivalent && kinds.includes(outcome.kind)).length;
  const [timeouts, survived] = [of('timeout'), of('survived')];
  const killed = of('killed') + timeouts;
  return {
    killed,
    timeouts,
    survived,
    equivalent: tried.filter(({ equivalent }) => equivalent !== undefined).length,
    void: of('refused', 'same'),
    percent: killed + survived === 0 ? 100 : (100 * killed) / (killed + survived),
  };
}

/** A room in a line. */
export function roomLine(room: string, counts: Counts): string {
  const { killed, timeouts, survived, equivalent } = counts;
  const parts = [
    `${killed} of ${killed + survived} killed`,
    ...(timeouts > 0 ? [`${timeouts} of them by time`] : []),
    ...(equivalent > 0 ? [`${equivalent} equivalent`] : []),
    ...(counts.void > 0 ? [`${counts.void} no program or the same one`] : []),
  ];
  return `${room.padEnd(10)}${counts.percent.toFixed(1).padStart(6)} %  ${parts.join(', ')}`;
}
