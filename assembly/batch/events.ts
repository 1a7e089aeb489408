/** Where ranges begin and end, in ascending order: between two events every page has one answer. */
import {
  BATCH_EVENTS,
  BATCH_RANGES,
  LAYOUT_SYSCFG,
  LAYOUT_TOP_MEM2,
  RANGE_END,
  RANGE_LOW,
  RANGE_RAW,
  RANGE_SIZE,
} from './batch-layout';

// An event: the frame above bit 8, what happens there in bits 7:4, the rank of the range in bits 3:0.
export const BEGINS: u64 = 0x00;
export const ENDS: u64 = 0x10;
/** Where a base is unaligned, a range begins by the manual before it does by KVM. */
export const BEGINS_BY_MANUAL: u64 = 0x20;
export const BEGINS_BY_KVM: u64 = 0x30;
export const TOM2_BEGINS: u64 = 0x40;
export const TOM2_ENDS: u64 = 0x50;

export const FOUR_GIB: u64 = 1 << 20;
/** SYSCFG: MtrrTom2En and Tom2ForceMemTypeWB. */
const FORCES_WB: u64 = 3 << 21;
/** TOP_MEM2 holds address bits from 23 on. */
const TOP_MEM2_FRAMES: u64 = 0x7ff;

/** Puts an event in its place; most belong near the end. */
function insert(events: usize, count: u32, event: u64): void {
  let at = events + (count << 3);
  for (; at > events && load<u64>(at - 8) > event; at -= 8) store<u64>(at, load<u64>(at - 8));
  store<u64>(at, event);
}

/** Frame from which on AMD forces nothing any more; it forces nothing at all where that is not above 4 GiB. */
export function forcedEnd(layout: usize, frames: u64): u64 {
  if ((load<u64>(layout, LAYOUT_SYSCFG) & FORCES_WB) != FORCES_WB) return 0;
  return (load<u64>(layout, LAYOUT_TOP_MEM2) >> 12) & (frames - 1) & ~TOP_MEM2_FRAMES;
}

/**
 * Writes the events of all ranges, and of TOM2.
 *
 * @param count - ranges at BATCH_RANGES
 * @returns how many events
 */
export function writeEvents(batch: usize, layout: usize, count: u32, frames: u64): u32 {
  const events = batch + BATCH_EVENTS;
  let written: u32 = 0;
  for (let rank: u32 = 0; rank < count; rank++) {
    const range = batch + BATCH_RANGES + rank * RANGE_SIZE;
    const low = load<u64>(range, RANGE_LOW);
    const base = load<u64>(range, RANGE_RAW) >> 12;
    insert(events, written++, (base << 8) | (low == base ? BEGINS : BEGINS_BY_KVM) | u64(rank));
    if (low != base) insert(events, written++, (low << 8) | BEGINS_BY_MANUAL | u64(rank));
    insert(events, written++, (load<u64>(range, RANGE_END) << 8) | ENDS | u64(rank));
  }
  const top = forcedEnd(layout, frames);
  if (top > FOUR_GIB) {
    insert(events, written++, (FOUR_GIB << 8) | TOM2_BEGINS);
    insert(events, written++, (top << 8) | TOM2_ENDS);
  }
  return written;
}
