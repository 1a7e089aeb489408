/** The fewest ranges that give a map exactly: every choice at every block of the tree is looked at once. */
import type { MemoryType } from '../types.ts';
import type { Block, BlockTree } from './block.ts';
import {
  canHold,
  type Discipline,
  type Option,
  ofUpperHalf,
  open,
  options,
  outcome,
  STATES,
  type State,
} from './states.ts';

/** An aligned power-of-two range of one type; or several that one register matches, its mask having holes. */
export interface PlannedRange {
  /** First frame. */
  readonly start: number;
  readonly frames: number;
  readonly type: MemoryType;
  /**
   * Distances in frames, ascending powers of two, at each sum of which the register matches the range again. Undefined
   * where the mask is contiguous.
   */
  readonly repeats?: readonly number[];
}

/** What an overlap adds to a plan's cost, so that of two equally small plans the one with fewer is taken. */
const OVERLAP_COST = 2 ** -20;

/** The search over one tree under one discipline; what is known of a block is shared by all default types. */
export class FewestRanges {
  readonly #tree: BlockTree;
  readonly #discipline: Discipline;
  /** By block and state; NaN where not known yet. */
  readonly #costs: Float64Array;

  constructor(tree: BlockTree, discipline: Discipline) {
    this.#tree = tree;
    this.#discipline = discipline;
    this.#costs = new Float64Array(tree.count * STATES).fill(Number.NaN);
  }

  /**
   * How many ranges are needed with a default type.
   *
   * @returns the number; Infinity where no ranges give the map
   */
  count(defaultType: MemoryType): number {
    return Math.floor(this.cost(defaultType));
  }

  /** {@link count}, with a fraction that grows with the overlaps. */
  cost(defaultType: MemoryType): number {
    return this.#cost(this.#tree.root, open(defaultType));
  }

  /** The ranges themselves, ascending, a larger one in front of those inside. */
  ranges(defaultType: MemoryType): readonly PlannedRange[] {
    const found: PlannedRange[] = [];
    this.#collect(this.#tree.root, open(defaultType), found);
    return found;
  }

  #cost(block: Block, state: State): number {
    const at = block.id * STATES + state;
    const known = this.#costs[at]!;
    if (!Number.isNaN(known)) return known;
    let least = Number.POSITIVE_INFINITY;
    if (canHold(state, block)) {
      for (const option of options(state, this.#discipline)) {
        least = Math.min(least, this.#costWith(block, option));
      }
    }
    this.#costs[at] = least;
    return least;
  }

  #costWith({ kind, halves }: Block, { types, state, isOverlap }: Option): number {
    const own = types.length * (isOverlap ? 1 + OVERLAP_COST : 1);
    if (!halves) return outcome(state, kind, this.#discipline) === 'wanted' ? own : Number.POSITIVE_INFINITY;
    return own + this.#cost(halves[0], state) + this.#cost(halves[1], ofUpperHalf(state, this.#discipline));
  }

  #collect(block: Block, state: State, found: PlannedRange[]): void {
    const cost = this.#cost(block, state);
    const option = options(state, this.#discipline).find((one) => this.#costWith(block, one) === cost)!;
    for (const type of option.types) found.push({ start: block.start, frames: block.frames, type });
    if (!block.halves) return;
    this.#collect(block.halves[0], option.state, found);
    this.#collect(block.halves[1], ofUpperHalf(option.state, this.#discipline), found);
  }
}
