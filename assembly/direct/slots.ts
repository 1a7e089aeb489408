/** Memory slots and host MMIO of a view: both ascend and are disjoint, so that a binary search finds a frame. */
import {
  MMIO_END,
  MMIO_SIZE,
  MMIO_START,
  SLOT_COUNT,
  SLOT_GFN,
  SLOT_SIZE,
  VIEW_HEADER_SIZE,
  VIEW_MMIO_COUNT,
  VIEW_SLOT_COUNT,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
} from '../layout';
import { STATE_VIEW } from './state-layout';
import { NEVER } from './types';

/** How much of a region is MMIO. */
export const MMIO_NONE: u32 = 0;
export const MMIO_PART: u32 = 1;
export const MMIO_WHOLE: u32 = 2;

function slotsOf(view: usize): usize {
  return view + VIEW_HEADER_SIZE + usize(load<u32>(view, VIEW_WRITE_COUNT)) * WRITE_SIZE;
}

function mmioOf(view: usize): usize {
  return slotsOf(view) + usize(load<u32>(view, VIEW_SLOT_COUNT)) * SLOT_SIZE;
}

/** Index of the first slot that ends above a frame, or the number of slots. */
function slotIndex(view: usize, gfn: u64): u32 {
  let low: u32 = 0;
  let high = load<u32>(view, VIEW_SLOT_COUNT);
  while (low < high) {
    const middle = (low + high) >> 1;
    const slot = slotsOf(view) + usize(middle) * SLOT_SIZE;
    if (load<u64>(slot, SLOT_GFN) + load<u64>(slot, SLOT_COUNT) > gfn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The slot that maps a frame, 0 where none does. */
export function slotOf(state: usize, gfn: u64): usize {
  const view: usize = load<u32>(state, STATE_VIEW);
  const index = slotIndex(view, gfn);
  if (index == load<u32>(view, VIEW_SLOT_COUNT)) return 0;
  const slot = slotsOf(view) + usize(index) * SLOT_SIZE;
  return load<u64>(slot, SLOT_GFN) <= gfn ? slot : 0;
}

/** First frame above `gfn` where a slot starts or ends. */
export function slotEdge(state: usize, gfn: u64): u64 {
  const view: usize = load<u32>(state, STATE_VIEW);
  const index = slotIndex(view, gfn);
  if (index == load<u32>(view, VIEW_SLOT_COUNT)) return NEVER;
  const slot = slotsOf(view) + usize(index) * SLOT_SIZE;
  const start = load<u64>(slot, SLOT_GFN);
  return start > gfn ? start : start + load<u64>(slot, SLOT_COUNT);
}

/** Pointer to the first MMIO range that ends above a frame, 0 where there is none. */
export function mmioAt(state: usize, gfn: u64): usize {
  const view: usize = load<u32>(state, STATE_VIEW);
  const count = load<u32>(view, VIEW_MMIO_COUNT);
  const ranges = mmioOf(view);
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(ranges + usize(middle) * MMIO_SIZE, MMIO_END) > gfn) high = middle;
    else low = middle + 1;
  }
  return low == count ? 0 : ranges + usize(low) * MMIO_SIZE;
}

/** Whether the host backs a frame by MMIO. */
export function isMmio(state: usize, gfn: u64): bool {
  const range = mmioAt(state, gfn);
  return range != 0 && load<u64>(range, MMIO_START) <= gfn;
}

/** MMIO_NONE, MMIO_PART or MMIO_WHOLE of the frames from `gfn` to before `end`. */
export function mmioShare(state: usize, gfn: u64, end: u64): u32 {
  const range = mmioAt(state, gfn);
  if (range == 0 || load<u64>(range, MMIO_START) >= end) return MMIO_NONE;
  return load<u64>(range, MMIO_START) <= gfn && load<u64>(range, MMIO_END) >= end ? MMIO_WHOLE : MMIO_PART;
}

/** First frame above `gfn` where MMIO starts or ends. */
export function mmioEdge(state: usize, gfn: u64): u64 {
  const range = mmioAt(state, gfn);
  if (range == 0) return NEVER;
  const start = load<u64>(range, MMIO_START);
  return start > gfn ? start : load<u64>(range, MMIO_END);
}
