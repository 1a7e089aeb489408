/**
 * Nested page tables (AMD64 APM vol. 2, 15.25): what KVM maps a guest by on an AMD host. They leave the type to the
 * guest's PAT, over the host's entry 0 (WB), over the host's MTRRs (host.ts).
 */
import {
  SLOT_READONLY,
  SWITCH_CR0CD,
  SWITCH_QUIRK_CD_NW_CLEARED,
  VENDOR_AMD,
  VIEW_SWITCHES,
  VIEW_VENDOR,
} from '../layout';
import { hostType } from './host';
import { STATE_IS_NESTED, STATE_VIEW } from './state-layout';
import { UC, WC } from './types';

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

/** Type of an access through PAT type `pat`. */
export function nestedType(state: usize, gfn: u64, pat: u32): u32 {
  if (hasCacheDisabled(state)) return UC;
  if (pat != PAT_UC_MINUS) return pat;
  return hostType(state, gfn) == WC ? WC : UC;
}

/** Bits that every nested leaf of a slot has: the first write to a page, with hardware A and D. */
export function nestedBits(slot: usize): u64 {
  const bits = PRESENT | USER | ACCESSED;
  return load<u32>(slot, SLOT_READONLY) ? bits : bits | WRITE | DIRTY;
}
