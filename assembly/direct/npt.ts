/**
 * Nested page tables (AMD64 APM vol. 2, 15.25): what KVM maps a guest by on an AMD host. They leave the type to the
 * guest's PAT, over the host's entry 0 (WB), over the host's MTRRs; here a list of the frames that are WC by those.
 */
import {
  HOST_WC_END,
  HOST_WC_SIZE,
  HOST_WC_START,
  MMIO_SIZE,
  SLOT_READONLY,
  SLOT_SIZE,
  SWITCH_CR0CD,
  SWITCH_QUIRK_CD_NW_CLEARED,
  VENDOR_AMD,
  VIEW_HEADER_SIZE,
  VIEW_HOST_WC_COUNT,
  VIEW_MMIO_COUNT,
  VIEW_SLOT_COUNT,
  VIEW_SWITCHES,
  VIEW_VENDOR,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
} from '../layout';
import { STATE_IS_NESTED, STATE_VIEW } from './state-layout';
import { NEVER, UC, WC } from './types';

/** PAT type UC-, which is no type of memory. */
const PAT_UC_MINUS: u32 = 7;

const PRESENT: u64 = 1 << 0;
const WRITE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const ACCESSED: u64 = 1 << 5;
const DIRTY: u64 = 1 << 6;

/** Whether the host of a view is AMD. */
export function isAmd(view: usize): bool {
  return load<u32>(view, VIEW_VENDOR) == VENDOR_AMD;
}

/** The same of a state. */
export function isNested(state: usize): bool {
  return load<u32>(state, STATE_IS_NESTED) != 0;
}

/** Whether the hardware runs the guest with CR0.CD: where KVM does not clear it in the VMCB. */
export function hasCacheDisabled(state: usize): bool {
  const switches = load<u32>(load<u32>(state, STATE_VIEW), VIEW_SWITCHES);
  return (switches & SWITCH_CR0CD) != 0 && (switches & SWITCH_QUIRK_CD_NW_CLEARED) == 0;
}

/** First range of the host's WC that ends above a frame, 0 where none does. */
function hostWcAt(state: usize, gfn: u64): usize {
  const view: usize = load<u32>(state, STATE_VIEW);
  const before =
    usize(load<u32>(view, VIEW_WRITE_COUNT)) * WRITE_SIZE +
    usize(load<u32>(view, VIEW_SLOT_COUNT)) * SLOT_SIZE +
    usize(load<u32>(view, VIEW_MMIO_COUNT)) * MMIO_SIZE;
  const ranges = view + VIEW_HEADER_SIZE + before;
  const count = load<u32>(view, VIEW_HOST_WC_COUNT);
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(ranges + usize(middle) * HOST_WC_SIZE, HOST_WC_END) > gfn) high = middle;
    else low = middle + 1;
  }
  return low == count ? 0 : ranges + usize(low) * HOST_WC_SIZE;
}

/** First frame above `gfn` where the host's WC starts or ends. */
export function hostWcEdge(state: usize, gfn: u64): u64 {
  const range = hostWcAt(state, gfn);
  if (range == 0) return NEVER;
  const start = load<u64>(range, HOST_WC_START);
  return start > gfn ? start : load<u64>(range, HOST_WC_END);
}

/** Type of an access through PAT type `pat`. */
export function nestedType(state: usize, gfn: u64, pat: u32): u32 {
  if (hasCacheDisabled(state)) return UC;
  if (pat != PAT_UC_MINUS) return pat;
  const range = hostWcAt(state, gfn);
  return range != 0 && load<u64>(range, HOST_WC_START) <= gfn ? WC : UC;
}

/** Bits that every nested leaf of a slot has: the first write to a page, with hardware A and D. */
export function nestedBits(slot: usize): u64 {
  const bits = PRESENT | USER | ACCESSED;
  return load<u32>(slot, SLOT_READONLY) ? bits : bits | WRITE | DIRTY;
}
