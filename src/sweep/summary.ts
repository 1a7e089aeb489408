/** What counters say, by what was asked: how often, on how many pages, of which values of the axes, and where first. */
import type { Campaign } from './campaign.ts';
import { canonicalText, sha256 } from './canonical.ts';
import { type Counters, digestText, type SmallFinding } from './counters.ts';
import { combinationAt } from './points.ts';
import type { Ask, Assignment, PlainValue } from './spec.ts';

/** Something that was counted, and the first point that has it. */
export interface Counted {
  readonly name: string;
  readonly count: bigint;
  /** Number of the first point; undefined where it is not kept. */
  readonly first: bigint | undefined;
}

/** How often two policies answer differently. */
export interface DifferenceCount {
  /** States of vCPUs that were compared. */
  readonly compared: bigint;
  /** Those of them with a page that differs. */
  readonly differing: bigint;
  /** Pages that differ, of all of them. */
  readonly pages: bigint;
}

/** What was counted of one combination of the axes. */
export interface CombinationSummary extends DifferenceCount {
  readonly combination: number;
  readonly assignment: Assignment;
  readonly refused: bigint;
  /** Pages by answer, most pages first; of `totals` and `pages`. */
  readonly answers: readonly Counted[];
  /** Pages that differ by pair of answers, `UC>WB`; of `compare`. */
  readonly pairs: readonly Counted[];
  /** By number of variable ranges that are on, ascending; of `compare`. */
  readonly byRanges: readonly ({ readonly ranges: number } & DifferenceCount)[];
  /** First point that differs; of `compare`. */
  readonly first: bigint | undefined;
}

/** What was counted of one value of an axis. */
export interface AxisValueSummary extends DifferenceCount {
  readonly value: PlainValue;
  readonly refused: bigint;
}

/** An axis, value by value. */
export interface AxisSummary {
  readonly path: string;
  readonly values: readonly AxisValueSummary[];
}

/** A campaign's result. */
export interface Summary {
  readonly campaign: string;
  readonly ask: Ask;
  /** Points that were asked, those refused too. */
  readonly points: bigint;
  /** States of vCPUs that answered. */
  readonly states: bigint;
  /** Findings, as the exit code counts them. */
  readonly findings: bigint;
  /** Points, or states of vCPUs, that could not be asked, by what is refused. */
  readonly refusals: readonly Counted[];
  /** States that another engine was asked of again, and where it contradicted. */
  readonly verified: bigint;
  readonly contradicted: bigint;
  readonly combinations: readonly CombinationSummary[];
  readonly axes: readonly AxisSummary[];
  /** Answers of whole spaces that were told apart, the most frequent first; of `totals`. */
  readonly distinct: readonly Counted[];
  /** Equal maps, the most frequent first; of `check`. */
  readonly classes: readonly Counted[];
  /** Rules that found something (`check`), or that were met (`oracle`). */
  readonly rules: readonly Counted[];
  /** Questions that were answered differently; of `oracle`. */
  readonly questions: readonly Counted[];
  /** Questions that another program was asked; of `oracle`. */
  readonly asked: bigint;
  /** Digests of whole spaces by `point/vCPU`; of `pages`. */
  readonly digests: readonly { readonly point: bigint; readonly vcpu: number; readonly digest: string }[];
  readonly smallest: readonly SmallFinding[];
  /** Of all answers, 16 hex digits. */
  readonly digest: string;
}

type Sums = ReadonlyMap<string, bigint>;

function numbers(texts: Readonly<Record<string, string>>): Sums {
  return new Map(Object.entries(texts).map(([name, value]) => [name, BigInt(value)]));
}

/** The largest count first, then by name. */
export function compareCounted(a: Counted, b: Counted): number {
  if (a.count !== b.count) return a.count > b.count ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** Sums whose names start with a prefix, without it; the largest first. */
function below(sums: Sums, prefix: string, minima: Sums): readonly Counted[] {
  return [...sums]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, count]) => ({ name: name.slice(prefix.length), count, first: minima.get(name) }))
    .sort(compareCounted);
}

function differences(sums: Sums, prefix = ''): DifferenceCount {
  const of = (name: string): bigint => sums.get(`${prefix}${name}`) ?? 0n;
  return { compared: of('compared'), differing: of('differing'), pages: of('pages') };
}

function byRanges(sums: Sums): CombinationSummary['byRanges'] {
  const counts = [...sums.keys()].flatMap((name) => /^ranges\/(\d+)\/compared$/.exec(name)?.[1] ?? []);
  return counts
    .map(Number)
    .sort((a, b) => a - b)
    .map((ranges) => ({ ranges, ...differences(sums, `ranges/${ranges}/`) }));
}

/** Names of sums of single combinations: `c12/pairs/UC>WB`. */
const OF_COMBINATION = /^c(\d+)\/(.*)$/s;

/** Sums by combination, ascending. */
function perCombination(sums: Sums): ReadonlyMap<number, Map<string, bigint>> {
  const found = new Map<number, Map<string, bigint>>();
  for (const [name, value] of sums) {
    const [, index, rest = ''] = OF_COMBINATION.exec(name) ?? [];
    if (index === undefined) continue;
    const own = found.get(Number(index)) ?? new Map<string, bigint>();
    found.set(Number(index), own.set(rest, value));
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

function combinationSummaries(
  { spec }: Pick<Campaign, 'spec'>,
  sums: Sums,
  minima: Sums,
): CombinationSummary[] {
  return [...perCombination(sums)].map(([combination, own]) => ({
    combination,
    assignment: combinationAt(spec, combination) ?? {},
    ...differences(own),
    refused: own.get('refused') ?? 0n,
    answers: below(own, 'pages/', new Map()),
    pairs: below(own, 'pairs/', new Map()),
    byRanges: byRanges(own),
    first: minima.get(`c${combination}/differing`),
  }));
}

function axisSummary(path: string, combinations: readonly CombinationSummary[]): AxisSummary {
  const values = new Map<string, AxisValueSummary>();
  for (const { assignment, compared, differing, pages, refused } of combinations) {
    const value = assignment[path];
    if (value === undefined) continue;
    const key = canonicalText(value);
    const before = values.get(key) ?? { value, compared: 0n, differing: 0n, pages: 0n, refused: 0n };
    values.set(key, {
      value,
      compared: before.compared + compared,
      differing: before.differing + differing,
      pages: before.pages + pages,
      refused: before.refused + refused,
    });
  }
  return { path, values: [...values.values()] };
}

function digestsOf(sums: Sums): Summary['digests'] {
  return [...sums].flatMap(([name, sum]) => {
    const [, point, vcpu] = /^digest\/(\d+)\/(\d+)$/.exec(name) ?? [];
    return point === undefined ? [] : [{ point: BigInt(point), vcpu: Number(vcpu), digest: digestText(sum) }];
  });
}

/**
 * What counters say.
 *
 * @param campaign - whose they are
 * @param counters - of all its blocks, or of some
 * @returns counts by combination, by axis, by answer, map or rule, and the smallest findings
 * @example
 * const { spec } = parseSweep('{ask: totals, layouts: {presets: [ovmf-q35]}}');
 * summaryOf(await campaignOf(spec), emptyCounters(20)).points; // 0n
 */
export function summaryOf(campaign: Pick<Campaign, 'id' | 'spec'>, counters: Counters): Summary {
  const [sums, minima] = [numbers(counters.sums), numbers(counters.minima)];
  const of = (name: string): bigint => sums.get(name) ?? 0n;
  const { dimensions, ask } = campaign.spec;
  const combinations = combinationSummaries(campaign, sums, minima);
  return {
    campaign: campaign.id,
    ask,
    points: of('points'),
    states: of('states'),
    findings: of('findings'),
    refusals: below(sums, 'refused/', minima),
    verified: of('verified'),
    contradicted: of('contradicted'),
    combinations,
    axes: dimensions.flatMap(({ paths }) => paths.map((path) => axisSummary(path, combinations))),
    distinct: below(sums, 'answer/', minima),
    classes: below(sums, 'class/', minima),
    rules: below(sums, 'rule/', minima),
    questions: below(sums, 'question/', minima),
    asked: of('questions'),
    digests: digestsOf(sums),
    smallest: counters.smallest,
    digest: counters.digest,
  };
}

/**
 * The digest of a campaign's result: equal for equal counters of one campaign, whoever computed them.
 *
 * @param campaign - its id is read
 * @param counters - of all its blocks
 * @returns 64 hex digits
 * @example
 * (await resultDigest({ id: 'x' }, emptyCounters(20))).length; // 64
 */
export function resultDigest(campaign: Pick<Campaign, 'id'>, counters: Counters): Promise<string> {
  return sha256(canonicalText({ campaign: campaign.id, counters }));
}
