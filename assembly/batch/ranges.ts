/** The ranges of a layout that are on, in the reverse of the order in which KVM walks them. */
import {
  BATCH_MAXPHYADDR,
  BATCH_RANGES,
  LAYOUT_PAIRS,
  LAYOUT_RANGES,
  RANGE_END,
  RANGE_LOW,
  RANGE_RAW,
  RANGE_SIZE,
} from './batch-layout';

const VALID: u64 = 0x800;
/** {@link writeRanges} found a mask with a hole. */
export const HAS_HOLE: i32 = -1;

/** Opens a place among the first `count` ranges, which ascend by base register, as most layouts write them. */
function placeFor(ranges: usize, count: u32, raw: u64): usize {
  let at = ranges + count * RANGE_SIZE;
  for (; at > ranges && load<u64>(at - RANGE_SIZE, RANGE_RAW) > raw; at -= RANGE_SIZE) {
    store<u64>(at, load<u64>(at - RANGE_SIZE, RANGE_RAW), RANGE_RAW);
    store<u64>(at, load<u64>(at - RANGE_SIZE, RANGE_LOW), RANGE_LOW);
    store<u64>(at, load<u64>(at - RANGE_SIZE, RANGE_END), RANGE_END);
  }
  return at;
}

/**
 * Writes the ranges that are on, by ascending base register: the place of one is its rank, and KVM begins with the highest. By the manual a range starts where base and mask agree,
 * by KVM at its base; both end where the base with all bits that the mask leaves open ends.
 *
 * @returns how many, or {@link HAS_HOLE}
 */
export function writeRanges(batch: usize, layout: usize): i32 {
  const bits = load<u32>(batch, BATCH_MAXPHYADDR) - 12;
  const space = ((<u64>1) << u64(bits)) - 1;
  const ranges = batch + BATCH_RANGES;
  let count: u32 = 0;
  const end = layout + (load<u32>(layout, LAYOUT_PAIRS) << 4);
  for (let pair = layout; pair < end; pair += 16) {
    const mask = load<u64>(pair, LAYOUT_RANGES + 8);
    if ((mask & VALID) == 0) continue;
    const open = ~(mask >> 12) & space;
    if ((open & (open + 1)) != 0) return HAS_HOLE;
    const raw = load<u64>(pair, LAYOUT_RANGES);
    const at = placeFor(ranges, count, raw);
    const base = raw >> 12;
    store<u64>(at, raw, RANGE_RAW);
    store<u64>(at, base & ~open, RANGE_LOW);
    store<u64>(at, (base | open) + 1, RANGE_END);
    count++;
  }
  return i32(count);
}
