/** Plans with holes in their masks: fewer ranges than the best plan without, or fewer pages lost. */
import { FIXED_END, MOST_VARIABLE_RANGES } from '../../msr/index.ts';
import { type MemoryType, UC, WB, WC, WP, WT } from '../../types.ts';
import type { Attempt } from '../attempt.ts';
import type { Piece } from '../block.ts';
import type { PlannedRange } from '../fewest.ts';
import type { Plan } from '../plan.ts';
import { accepts } from '../wanted.ts';
import { NOTHING, type PageSet, PageSets } from './page-set.ts';
import { type HolesPlan, Steps, searchHoles } from './search.ts';

/** After so many steps the search ends, within a second. */
const MOST_STEPS = 10_000;

/** What is searched. */
export interface HolesSearch {
  readonly attempts: readonly Attempt[];
  /** Default types that may be chosen. */
  readonly types: readonly MemoryType[];
  readonly maxphyaddr: number;
}

/** What was found. */
export interface FoundHoles {
  /** Undefined where no plan was found that is better than the one without. */
  readonly plan: Plan | undefined;
  readonly lostPages: number;
  /** Whether a limit ended the search. */
  readonly isCutOff: boolean;
}

/** The pieces of a space as sets. */
interface Space {
  readonly sets: PageSets;
  readonly accepting: Readonly<Record<MemoryType, PageSet>>;
  readonly where: (isMeant: (piece: Piece) => boolean) => PageSet;
}

function spaceOf({ pieces }: Attempt, maxphyaddr: number): Space {
  const sets = new PageSets(maxphyaddr - 12);
  const where = (isMeant: (piece: Piece) => boolean): PageSet =>
    pieces.filter(isMeant).reduce((set, { start, end }) => sets.either(set, sets.range(start, end)), NOTHING);
  const accepting = (type: MemoryType) => where(({ accepted }) => accepts(accepted, type));
  return {
    sets,
    where,
    accepting: {
      [UC]: accepting(UC),
      [WC]: accepting(WC),
      [WT]: accepting(WT),
      [WP]: accepting(WP),
      [WB]: accepting(WB),
    },
  };
}

/** Larger ranges before those inside. */
function inOrder(ranges: readonly PlannedRange[]): readonly PlannedRange[] {
  return [...ranges].sort((a, b) => a.start - b.start || b.frames - a.frames || a.type - b.type);
}

function planOf(
  { ranges }: HolesPlan,
  defaultType: MemoryType,
  { fixed }: Attempt,
  maxphyaddr: number,
): Plan {
  return { maxphyaddr, defaultType, ranges: inOrder(ranges), fixed };
}

/**
 * A plan with fewer ranges.
 *
 * @param needed - of the best plan without holes; Infinity where there is none
 */
export function fewestWithHoles({ attempts, types, maxphyaddr }: HolesSearch, needed: number): FoundHoles {
  const steps = new Steps(MOST_STEPS);
  let plan: Plan | undefined;
  for (const attempt of attempts) {
    const { sets, where, accepting } = spaceOf(attempt, maxphyaddr);
    for (const type of types) {
      const isSuited = ({ accepted, isForcedWb }: Piece) => accepts(accepted, isForcedWb ? WB : type);
      const problem = { sets, accepting, needed: where((piece) => !isSuited(piece)), losable: NOTHING };
      for (;;) {
        const budget = Math.min(plan?.ranges.length ?? needed, MOST_VARIABLE_RANGES + 1) - 1;
        if (budget < 0) break;
        const found = searchHoles({ ...problem, budget, mostLost: 1 }, steps);
        if (!found) break;
        plan = planOf(found, type, attempt, maxphyaddr);
      }
    }
  }
  return { plan, lostPages: 0, isCutOff: steps.areSpent };
}

/**
 * A plan that loses fewer pages, with the default type UC.
 *
 * @param budget - variable ranges that there are
 * @param countedPages - of the best plan without holes, with those that the fixed ranges hold
 */
export function leastLostWithHoles(
  { attempts, types, maxphyaddr }: HolesSearch,
  budget: number,
  countedPages: number,
): FoundHoles {
  let found: { plan: Plan; lostPages: number } | undefined;
  const steps = new Steps(MOST_STEPS);
  let counted = countedPages;
  for (const attempt of types.includes(UC) ? attempts : []) {
    const { sets, where, accepting } = spaceOf(attempt, maxphyaddr);
    const losable = where(
      ({ accepted, isForcedWb, isCachedByFixed }) =>
        !isForcedWb && (!accepts(accepted, UC) || isCachedByFixed === true),
    );
    const forced = where(({ accepted, isForcedWb }) => isForcedWb && !accepts(accepted, WB));
    const needed = sets.either(losable, forced);
    const least = searchHoles({ sets, accepting, needed, losable, budget, mostLost: counted }, steps);
    if (!least) continue;
    counted = least.lostPages;
    const held = attempt.fixed ? sets.range(0, FIXED_END) : NOTHING;
    found = {
      plan: planOf(least, UC, attempt, maxphyaddr),
      lostPages: sets.count(sets.without(least.lost, held)),
    };
  }
  return { plan: found?.plan, lostPages: found?.lostPages ?? 0, isCutOff: steps.areSpent };
}
