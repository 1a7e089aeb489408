/** The types that the host's own MTRRs give the host frames behind guest frames: a list in the view block. */
import {
  HOST_END,
  HOST_SIZE,
  HOST_START,
  HOST_TYPE,
  MMIO_SIZE,
  SLOT_SIZE,
  VIEW_HEADER_SIZE,
  VIEW_HOST_COUNT,
  VIEW_MMIO_COUNT,
  VIEW_SLOT_COUNT,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
} from '../layout';
import { STATE_MERGES_HOST, STATE_VIEW } from './state-layout';
import { NEVER, UC, WB, WP, WT } from './types';

/** What {@link hostType} says of a frame whose host frame is not known. */
export const NO_HOST_TYPE: u32 = 0xff;

/** Whether the host's types are merged with the guest's, as Xen does for a VM with a device. */
export function mergesHost(state: usize): bool {
  return load<u32>(state, STATE_MERGES_HOST) != 0;
}

/** First stretch that ends above a frame, 0 where none does. */
export function hostAt(state: usize, gfn: u64): usize {
  const view: usize = load<u32>(state, STATE_VIEW);
  const before =
    usize(load<u32>(view, VIEW_WRITE_COUNT)) * WRITE_SIZE +
    usize(load<u32>(view, VIEW_SLOT_COUNT)) * SLOT_SIZE +
    usize(load<u32>(view, VIEW_MMIO_COUNT)) * MMIO_SIZE;
  const stretches = view + VIEW_HEADER_SIZE + before;
  const count = load<u32>(view, VIEW_HOST_COUNT);
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(stretches + usize(middle) * HOST_SIZE, HOST_END) > gfn) high = middle;
    else low = middle + 1;
  }
  return low == count ? 0 : stretches + usize(low) * HOST_SIZE;
}

/** First frame above `gfn` where a stretch starts or ends. */
export function hostEdge(state: usize, gfn: u64): u64 {
  const stretch = hostAt(state, gfn);
  if (stretch == 0) return NEVER;
  const start = load<u64>(stretch, HOST_START);
  return start > gfn ? start : load<u64>(stretch, HOST_END);
}

/** Type by the host's MTRRs of the host frame behind a frame, NO_HOST_TYPE where it is in no stretch. */
export function hostType(state: usize, gfn: u64): u32 {
  const stretch = hostAt(state, gfn);
  if (stretch == 0 || load<u64>(stretch, HOST_START) > gfn) return NO_HOST_TYPE;
  return load<u32>(stretch, HOST_TYPE);
}

/** Xen's merge of two types (hvm/mtrr.c): UC wins, WB yields, WT and WP are WP, WC agrees with neither. */
export function mergedType(guest: u32, host: u32): u32 {
  if (host == NO_HOST_TYPE || guest == host || host == WB) return guest;
  if (guest == WB) return host;
  return (guest == WT && host == WP) || (guest == WP && host == WT) ? WP : UC;
}
