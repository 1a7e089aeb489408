/** What a question of the bench gets and gives. */
import type { Native } from './native.ts';
import type { Effort, Figure, Times } from './rounds.ts';
import { figureOf } from './rounds.ts';

/** Ratios of which more than this lies between the quartiles are called noisy. */
const NOISY = 0.25;

/** A bar: what a ratio has to be. */
export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One line of the result. */
export interface Row {
  readonly id: string;
  /** What was measured, for people. */
  readonly what: string;
  /** Medians of ratios; null where a peer is absent. */
  readonly ratios: Readonly<Record<string, number | null>>;
  readonly bars: Readonly<Record<string, Bar>>;
  /** Median nanoseconds a unit, by contestant. */
  readonly nanoseconds?: Readonly<Record<string, number>>;
  /** Of the ratio that varies most: distance of the quartiles over the median. */
  readonly spread: number;
  readonly isNoisy: boolean;
  readonly note?: string;
}

/** What all questions share. */
export interface Bench {
  readonly effort: Effort;
  /** Whether to measure as little as possible, to see that everything runs. */
  readonly isTiny: boolean;
  /** Absent where there is no compiler. */
  readonly native: Native | undefined;
}

/** A question: its ids, and how to answer it. */
export interface Question {
  readonly ids: readonly string[];
  ask(bench: Bench): Promise<readonly Row[]>;
}

/** Why a ratio is null. */
export const NO_COMPILER = 'no compiler: native C is absent';

interface RowParts {
  readonly id: string;
  readonly what: string;
  /** A figure, a plain number that has no spread, or undefined where a peer is absent. */
  readonly ratios: Readonly<Record<string, Figure | number | undefined>>;
  readonly bars?: Readonly<Record<string, Bar>>;
  readonly times?: Times;
  readonly note?: string | undefined;
}

/** Makes a row of its parts. */
export function rowOf({ id, what, ratios, bars = {}, times, note }: RowParts): Row {
  const values = Object.entries(ratios).map(([name, ratio]) => {
    if (ratio === undefined) return [name, null] as const;
    return [name, typeof ratio === 'number' ? ratio : ratio.median] as const;
  });
  const spreads = Object.values(ratios).map((ratio) => (typeof ratio === 'object' ? ratio.spread : 0));
  const spread = Math.max(0, ...spreads);
  return {
    id,
    what,
    ratios: Object.fromEntries(values),
    bars,
    ...(times && {
      nanoseconds: Object.fromEntries(
        Object.entries(times).map(([name, each]) => [name, figureOf(each).median]),
      ),
    }),
    spread,
    isNoisy: spread > NOISY,
    ...(note !== undefined && { note }),
  };
}

/** Whether a ratio is where it should be; undefined where it is not known or has no bar. */
export function isMet({ ratios, bars }: Row, name: string): boolean | undefined {
  const ratio = ratios[name];
  const bar = bars[name];
  if (ratio === undefined || ratio === null || bar === undefined) return undefined;
  return (
    ratio >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) && ratio <= (bar.atMost ?? Number.POSITIVE_INFINITY)
  );
}
