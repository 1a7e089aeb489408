/**
 * Which pages a plan loses, and which of two losses is the smaller: fewer pages first, and of equally many the one
 * that keeps the lowest page that only one of the two loses. A kernel, its stacks and the first RAM lie low.
 */

/** The pages that are lost of one block of the tree. Two losses of a block are equal where they are the same object. */
export interface Loss {
  readonly pages: number;
  /** Of the block's halves; undefined where all of it is lost, or none. */
  readonly halves: readonly [Loss, Loss] | undefined;
  readonly id: number;
}

/** Nothing is lost. */
export const NO_LOSS: Loss = { pages: 0, halves: undefined, id: 0 };

/** Losses of the blocks of one tree, each kept once. */
export class Losses {
  #count = 1;
  readonly #whole = new Map<number, Loss>();
  readonly #pairs = new Map<number, Map<number, Loss>>();

  /** All pages of a leaf. */
  whole(pages: number): Loss {
    const known = this.#whole.get(pages);
    if (known) return known;
    const loss: Loss = { pages, halves: undefined, id: this.#count++ };
    this.#whole.set(pages, loss);
    return loss;
  }

  /** What the two halves of a block lose. */
  pair(lower: Loss, upper: Loss): Loss {
    if (lower === NO_LOSS && upper === NO_LOSS) return NO_LOSS;
    const byUpper = this.#pairs.get(lower.id) ?? new Map<number, Loss>();
    if (byUpper.size === 0) this.#pairs.set(lower.id, byUpper);
    const known = byUpper.get(upper.id);
    if (known) return known;
    const loss: Loss = { pages: lower.pages + upper.pages, halves: [lower, upper], id: this.#count++ };
    byUpper.set(upper.id, loss);
    return loss;
  }
}

/** Whether the first page that only one of two losses of a block has is lost by `b`. */
function keepsLower(a: Loss, b: Loss): boolean {
  let [one, other] = [a, b];
  while (one.halves && other.halves) {
    const half = one.halves[0] === other.halves[0] ? 1 : 0;
    [one, other] = [one.halves[half], other.halves[half]];
  }
  return one === NO_LOSS;
}

/**
 * Whether `a` is the smaller of two losses of the same block.
 *
 * @param b - undefined where there is no plan at all
 */
export function isSmaller(a: Loss, b: Loss | undefined): boolean {
  if (!b || a.pages !== b.pages) return !b || a.pages < b.pages;
  return a !== b && keepsLower(a, b);
}
