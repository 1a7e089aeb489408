/** Which memory slot a frame lies in. */
import type { Slot } from '../vm/index.ts';

/** Finds slots. */
export class SlotFinder {
  readonly #slots: readonly Slot[];

  /** @param slots - ascending, disjoint */
  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  /** The slot of a frame; undefined where none maps it. */
  at(gfn: number): Slot | undefined {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#slots[middle]!.gfn <= gfn) low = middle + 1;
      else high = middle;
    }
    const slot = this.#slots[low - 1];
    return slot && gfn < slot.gfn + slot.count ? slot : undefined;
  }
}
