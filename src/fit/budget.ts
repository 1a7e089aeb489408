/**
 * The best that a number of ranges can do: as few pages as possible UC that should be something else, the highest of
 * those that may be chosen (loss.ts), and never the other way round. Exact, by the same choices as fewest.ts, with
 * the loss for every number of registers at once.
 */
import type { MemoryType } from '../types.ts';
import type { Block, BlockTree } from './block.ts';
import type { PlannedRange } from './fewest.ts';
import { isSmaller, type Loss, type Losses, NO_LOSS } from './loss.ts';
import {
  type Discipline,
  isUncached,
  type Option,
  ofUpperHalf,
  open,
  options,
  outcome,
  STATES,
  type State,
} from './states.ts';

/**
 * What is lost by the number of registers, from 0 on; undefined where it cannot be done safely. More registers than
 * it has elements lose as little as the last one says.
 */
type ByRegisters = readonly (Loss | undefined)[];

/** What most blocks lose in most states, kept once. */
const NOTHING: ByRegisters = [NO_LOSS];
const NEVER: ByRegisters = [undefined];

function shared(losses: ByRegisters): ByRegisters {
  if (losses.length > 1) return losses;
  if (losses[0] === NO_LOSS) return NOTHING;
  return losses[0] === undefined ? NEVER : losses;
}

/** What a search takes besides the tree and the discipline. */
export interface BudgetOptions {
  /** Registers there are. */
  readonly budget: number;
  /** Of the searches whose losses are compared. */
  readonly losses: Losses;
  /**
   * Whether pages that the fixed ranges keep cached count as lost where the variable ranges leave them UC: memory at
   * address 0 is not to be given up because the fixed ranges would save its first MiB.
   */
  readonly countsFixed: boolean;
}

/** The search over one tree under one discipline. */
export class BestWithin {
  readonly #tree: BlockTree;
  readonly #discipline: Discipline;
  readonly #options: BudgetOptions;
  readonly #known: (ByRegisters | undefined)[];

  constructor(tree: BlockTree, discipline: Discipline, budgetOptions: BudgetOptions) {
    this.#tree = tree;
    this.#discipline = discipline;
    this.#options = budgetOptions;
    this.#known = new Array<ByRegisters | undefined>(tree.count * STATES);
  }

  /** What is lost with a default type; undefined where pages that must be UC could not be kept so. */
  loss(defaultType: MemoryType): Loss | undefined {
    return this.#losses(this.#tree.root, open(defaultType)).at(-1);
  }

  /** The ranges that lose so little, as few as do; none where there is no plan. */
  ranges(defaultType: MemoryType): readonly PlannedRange[] {
    const losses = this.#losses(this.#tree.root, open(defaultType));
    const found: PlannedRange[] = [];
    const least = losses.at(-1);
    if (least) this.#collect(this.#tree.root, open(defaultType), losses.length - 1, least, found);
    return found;
  }

  #losses(block: Block, state: State): ByRegisters {
    const at = block.id * STATES + state;
    const known = this.#known[at];
    if (known) return known;
    const losses = new Array<Loss | undefined>(this.#options.budget + 1).fill(undefined);
    for (const option of options(state, this.#discipline)) this.#weigh(block, option, losses);
    for (let k = 1; k < losses.length; k++) {
      const fewer = losses[k - 1];
      if (fewer && !isSmaller(losses[k] ?? fewer, fewer)) losses[k] = fewer;
    }
    const kept = shared(losses.slice(0, losses.indexOf(losses.at(-1)) + 1));
    this.#known[at] = kept;
    return kept;
  }

  /** Enters what an option loses. */
  #weigh(block: Block, option: Option, losses: (Loss | undefined)[]): void {
    const own = option.types.length;
    if (!block.halves) {
      const loss = own < losses.length ? this.#leafLoss(block, option) : undefined;
      if (loss && isSmaller(loss, losses[own])) losses[own] = loss;
      return;
    }
    const lower = this.#losses(block.halves[0], option.state);
    const upper = this.#losses(block.halves[1], ofUpperHalf(option.state, this.#discipline));
    for (const [i, low] of lower.entries()) {
      if (!low) continue;
      for (let j = 0; j < upper.length && own + i + j < losses.length; j++) {
        const high = upper[j];
        const before = losses[own + i + j];
        if (!high || (before && low.pages + high.pages > before.pages)) continue;
        const loss = this.#options.losses.pair(low, high);
        if (isSmaller(loss, before)) losses[own + i + j] = loss;
      }
    }
  }

  #leafLoss({ kind, frames }: Block, { state }: Option): Loss | undefined {
    const result = outcome(state, kind, this.#discipline);
    if (result === 'wrong') return undefined;
    const isLost =
      result === 'lost' || (this.#options.countsFixed && kind.isCachedByFixed === true && isUncached(state));
    return isLost ? this.#options.losses.whole(frames) : NO_LOSS;
  }

  /** How many registers the halves get, where a block loses so much with so many and this option. */
  #shares(
    block: Block,
    option: Option,
    registers: number,
    loss: Loss,
  ): readonly [lower: number, upper: number] | undefined {
    const own = option.types.length;
    if (!block.halves) {
      return own <= registers && this.#leafLoss(block, option) === loss ? [0, 0] : undefined;
    }
    const lower = this.#losses(block.halves[0], option.state);
    const upper = this.#losses(block.halves[1], ofUpperHalf(option.state, this.#discipline));
    for (const [i, low] of lower.entries()) {
      if (!low) continue;
      for (let j = 0; j < upper.length && own + i + j <= registers; j++) {
        const high = upper[j];
        if (high && this.#options.losses.pair(low, high) === loss) return [i, j];
      }
    }
    return undefined;
  }

  #collect(block: Block, state: State, registers: number, loss: Loss, found: PlannedRange[]): void {
    for (const option of options(state, this.#discipline)) {
      const shares = this.#shares(block, option, registers, loss);
      if (!shares) continue;
      for (const type of option.types) found.push({ start: block.start, frames: block.frames, type });
      if (!block.halves) return;
      const [lower, upper] = block.halves;
      const ofUpper = ofUpperHalf(option.state, this.#discipline);
      this.#collectHalf(lower, option.state, shares[0], found);
      this.#collectHalf(upper, ofUpper, shares[1], found);
      return;
    }
  }

  #collectHalf(block: Block, state: State, registers: number, found: PlannedRange[]): void {
    const loss = this.#losses(block, state)[registers];
    if (loss) this.#collect(block, state, registers, loss, found);
  }
}
