/** What a campaign will take, before anything runs: its points, its blocks, about how long and how many bytes. */
import { policy } from '../policy/index.ts';
import { asksInBatches, isMade } from './asks/made.ts';
import type { Division } from './campaign.ts';
import { canonicalText } from './canonical.ts';
import { agrees, combinationAt, productOf, segmentsOf } from './points.ts';
import type { Ask, Assignment, Dimension, LayoutSource, PlainValue, SweepSpec } from './spec.ts';

/** What a campaign will take. */
export interface SweepPlan extends Division {
  /** Points that are excluded. */
  readonly excluded: bigint;
  /**
   * Points that can answer differently: policies with the same rules give the same answers. Undefined where there are
   * too many combinations to look at.
   */
  readonly distinct: bigint | undefined;
  /** About how long one core takes, in seconds. */
  readonly seconds: number;
  /** About how many bytes the results are; of findings, as many as if a tenth of the points were one. */
  readonly bytes: number;
}

/** Combinations that are looked at one by one. */
const MOST_LOOKED_AT = 1 << 16;

/**
 * Microseconds of one point, as one core of a server of these years takes them, to the nearest round figure; of `oracle`
 * what the program itself takes comes on top.
 */
const POINT_US: Readonly<Record<Ask, number>> = {
  totals: 60,
  compare: 50,
  check: 1000,
  oracle: 600,
  pages: 300,
};
/** The same of layouts that are made and asked by the thousand. */
const MADE_POINT_US = 0.5;
/** Of a block, which is written and synced whatever is in it. */
const BLOCK_US = 1500;
/** Microseconds of a row of one of them, which is asked again by itself. */
const MADE_ROW_US = 60;
/** Microseconds that opening a layout takes, by where it comes from. */
const LAYOUT_US: Readonly<Record<LayoutSource['kind'], number>> = {
  presets: 60,
  files: 1000,
  random: 20,
  enumerate: 20,
};
/** Bytes of a row as Parquet, and of a block's counters: some for each, more for each combination. */
const ROW_BYTES = 24;
const BLOCK_BYTES = 1500;
const COMBINATION_BYTES = 250;
const FOUND_SHARE = 0.1;

/** Two policies with one key answer alike: names and commits apart, what a policy says is what it is. */
function policyKey(value: PlainValue | undefined): string {
  if (typeof value !== 'string') return canonicalText(value ?? null);
  const { flags, traits, defaultQuirks, peer } = policy(value);
  return canonicalText({ flags, system: traits.system, defaultQuirks, peer });
}

function distinctCombinations(spec: SweepSpec, combinations: number): number | undefined {
  if (combinations > MOST_LOOKED_AT) return undefined;
  const keys = new Set<string>();
  const policies = new Map<string, string>();
  for (let index = 0; index < combinations; index++) {
    const assignment = combinationAt(spec, index);
    if (!assignment) continue;
    const name = canonicalText(assignment.policy ?? null);
    const key = policies.get(name) ?? policyKey(assignment.policy);
    policies.set(name, key);
    keys.add(canonicalText({ ...assignment, policy: key }));
  }
  return keys.size;
}

/** Axes that an exclusion speaks of; the others only multiply. */
function isSpokenOf({ paths }: Dimension, exclude: readonly Assignment[]): boolean {
  return exclude.some((entry) => paths.some((path) => path in entry));
}

/**
 * Combinations that are excluded.
 *
 * @returns undefined where exclusions speak of too many combinations to look at
 */
export function excludedCombinations({ dimensions, exclude }: SweepSpec): number | undefined {
  if (exclude.length === 0) return 0;
  const spoken = dimensions.filter((one) => isSpokenOf(one, exclude));
  const looked = productOf({ dimensions: spoken });
  if (looked > MOST_LOOKED_AT) return undefined;
  const axes = { dimensions: spoken, exclude: [], include: [] };
  let found = 0;
  for (let index = 0; index < looked; index++) {
    const assignment = combinationAt(axes, index)!;
    if (exclude.some((entry) => agrees(assignment, entry))) found += 1;
  }
  return found * (productOf({ dimensions }) / looked);
}

/** Seconds that all layouts take, opened and asked. */
function secondsOf(
  spec: SweepSpec,
  { layouts, combinations, shardsPerPoint, blocks, points: all }: Division,
  share: number,
): number {
  const inBatches = asksInBatches(spec, all);
  const us = segmentsOf(spec, 0n, layouts).map((segment) => {
    const points = Number(segment.count) * combinations * shardsPerPoint * share;
    const rowUs = spec.keep === 'none' || spec.ask !== 'compare' ? 0 : FOUND_SHARE * MADE_ROW_US;
    if (inBatches && isMade(segment)) return points * (MADE_POINT_US + rowUs);
    return points * POINT_US[spec.ask] + Number(segment.count) * LAYOUT_US[segment.source.kind];
  });
  return us.reduce((sum, one) => sum + one, blocks * BLOCK_US) / 1e6;
}

function bytesOf({ keep }: SweepSpec, { blocks, combinations }: Division, points: number): number {
  const rows = { all: points, findings: points * FOUND_SHARE, none: 0 }[keep];
  return Math.round(blocks * (BLOCK_BYTES + combinations * COMBINATION_BYTES) + rows * ROW_BYTES);
}

/**
 * What a campaign will take.
 *
 * @param spec - resolved
 * @param division - as it is cut into blocks: a campaign
 * @returns counts, and estimates of time and bytes
 * @example
 * const { spec } = parseSweep('{ask: compare, layouts: {random: {count: 1e12}}, axes: {policy: [kvm-5.16]}}');
 * planOf(spec, await campaignOf(spec)).points; // 1000000000000n
 */
export function planOf(spec: SweepSpec, division: Division): SweepPlan {
  const { layouts, combinations, points, pointsPerBlock, shardsPerPoint, blocks } = division;
  const excluded = BigInt(excludedCombinations(spec) ?? 0) * layouts;
  const distinct = distinctCombinations(spec, combinations);
  const asked = Number(points - excluded);
  return {
    layouts,
    combinations,
    points,
    pointsPerBlock,
    shardsPerPoint,
    blocks,
    excluded,
    distinct: distinct === undefined ? undefined : BigInt(distinct) * layouts,
    seconds: secondsOf(spec, division, asked / Number(points)),
    bytes: bytesOf(spec, division, asked * shardsPerPoint),
  };
}
