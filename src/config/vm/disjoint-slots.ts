/** Memory slots that do not overlap, in the order of their addresses: tens of thousands are put in and asked. */
import type { SlotInit } from '../../vm/index.ts';

/** A slot, and which of the config's list it is. */
export interface PlacedSlot {
  readonly slot: SlotInit;
  readonly index: number;
}

/** See the file's own comment. */
export class DisjointSlots {
  readonly #ascending: PlacedSlot[] = [];

  /**
   * Puts a slot in, unless it overlaps another.
   *
   * @returns the one that it overlaps, that of the lowest addresses; undefined where there was room
   */
  put(placed: PlacedSlot): PlacedSlot | undefined {
    const { gfn, count } = placed.slot;
    const at = this.#firstEndingBeyond(gfn);
    const next = this.#ascending[at];
    if (next && next.slot.gfn < gfn + count) return next;
    this.#ascending.splice(at, 0, placed);
    return undefined;
  }

  #firstEndingBeyond(gfn: number): number {
    let [low, high] = [0, this.#ascending.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { slot } = this.#ascending[middle]!;
      if (slot.gfn + slot.count <= gfn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
