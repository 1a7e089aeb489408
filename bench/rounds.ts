/**
 * Paired rounds: whatever is compared runs in turns in the same process, so that a slow second of the machine
 * hits all of it, and ratios are taken round by round before their median.
 */

/** One of several that are compared. */
export interface Contestant {
  readonly name: string;
  /** Pages, bytes or configs that one repetition answers. */
  readonly units: number;
  /** Works `repeat` times; gives nanoseconds for all of it. */
  run(repeat: number): number | Promise<number>;
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds that one turn of one contestant should take. */
  readonly turnMs: number;
  /** Turns for warming up; default 3. */
  readonly warmUpTurns?: number;
}

/** Nanoseconds a unit, by contestant and round. */
export type Times = Readonly<Record<string, readonly number[]>>;

/** A figure with how far its rounds lie apart. */
export interface Figure {
  readonly median: number;
  /** Distance of the quartiles over the median. */
  readonly spread: number;
}

/** A contestant that runs in this process. */
export function here(name: string, units: number, work: () => void): Contestant {
  return {
    name,
    units,
    run(repeat) {
      const begin = process.hrtime.bigint();
      for (let i = 0; i < repeat; i++) work();
      return Number(process.hrtime.bigint() - begin);
    },
  };
}

const WARM_UP_TURNS = 3;

/** Repetitions that take about a turn, found while the code warms up. */
async function repetitions(
  one: Contestant,
  { turnMs, warmUpTurns = WARM_UP_TURNS }: Effort,
): Promise<number> {
  let repeat = 1;
  for (let turn = 0; turn < warmUpTurns; ) {
    const ns = Math.max(1, await one.run(repeat));
    const wanted = Math.max(1, Math.round((repeat * turnMs * 1e6) / ns));
    if (wanted <= repeat * 2) turn += 1;
    repeat = Math.min(wanted, repeat * 16);
  }
  return repeat;
}

/**
 * Lets contestants run in turns; each round begins with another one.
 *
 * @param contestants - with different names
 * @returns times by name, all of the same length
 */
export async function race(contestants: readonly Contestant[], effort: Effort): Promise<Times> {
  const repeats: number[] = [];
  for (const one of contestants) repeats.push(await repetitions(one, effort));
  const times: Record<string, number[]> = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < effort.rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const { name, units, run } = contestants[index]!;
      const repeat = repeats[index]!;
      times[name]!.push((await run(repeat)) / (repeat * units));
    }
  }
  return times;
}

/** The value below which a share of the values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

/** Median and spread of some values. */
export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return { median, spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median };
}

/** Time of one over the time of another, round by round. */
export function timeRatio(times: Times, one: string, other: string): Figure {
  return figureOf(times[one]!.map((time, round) => time / times[other]![round]!));
}

/** Speed of one over the speed of another, round by round. */
export function speedRatio(times: Times, one: string, other: string): Figure {
  return timeRatio(times, other, one);
}
