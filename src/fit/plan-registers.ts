/** From a wanted map to a plan with the fewest variable ranges, or the best that there are registers for. */

import { requireArray, requireInteger, requireKeys, requireWord } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { FIXED_END } from '../msr/index.ts';
import { MEMORY_TYPES, type MemoryType, UC, WB, WC, WP, WT } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import { type Best, type BestOptions, bestWithin, leastLost } from './best.ts';
import { type BlockTree, blockTree, type Piece } from './block.ts';
import { FewestRanges } from './fewest.ts';
import { fixedFor, type RegisterValue } from './fixed.ts';
import type { Plan } from './plan.ts';
import type { Discipline } from './states.ts';
import {
  ANY_TYPE,
  accepts,
  MOST_WANTED,
  requireMemoryType,
  requireWantedMap,
  type WantedMap,
} from './wanted.ts';

/** 4 GiB, in frames: Tom2ForceMemTypeWB acts from here on. */
const FOUR_GIB = 2 ** 20;
/** Most variable ranges that can be addressed. */
const MOST_RANGES = 40;
/** Default types in the order in which firmware prefers them. */
const DEFAULT_TYPES: readonly MemoryType[] = [UC, WB, WT, WP, WC];

/** What {@link planRegisters} takes besides the map. */
export interface FitOptions {
  /** Variable ranges that there are, 0..40. */
  readonly vcnt: number;
  /** Whose rules count. Default `manual`: the fewest, and among those a plan that KVM reads right if there is one. */
  readonly discipline?: Discipline;
  /** The default types that may be chosen. Default: all; among equals the first is taken. */
  readonly defaultTypes?: readonly MemoryType[];
  /**
   * Fixed ranges below 1 MiB: `needed` uses them where they save a variable range, `always` where they can hold the
   * map, `never` not at all. Default `needed`.
   */
  readonly fixed?: 'needed' | 'always' | 'never';
  /** End of the frames from 4 GiB on whose default type is WB by AMD's Tom2ForceMemTypeWB. Default: none. */
  readonly forcedWbEnd?: number;
}

/** How many variable ranges a default type takes; Infinity where it cannot be. */
export interface DefaultCount {
  readonly type: MemoryType;
  readonly ranges: number;
}

/** What {@link planRegisters} finds. */
export interface Fit {
  readonly wanted: WantedMap;
  readonly vcnt: number;
  /** Exact where it fits, else the best with `vcnt` variable ranges. */
  readonly plan: Plan;
  /** The discipline that the plan satisfies; of `disjoint`, `kvm`, `manual` the strictest that costs nothing. */
  readonly discipline: Discipline;
  /** The fewest variable ranges that give the map exactly: no plan with contiguous masks has fewer. */
  readonly needed: number;
  readonly fits: boolean;
  /** The fewest under each discipline. */
  readonly counts: Readonly<Record<Discipline, number>>;
  /** By default type, under the discipline that was asked for. */
  readonly byDefault: readonly DefaultCount[];
  /** Pages that are UC and should be something else; 0 where it fits. Of equally many the highest are lost. */
  readonly lostPages: number;
  /**
   * The fewest that could be lost. `lostPages` is larger, by 1 MiB at most, where memory from address 0 on would have
   * been given up because the fixed ranges save its first MiB.
   */
  readonly leastLostPages: number;
  /** Why fixed ranges are not used though they were to be: they cannot hold the map. */
  readonly fixedCannotHold: boolean;
}

interface Attempt {
  readonly tree: BlockTree;
  readonly fixed: readonly RegisterValue[] | undefined;
  readonly counts: Readonly<Record<Discipline, number>>;
  readonly searches: Readonly<Record<Discipline, FewestRanges>>;
}

/** The stretches cut where the forced default begins and ends, and where the fixed ranges end if they are used. */
function piecesOf({ stretches }: WantedMap, forcedWbEnd: number, isFixedUsed: boolean): readonly Piece[] {
  const edges = forcedWbEnd > FOUR_GIB ? [FOUR_GIB, forcedWbEnd] : [];
  if (isFixedUsed) edges.unshift(FIXED_END);
  return stretches.flatMap(({ start, end, accepted }) => {
    const cuts = [start, ...edges.filter((edge) => edge > start && edge < end), end];
    return cuts.slice(1).map((cutEnd, index): Piece => {
      const cutStart = cuts[index]!;
      const isForcedWb = cutStart >= FOUR_GIB && cutStart < forcedWbEnd;
      if (!isFixedUsed || cutEnd > FIXED_END) return { start: cutStart, end: cutEnd, accepted, isForcedWb };
      const isCachedByFixed = !accepts(accepted, UC);
      return { start: cutStart, end: cutEnd, accepted: ANY_TYPE, isForcedWb, isCachedByFixed };
    });
  });
}

function leastOf(search: FewestRanges, types: readonly MemoryType[]): MemoryType {
  return types.reduce((best, type) => (search.cost(type) < search.cost(best) ? type : best));
}

function attempt(
  wanted: WantedMap,
  fixed: readonly RegisterValue[] | undefined,
  types: readonly MemoryType[],
  forcedWbEnd: number,
): Attempt {
  const pieces = piecesOf(wanted, forcedWbEnd, fixed !== undefined);
  const tree = blockTree(pieces, frameCount(wanted.maxphyaddr));
  const searches = {
    manual: new FewestRanges(tree, 'manual'),
    kvm: new FewestRanges(tree, 'kvm'),
    disjoint: new FewestRanges(tree, 'disjoint'),
  };
  const count = (discipline: Discipline) => searches[discipline].count(leastOf(searches[discipline], types));
  const counts = { manual: count('manual'), kvm: count('kvm'), disjoint: count('disjoint') };
  return { tree, fixed, counts, searches };
}

/** With fixed ranges and without, the one to take where both do equally well first. */
function attempts(wanted: WantedMap, options: FitOptions, types: readonly MemoryType[]): readonly Attempt[] {
  const { fixed = 'needed', forcedWbEnd = 0 } = options;
  const registers = fixed === 'never' ? undefined : fixedFor(wanted);
  const withFixed = registers && attempt(wanted, registers, types, forcedWbEnd);
  if (withFixed && fixed === 'always') return [withFixed];
  const without = attempt(wanted, undefined, types, forcedWbEnd);
  return withFixed ? [without, withFixed] : [without];
}

/**
 * The disciplines that satisfy the one that was asked for, the strictest first. KVM reads ranges that do not overlap
 * as the manual does, but knows nothing of a forced default type.
 */
function satisfying(asked: Discipline, { forcedWbEnd = 0 }: FitOptions): readonly Discipline[] {
  if (asked === 'disjoint') return ['disjoint'];
  if (asked === 'manual') return ['disjoint', 'kvm', 'manual'];
  return forcedWbEnd > FOUR_GIB ? ['kvm'] : ['disjoint', 'kvm'];
}

function losesLess(a: Best, b: Best): boolean {
  return a.countedPages === b.countedPages ? a.lostPages < b.lostPages : a.countedPages < b.countedPages;
}

/** The plan that loses least, and how many could be lost at least. */
function lossyPlan(
  all: readonly Attempt[],
  options: Omit<BestOptions, 'tree' | 'isFixedUsed'>,
): { readonly best: Best; readonly fixed: Attempt['fixed']; readonly leastLostPages: number } {
  let found: { best: Best; fixed: Attempt['fixed'] } | undefined;
  let leastLostPages = Number.POSITIVE_INFINITY;
  for (const { tree, fixed } of all) {
    const search: BestOptions = { ...options, tree, isFixedUsed: fixed !== undefined };
    const best = bestWithin(search);
    if (!best) continue;
    leastLostPages = Math.min(leastLostPages, fixed ? leastLost(search) : best.lostPages);
    if (!found || losesLess(best, found.best)) found = { best, fixed };
  }
  if (found) return { ...found, leastLostPages };
  throw new InputRangeError(
    'defaultTypes',
    `with ${options.budget} variable ranges and this default type, pages that must be UC cannot be kept so: allow the default UC`,
  );
}

const OPTION_KEYS: readonly string[] = ['vcnt', 'discipline', 'defaultTypes', 'fixed', 'forcedWbEnd'];
const DISCIPLINES: readonly Discipline[] = ['manual', 'kvm', 'disjoint'];

function checkedTypes(options: FitOptions): readonly MemoryType[] {
  requireKeys('', options, OPTION_KEYS, 'options such as { vcnt: 8 }');
  const { vcnt, discipline = 'manual', fixed = 'needed', forcedWbEnd = 0 } = options;
  requireInteger('vcnt', vcnt, 0, MOST_RANGES);
  requireWord('discipline', discipline, DISCIPLINES);
  requireWord('fixed', fixed, ['needed', 'always', 'never']);
  requireInteger('forcedWbEnd', forcedWbEnd, 0, 2 ** 40);
  const defaultTypes = requireArray('defaultTypes', options.defaultTypes ?? DEFAULT_TYPES);
  defaultTypes.forEach((type, index) => {
    requireMemoryType(`defaultTypes.${index}`, type);
  });
  if (defaultTypes.length === 0) throw new InputRangeError('defaultTypes', 'expected at least one type');
  return defaultTypes;
}

/**
 * Finds the fewest variable ranges that give a wanted map, with contiguous masks.
 *
 * @param wanted - see `wantedMap` and `ownMap`
 * @param options - how many variable ranges there are, and whose rules count
 * @returns the plan, how many ranges are needed, and what is lost where there are too few; `provePlan` evaluates it
 * @throws InputError for options out of range, or a map of more than 1024 stretches
 * @example
 * const map = wantedMap(36, [{ start: 0, end: 0xc0000, accepted: accepting([WB]) }], accepting([UC]));
 * planRegisters(map, { vcnt: 8 }).plan.ranges.length; // 2: WB 0-2G and 2G-3G
 */
export function planRegisters(wanted: WantedMap, options: FitOptions): Fit {
  requireWantedMap(wanted);
  const types = checkedTypes(options);
  if (wanted.stretches.length > MOST_WANTED) {
    throw new InputRangeError(
      'map',
      `expected at most ${MOST_WANTED} stretches, got ${wanted.stretches.length}`,
    );
  }
  const { vcnt, discipline: asked = 'manual', fixed: fixedUse = 'needed' } = options;
  const all = attempts(wanted, options, types);
  const chosen = all.reduce((best, one) => (one.counts[asked] < best.counts[asked] ? one : best));
  const disciplines = satisfying(asked, options);
  const { counts, searches } = chosen;
  const needed = counts[asked];
  const byDefault = MEMORY_TYPES.map((type) => ({ type, ranges: searches[asked].count(type) }));
  const fixedCannotHold =
    chosen.fixed === undefined &&
    fixedUse !== 'never' &&
    wanted.stretches[0]!.end < FIXED_END &&
    !fixedFor(wanted);
  const shared = { wanted, vcnt, needed, counts, byDefault, fixedCannotHold, fits: needed <= vcnt };
  const { maxphyaddr } = wanted;
  if (needed <= vcnt) {
    const discipline = disciplines.find((one) => counts[one] === needed)!;
    const defaultType = leastOf(searches[discipline], types);
    const ranges = searches[discipline].ranges(defaultType);
    const plan: Plan = { maxphyaddr, defaultType, ranges, fixed: chosen.fixed };
    return { ...shared, plan, discipline, lostPages: 0, leastLostPages: 0 };
  }
  const { best, fixed, leastLostPages } = lossyPlan(all, { disciplines, types, budget: vcnt });
  const { discipline, lostPages, defaultType, ranges } = best;
  const plan: Plan = { maxphyaddr, defaultType, ranges, fixed };
  return { ...shared, plan, discipline, lostPages, leastLostPages };
}
