/** Which memory slot a frame lies in. Lookups come in the order of a trace: the last slot is tried first. */
import type { Slot } from '../vm/index.ts';

/** Finds slots. */
export class SlotFinder {
  readonly #slots: readonly Slot[];
  #last: Slot | undefined;

  /** @param slots - ascending, disjoint */
  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  /** The slot of a frame; undefined where none maps it. */
  at(gfn: number): Slot | undefined {
    const last = this.#last;
    if (last && gfn >= last.gfn && gfn < last.gfn + last.count) return last;
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#slots[middle]!.gfn <= gfn) low = middle + 1;
      else high = middle;
    }
    const slot = this.#slots[low - 1];
    if (!slot || gfn >= slot.gfn + slot.count) return undefined;
    this.#last = slot;
    return slot;
  }
}
