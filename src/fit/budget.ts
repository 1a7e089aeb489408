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

/**
 * Pages lost by the number of registers, from 0 on; Infinity where it cannot be done safely. More registers than it
 * has elements lose as little as the last one says.
 */
type Losses = readonly number[];

/** What most blocks lose in most states, kept once. */
const NOTHING: Losses = [0];
const NEVER: Losses = [Number.POSITIVE_INFINITY];

function shared(losses: Losses): Losses {
  if (losses.length > 1) return losses;
  if (losses[0] === 0) return NOTHING;
  return losses[0] === Number.POSITIVE_INFINITY ? NEVER : losses;
}

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
    return this.#losses(this.#tree.root, open(defaultType)).at(-1)!;
  }

  /** The ranges that lose so little, as few as do. */
  ranges(defaultType: MemoryType): readonly PlannedRange[] {
    const losses = this.#losses(this.#tree.root, open(defaultType));
    const found: PlannedRange[] = [];
    this.#collect(this.#tree.root, open(defaultType), losses.length - 1, found);
    return found;
  }

  #losses(block: Block, state: State): Losses {
    const at = block.id * STATES + state;
    const known = this.#known[at];
    if (known) return known;
    const losses = new Array<number>(this.#budget + 1).fill(Number.POSITIVE_INFINITY);
    for (const option of options(state, this.#discipline)) this.#weigh(block, option, losses);
    for (let k = 1; k < losses.length; k++) losses[k] = Math.min(losses[k]!, losses[k - 1]!);
    const kept = shared(losses.slice(0, losses.indexOf(losses.at(-1)!) + 1));
    this.#known[at] = kept;
    return kept;
  }

  /** Enters what an option loses. */
  #weigh(block: Block, option: Option, losses: number[]): void {
    const own = option.types.length;
    if (!block.halves) {
      if (own < losses.length) losses[own] = Math.min(losses[own]!, this.#leafLoss(block, option));
      return;
    }
    const lower = this.#losses(block.halves[0], option.state);
    const upper = this.#losses(block.halves[1], ofUpperHalf(option.state, this.#discipline));
    for (let i = 0; i < lower.length; i++) {
      for (let j = 0; j < upper.length && own + i + j < losses.length; j++) {
        const loss = lower[i]! + upper[j]!;
        if (loss < losses[own + i + j]!) losses[own + i + j] = loss;
      }
    }
  }

  #leafLoss({ kind, frames }: Block, { state }: Option): number {
    const result = outcome(state, kind, this.#discipline);
    if (result === 'wanted') return 0;
    return result === 'lost' ? frames : Number.POSITIVE_INFINITY;
  }

  /** How many registers the halves get, where a block loses so much with so many and this option. */
  #shares(
    block: Block,
    option: Option,
    registers: number,
    loss: number,
  ): readonly [number, number] | undefined {
    const own = option.types.length;
    if (!block.halves) {
      return own <= registers && this.#leafLoss(block, option) === loss ? [0, 0] : undefined;
    }
    const lower = this.#losses(block.halves[0], option.state);
    const upper = this.#losses(block.halves[1], ofUpperHalf(option.state, this.#discipline));
    for (let i = 0; i < lower.length; i++) {
      for (let j = 0; j < upper.length && own + i + j <= registers; j++) {
        if (lower[i]! + upper[j]! === loss) return [i, j];
      }
    }
    return undefined;
  }

  #collect(block: Block, state: State, registers: number, found: PlannedRange[]): void {
    const loss = this.#losses(block, state)[registers]!;
    for (const option of options(state, this.#discipline)) {
      const shares = this.#shares(block, option, registers, loss);
      if (!shares) continue;
      for (const type of option.types) found.push({ start: block.start, frames: block.frames, type });
      if (!block.halves) return;
      this.#collect(block.halves[0], option.state, shares[0], found);
      this.#collect(block.halves[1], ofUpperHalf(option.state, this.#discipline), shares[1], found);
      return;
    }
  }
}
