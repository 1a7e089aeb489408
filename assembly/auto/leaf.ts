/** Bits of a leaf entry without its address. */
import { LEAF_ARCHITECTURAL, LEAF_KVM_SUPPRESS_VE, SLOT_READONLY } from '../layout';
import { PLAN_LEAF } from './plan-layout';

const READ_WRITE_EXECUTE: u64 = 7;
const WRITE: u64 = 1 << 1;
const LARGE: u64 = 1 << 7;
const ACCESSED: u64 = 1 << 8;
const DIRTY: u64 = 1 << 9;
const MMU_PRESENT: u64 = 1 << 11;
const HOST_WRITABLE: u64 = (<u64>1) << 57;
const MMU_WRITABLE: u64 = (<u64>1) << 58;
const SUPPRESS_VE: u64 = (<u64>1) << 63;

/**
 * Intel SDM vol. 3C, "EPT paging entries", and KVM's `make_spte` for a first fault with hardware A/D bits:
 * writable slots get a writable entry whatever faulted.
 *
 * @param class_ - EPT memory type | IPAT << 3; type 7 for an undefined one
 */
export function leafBits(plan: usize, class_: u32, level: u32, slotReadonly: bool): u64 {
  let bits = READ_WRITE_EXECUTE | (u64(class_) << 3);
  if (level > 1) bits |= LARGE;
  const leaf = load<u32>(plan, PLAN_LEAF);
  if (leaf != LEAF_ARCHITECTURAL) bits |= ACCESSED | DIRTY | MMU_PRESENT | HOST_WRITABLE | MMU_WRITABLE;
  if (leaf == LEAF_KVM_SUPPRESS_VE) bits |= SUPPRESS_VE;
  return slotReadonly ? bits & ~(WRITE | DIRTY | HOST_WRITABLE | MMU_WRITABLE) : bits;
}

/** Whether a slot is read-only. */
export function isReadonly(slot: usize): bool {
  return load<u32>(slot, SLOT_READONLY) != 0;
}
