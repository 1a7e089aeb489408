/**
 * The best that a number of ranges can do: as few pages as possible UC that should be something else, and never the
 * other way round. Exact, by the same choices as fewest.ts, with the loss for every number of registers at once.
 */
import type { MemoryType } from '../types.ts';
import type { Block, BlockTree } from './block.ts';
import type { PlannedRange } from './fewest.ts';
import {
  type Discipline,
  type Option,
  ofUpperHalf,
  open,
  options,
  outcome,
  STATES,
  type State,
} from './states.ts';

/** Pages lost by the number of registers, 0 to the budget; Infinity where it cannot be done safely. */
type Losses = Float64Array;

/** The search over one tree under one discipline. */
export class BestWithin {
  readonly #tree: BlockTree;
  readonly #discipline: Discipline;
  readonly #budget: number;
  readonly #known: (Losses | undefined)[];

  /** @param budget - registers there are */
  constructor(tree: BlockTree, discipline: Discipline, budget: number) {
    this.#tree = tree;
    this.#discipline = discipline;
    this.#budget = budget;
    this.#known = new Array<Losses | undefined>(tree.count * STATES);
  }

  /** Pages lost with a default type; Infinity where pages that must be UC could not be kept so. */
  loss(defaultType: MemoryType): number {
    return this.#losses(this.#tree.root, open(defaultType))[this.#budget]!;
  }

  /** The ranges that lose so little, as few as do. */
  ranges(defaultType: MemoryType): readonly PlannedRange[] {
    const losses = this.#losses(this.#tree.root, open(defaultType));
    const registers = losses.indexOf(losses[this.#budget]!);
    const found: PlannedRange[] = [];
    this.#collect(this.#tree.root, open(defaultType), registers, found);
    return found;
  }

  #losses(block: Block, state: State): Losses {
    const at = block.id * STATES + state;
    const known = this.#known[at];
    if (known) return known;
    const losses: Losses = new Float64Array(this.#budget + 1).fill(Number.POSITIVE_INFINITY);
    for (const option of options(state, this.#discipline)) {
      for (let registers = option.types.length; registers <= this.#budget; registers++) {
        const [loss] = this.#lossWith(block, option, registers);
        if (loss < losses[registers]!) losses[registers] = loss;
      }
    }
    this.#known[at] = losses;
    return losses;
  }

  /** The least loss with an option, and how many registers the lower half then has. */
  #lossWith(
    block: Block,
    { types, state }: Option,
    registers: number,
  ): readonly [loss: number, lower: number] {
    const { kind, halves, frames } = block;
    if (!halves) {
      const result = outcome(state, kind, this.#discipline);
      return [result === 'wanted' ? 0 : result === 'lost' ? frames : Number.POSITIVE_INFINITY, 0];
    }
    const lower = this.#losses(halves[0], state);
    const upper = this.#losses(halves[1], ofUpperHalf(state));
    const rest = registers - types.length;
    let least = Number.POSITIVE_INFINITY;
    let share = 0;
    for (let k = 0; k <= rest; k++) {
      const loss = lower[k]! + upper[rest - k]!;
      if (loss < least) [least, share] = [loss, k];
    }
    return [least, share];
  }

  #collect(block: Block, state: State, registers: number, found: PlannedRange[]): void {
    const least = this.#losses(block, state)[registers]!;
    const option = options(state, this.#discipline).find(
      (one) => one.types.length <= registers && this.#lossWith(block, one, registers)[0] === least,
    )!;
    for (const type of option.types) found.push({ start: block.start, frames: block.frames, type });
    if (!block.halves) return;
    const [, lower] = this.#lossWith(block, option, registers);
    this.#collect(block.halves[0], option.state, lower, found);
    const upper = registers - option.types.length - lower;
    this.#collect(block.halves[1], ofUpperHalf(option.state), upper, found);
  }
}
