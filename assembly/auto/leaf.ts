/** Bits of a leaf entry without its address. */
import {
  LEAF_KVM,
  LEAF_KVM_4_7,
  LEAF_KVM_5_4,
  LEAF_KVM_7_2,
  LEAF_KVM_SUPPRESS_VE,
  SLOT_READONLY,
} from '../layout';
import { isNested, nestedLeafBits } from './npt';
import { PLAN_LEAF } from './plan-layout';

const READ_EXECUTE: u64 = 5;
const WRITE: u64 = 1 << 1;
const LARGE: u64 = 1 << 7;

// Of every entry: A 8; from 5.13 on MMU-present 11; from 6.10 on suppress-#VE 63; from 7.2 on user-execute 10.
const ANY_OLD: u64 = 0x100;
const ANY_5_13: u64 = 0x900;
const ANY_6_10: u64 = 0x8000000000000900;
const ANY_7_2: u64 = 0x8000000000000d00;
// Of writable entries beside W: D 9, host-writable and MMU-writable in 10 and 11, 57 and 58, or 53 and 55.
const WRITABLE_OLD: u64 = 0xe00;
const WRITABLE_5_13: u64 = 0x0600000000000200;
const WRITABLE_7_2: u64 = 0x00a0000000000200;

/** Bits that a layout has in every entry. */
function ofAnyEntry(leaf: u32): u64 {
  switch (leaf) {
    case LEAF_KVM_4_7:
    case LEAF_KVM_5_4:
      return ANY_OLD;
    case LEAF_KVM:
      return ANY_5_13;
    case LEAF_KVM_SUPPRESS_VE:
      return ANY_6_10;
    case LEAF_KVM_7_2:
      return ANY_7_2;
    default:
      return 0;
  }
}

/** Bits that a layout has in writable entries, beside W. */
function ofWritableEntry(leaf: u32): u64 {
  switch (leaf) {
    case LEAF_KVM_4_7:
    case LEAF_KVM_5_4:
      return WRITABLE_OLD;
    case LEAF_KVM:
    case LEAF_KVM_SUPPRESS_VE:
      return WRITABLE_5_13;
    case LEAF_KVM_7_2:
      return WRITABLE_7_2;
    default:
      return 0;
  }
}

/**
 * Intel SDM vol. 3C, "EPT paging entries", and KVM's `make_spte` (`set_spte` before 5.11) for a first fault with
 * hardware A/D bits: writable slots get a writable entry whatever faulted.
 *
 * @param class_ - EPT memory type | IPAT << 3; type 7 for an undefined one
 */
export function leafBits(plan: usize, class_: u32, level: u32, slotReadonly: bool): u64 {
  if (isNested(plan)) return nestedLeafBits(level, slotReadonly);
  const leaf = load<u32>(plan, PLAN_LEAF);
  let bits = READ_EXECUTE | (u64(class_) << 3) | ofAnyEntry(leaf);
  if (level > 1) bits |= LARGE;
  return slotReadonly ? bits : bits | WRITE | ofWritableEntry(leaf);
}

/** Whether a slot is read-only. */
export function isReadonly(slot: usize): bool {
  return load<u32>(slot, SLOT_READONLY) != 0;
}
