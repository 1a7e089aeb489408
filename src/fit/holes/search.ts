/**
 * Plans whose masks may have holes. UC wins over everything, so ranges of UC are chosen first, the largest that there
 * are; then every page that still has to be covered, the lowest first, by the largest ranges of a type that may lie
 * there. A search with a limit: it may miss plans, and what it finds is held against the plan with contiguous masks.
 */
import { type MemoryType, UC, WB, WC, WP, WT } from '../../types.ts';
import type { PlannedRange } from '../fewest.ts';
import { type Cube, cubesThrough, cubesWithin, framesOf, lowestOf, rangeOf } from './cube.ts';
import { NOTHING, type PageSet, type PageSets } from './page-set.ts';

/** Types that are not UC. WT first: WB may lie below it. */
const CACHED = [WT, WB, WP, WC] as const;
type Cached = (typeof CACHED)[number];

/** What is asked of a plan. */
export interface HolesProblem {
  readonly sets: PageSets;
  /** By type, the frames that may have it. */
  readonly accepting: Readonly<Record<MemoryType, PageSet>>;
  /** Frames that no default type suits: a range has to cover them. */
  readonly needed: PageSet;
  /** Of these, what would be UC without a range: it may be lost. */
  readonly losable: PageSet;
  /** Registers that there are. */
  readonly budget: number;
  /** Only plans that lose fewer pages are wanted; 1 for those that lose none. */
  readonly mostLost: number;
}

/** A plan that was found. */
export interface HolesPlan {
  readonly ranges: readonly PlannedRange[];
  readonly lost: PageSet;
  /** How many frames that is. */
  readonly lostPages: number;
}

/** Steps that searches share; where none are left they end with what they have. */
export class Steps {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** Takes one; false where there is none. */
  readonly spend = (): boolean => {
    this.#left -= 1;
    return this.#left >= 0;
  };

  get areSpent(): boolean {
    return this.#left < 0;
  }
}

type Covered = Readonly<Record<Cached, PageSet>>;

/** Where a search stands. */
interface State {
  /** Frames that a range still has to cover. */
  readonly rest: PageSet;
  /** Frames of the ranges of UC. */
  readonly uncached: PageSet;
  readonly covered: Covered;
  readonly lost: PageSet;
  readonly chosen: readonly PlannedRange[];
}

class Search {
  readonly #problem: HolesProblem;
  readonly #sets: PageSets;
  readonly #seen = new Set<string>();
  readonly #onlyUncached: PageSet;
  readonly #steps: Steps;
  #best: HolesPlan | undefined;

  constructor(problem: HolesProblem, steps: Steps) {
    this.#problem = problem;
    this.#sets = problem.sets;
    this.#steps = steps;
    this.#onlyUncached = CACHED.reduce(
      (set, type) => this.#sets.without(set, problem.accepting[type]),
      problem.needed,
    );
  }

  run(): HolesPlan | undefined {
    const { accepting, budget } = this.#problem;
    const uncached = cubesWithin(this.#sets, accepting[UC], this.#steps.spend);
    for (let count = 0; count <= budget && this.#best?.lostPages !== 0; count++) {
      this.#choose(uncached, 0, count, NOTHING, []);
    }
    return this.#best;
  }

  #isDone(): boolean {
    return this.#steps.areSpent || this.#best?.lostPages === 0;
  }

  /** Every choice of `count` ranges of UC. */
  #choose(
    from: readonly Cube[],
    first: number,
    count: number,
    uncached: PageSet,
    chosen: readonly PlannedRange[],
  ): void {
    if (this.#isDone()) return;
    if (count === 0) {
      // Nothing but the ranges of UC helps these pages.
      if (this.#sets.without(this.#onlyUncached, uncached) !== NOTHING) return;
      const covered: Covered = { [WC]: NOTHING, [WT]: NOTHING, [WP]: NOTHING, [WB]: NOTHING };
      const rest = this.#sets.without(this.#problem.needed, uncached);
      this.#cover({ rest, uncached, covered, lost: NOTHING, chosen });
      return;
    }
    for (let index = first; index + count <= from.length; index++) {
      const cube = from[index]!;
      const more = this.#sets.either(uncached, framesOf(this.#sets, cube));
      if (more !== uncached && this.#steps.spend()) {
        this.#choose(from, index + 1, count - 1, more, [...chosen, rangeOf(cube, UC)]);
      }
    }
  }

  /** Where a range of a type may lie. */
  #room(type: Cached, uncached: PageSet, covered: Covered): PageSet {
    const { accepting } = this.#problem;
    let room = accepting[type];
    for (const other of CACHED) {
      const isYielding = (type === WB && other === WT) || (type === WT && other === WB);
      if (other !== type && !isYielding) room = this.#sets.without(room, covered[other]);
    }
    if (type === WB) room = this.#sets.either(room, covered[WT]);
    return this.#sets.either(room, uncached);
  }

  /** The next page to cover. What only WT may cover comes first, so that WB finds it there. */
  #next(rest: PageSet): readonly (0 | 1)[] {
    const { accepting } = this.#problem;
    const withoutWb = this.#sets.without(this.#sets.both(rest, accepting[WT]), accepting[WB]);
    return lowestOf(withoutWb === NOTHING ? rest : withoutWb, this.#sets.bits);
  }

  /** Takes a plan if it loses less than the best so far. */
  #take(chosen: readonly PlannedRange[], lost: PageSet): void {
    const lostPages = this.#sets.count(lost);
    if (lostPages < this.#most) this.#best = { ranges: chosen, lost, lostPages };
  }

  get #most(): number {
    return this.#best?.lostPages ?? this.#problem.mostLost;
  }

  #cover(state: State): void {
    const { rest, uncached, covered, lost, chosen } = state;
    if (this.#isDone() || !this.#steps.spend() || this.#sets.count(lost) >= this.#most) return;
    if (rest === NOTHING || chosen.length === this.#problem.budget) {
      const isSafe = this.#sets.without(rest, this.#problem.losable) === NOTHING;
      if (isSafe) this.#take(chosen, this.#sets.either(lost, rest));
      return;
    }
    const ids = CACHED.map((type) => covered[type].id).join();
    const key = `${rest.id},${uncached.id},${ids},${lost.id},${chosen.length}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const frame = this.#next(rest);
    for (const type of CACHED) {
      for (const cube of cubesThrough(
        this.#sets,
        this.#room(type, uncached, covered),
        frame,
        this.#steps.spend,
      )) {
        const frames = framesOf(this.#sets, cube);
        const now = { ...covered, [type]: this.#sets.either(covered[type], frames) };
        const left = this.#sets.without(rest, frames);
        this.#cover({ ...state, rest: left, covered: now, chosen: [...chosen, rangeOf(cube, type)] });
      }
    }
    this.#giveUp(state, frame);
  }

  /** Goes on without the block of equal pages around a frame. */
  #giveUp(state: State, frame: readonly (0 | 1)[]): void {
    if (this.#problem.mostLost <= 1) return;
    const block: (0 | 1 | 'free')[] = new Array<'free'>(this.#sets.bits).fill('free');
    for (let set = state.rest; set.halves; ) {
      const bit = frame[set.level] ?? 0;
      block[set.level] = bit;
      set = set.halves[bit];
    }
    const frames = framesOf(this.#sets, block);
    if (this.#sets.without(frames, this.#problem.losable) !== NOTHING) return;
    const rest = this.#sets.without(state.rest, frames);
    this.#cover({ ...state, rest, lost: this.#sets.either(state.lost, frames) });
  }
}

/**
 * Searches for a plan.
 *
 * @param steps - that may be taken
 * @returns undefined where there is none, or none was found
 */
export function searchHoles(problem: HolesProblem, steps: Steps): HolesPlan | undefined {
  return new Search(problem, steps).run();
}
