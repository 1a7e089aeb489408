/** From a wanted map to a plan with the fewest variable ranges, or the best that there are registers for. */

import { requireArray, requireFlag, requireInteger, requireKeys, requireWord } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { FIXED_END, MOST_VARIABLE_RANGES } from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import { MEMORY_TYPES, type MemoryType, UC, WB, WC, WP, WT } from '../types.ts';
import { type Attempt, attempts, leastOf } from './attempt.ts';
import { type Best, type BestOptions, bestWithin, leastLost } from './best.ts';
import { fixedFor } from './fixed.ts';
import { fewestWithHoles, leastLostWithHoles } from './holes/plan-holes.ts';
import type { Plan } from './plan.ts';
import type { Discipline } from './states.ts';

import { MOST_WANTED, requireMemoryType, requireWantedMap, type WantedMap } from './wanted.ts';

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
  /**
   * Whether masks may have holes where that saves ranges, or pages where there are too few. By the manual only: KVM
   * and others read such masks otherwise.
   */
  readonly holes?: boolean;
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
  /**
   * The fewest variable ranges that give the map exactly: no plan with contiguous masks has fewer. With holes the
   * fewest that were found, never more than without.
   */
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
  /** Where masks may have holes: whether the search for them ended at its limit, so that fewer ranges may do. */
  readonly holes?: { readonly isCutOff: boolean };
  /** Why fixed ranges are not used though they were to be: they cannot hold the map. */
  readonly fixedCannotHold: boolean;
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

const OPTION_KEYS: readonly string[] = [
  'vcnt',
  'discipline',
  'defaultTypes',
  'fixed',
  'holes',
  'forcedWbEnd',
];
const DISCIPLINES: readonly Discipline[] = ['manual', 'kvm', 'disjoint'];

function checkedTypes(options: FitOptions): readonly MemoryType[] {
  requireKeys('', options, OPTION_KEYS, 'options such as { vcnt: 8 }');
  const { vcnt, discipline = 'manual', fixed = 'needed', forcedWbEnd = 0 } = options;
  requireInteger('vcnt', vcnt, 0, MOST_VARIABLE_RANGES);
  requireWord('discipline', discipline, DISCIPLINES);
  requireWord('fixed', fixed, ['needed', 'always', 'never']);
  requireInteger('forcedWbEnd', forcedWbEnd, 0, 2 ** 40);
  const defaultTypes = requireArray('defaultTypes', options.defaultTypes ?? DEFAULT_TYPES);
  defaultTypes.forEach((type, index) => {
    requireMemoryType(`defaultTypes.${index}`, type);
  });
  if (defaultTypes.length === 0) throw new InputRangeError('defaultTypes', 'expected at least one type');
  if (requireFlag('holes', options.holes, false) && discipline !== 'manual') {
    throw new InputRangeError(
      'holes',
      `only the manual's rules read masks with holes as meant, got ${discipline}`,
    );
  }
  return defaultTypes;
}

/**
 * Finds the fewest variable ranges that give a wanted map, with contiguous masks, or with holes if that is asked.
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
  const { maxphyaddr } = wanted;
  const shared = { wanted, vcnt, counts, byDefault, fixedCannotHold };
  const search = { attempts: all, types, maxphyaddr };
  const perfect = { lostPages: 0, leastLostPages: 0, fits: true } as const;
  const fewer = options.holes ? fewestWithHoles(search, needed) : undefined;
  const holes = fewer && { isCutOff: fewer.isCutOff };
  if (fewer?.plan && fewer.plan.ranges.length <= vcnt) {
    const found = { plan: fewer.plan, needed: fewer.plan.ranges.length, discipline: 'manual' } as const;
    return { ...shared, ...perfect, ...found, ...(holes && { holes }) };
  }
  if (needed <= vcnt) {
    const discipline = disciplines.find((one) => counts[one] === needed)!;
    const defaultType = leastOf(searches[discipline], types);
    const ranges = searches[discipline].ranges(defaultType);
    const plan: Plan = { maxphyaddr, defaultType, ranges, fixed: chosen.fixed };
    return { ...shared, ...perfect, needed, plan, discipline, ...(holes && { holes }) };
  }
  const tooMany = { fits: false, needed: fewer?.plan?.ranges.length ?? needed } as const;
  const { best, fixed, leastLostPages } = lossyPlan(all, { disciplines, types, budget: vcnt });
  const less = options.holes ? leastLostWithHoles(search, vcnt, best.countedPages) : undefined;
  if (less?.plan) {
    const { plan, lostPages } = less;
    const isCutOff = less.isCutOff || fewer?.isCutOff === true;
    const found = { plan, lostPages, leastLostPages: lostPages, discipline: 'manual' } as const;
    return { ...shared, ...tooMany, ...found, holes: { isCutOff } };
  }
  const { discipline, lostPages, defaultType, ranges } = best;
  const plan: Plan = { maxphyaddr, defaultType, ranges, fixed };
  return { ...shared, ...tooMany, plan, discipline, lostPages, leastLostPages, ...(holes && { holes }) };
}
