/** Page-table pages that a root with everything mapped takes, from the levels that its leaves really have. */
import type { Span } from '../types.ts';

/** Frames that one entry of each table covers: PDPT 1 GiB, PD 2 MiB, and so on upwards. */
const FRAMES_BELOW = { pageTable: 2 ** 9, pageDirectory: 2 ** 18, pointerTable: 2 ** 27, pml4: 2 ** 36 };

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
  const pageTables = new RegionCounter(FRAMES_BELOW.pageTable);
  const pageDirectories = new RegionCounter(FRAMES_BELOW.pageDirectory);
  const pointerTables = new RegionCounter(FRAMES_BELOW.pointerTable);
  const pml4s = new RegionCounter(FRAMES_BELOW.pml4);
  for (const { start, end, level = 0 } of levels) {
    if (level === 0) continue;
    pml4s.touch(start, end);
    pointerTables.touch(start, end);
    if (level < 3) pageDirectories.touch(start, end);
    if (level < 2) pageTables.touch(start, end);
  }
  const upper = maxphyaddr > FOUR_LEVEL_BITS ? 1 + pml4s.count : 1;
  return upper + pointerTables.count + pageDirectories.count + pageTables.count;
}
