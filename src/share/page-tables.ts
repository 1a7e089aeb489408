/** Page-table pages that a root with everything mapped takes, from the levels that its leaves really have. */
import { LEAF_FRAMES } from '../ranges.ts';
import type { Span } from '../types.ts';

/** Guests with more address bits get five levels (KVM, `kvm_mmu_get_tdp_level`). */
const FOUR_LEVEL_BITS = 48;
/** Bytes of a page table, whatever its level (Intel SDM vol. 3C, "EPT Translation Mechanism"). */
export const TABLE_BYTES = 4096;

/** Counts distinct aligned regions that ascending ranges touch. */
class RegionCounter {
  count = 0;
  #last = -1;
  constructor(private readonly frames: number) {}

  touch(start: number, end: number): void {
    const first = Math.floor(start / this.frames);
    const last = Math.floor((end - 1) / this.frames);
    this.count += last - Math.max(first, this.#last + 1) + 1;
    this.#last = Math.max(this.#last, last);
  }
}

/**
 * Pages of page tables, the root included.
 *
 * @param levels - spans of `levels` over the whole space, ascending
 * @param maxphyaddr - four levels up to 48 bits, five above
 */
export function pageTablePages(levels: Iterable<Span>, maxphyaddr: number): number {
  const pageTables = new RegionCounter(LEAF_FRAMES[2]);
  const pageDirectories = new RegionCounter(LEAF_FRAMES[3]);
  const pointerTables = new RegionCounter(LEAF_FRAMES[4]);
  const pml4s = new RegionCounter(LEAF_FRAMES[5]);
  for (const { start, end, level } of levels) {
    if (!level) continue;
    pml4s.touch(start, end);
    pointerTables.touch(start, end);
    if (level < 3) pageDirectories.touch(start, end);
    if (level < 2) pageTables.touch(start, end);
  }
  const upper = maxphyaddr > FOUR_LEVEL_BITS ? 1 + pml4s.count : 1;
  return upper + pointerTables.count + pageDirectories.count + pageTables.count;
}
