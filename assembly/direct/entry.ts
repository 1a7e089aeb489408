/**
 * EPT leaf entries: the architecture's bits (Intel SDM vol. 3C, "Format of an EPT Page-Table Entry") and KVM's
 * own (arch/x86/kvm/mmu/spte.h, before 5.13 mmu.c) for the first write to a page, with hardware A and D.
 */
import {
  ENTRY_TYPE_UNDEFINED,
  LEAF_ARCHITECTURAL,
  LEAF_KVM_4_7,
  LEAF_KVM_5_4,
  LEAF_KVM_7_2,
  LEAF_KVM_SUPPRESS_VE,
  SLOT_GFN,
  SLOT_PFN,
  SLOT_READONLY,
  TYPE_UNDEFINED,
  VIEW_LEAF,
} from '../layout';
import { eptType, IPAT } from './combine';
import { isNested, nestedBits } from './npt';
import { STATE_VIEW } from './state-layout';

const READ: u64 = 1 << 0;
const WRITE: u64 = 1 << 1;
const EXECUTE: u64 = 1 << 2;
const TYPE_SHIFT: u64 = 3;
const IGNORE_PAT: u64 = 1 << 6;
const LARGE_PAGE: u64 = 1 << 7;
const ACCESSED: u64 = 1 << 8;
const DIRTY: u64 = 1 << 9;
const MMU_PRESENT: u64 = 1 << 11;
const HOST_WRITABLE: u64 = 0x0200000000000000;
const MMU_WRITABLE: u64 = 0x0400000000000000;
const SUPPRESS_VE: u64 = 0x8000000000000000;
/** Host-writable and MMU-writable before 5.13; there is no MMU-present yet. */
const OLD_WRITABLE: u64 = (1 << 10) | (1 << 11);
/** The same two from 7.2 on. */
const NEW_WRITABLE: u64 = 0x00a0000000000000;
/** Execute for user pages, which 7.2 sets beside X. */
const USER_EXECUTE: u64 = 1 << 10;

/** Bits that every entry of a slot has whatever its type, address and level. */
export function slotBits(state: usize, slot: usize): u64 {
  if (isNested(state)) return nestedBits(slot);
  const layout = load<u32>(load<u32>(state, STATE_VIEW), VIEW_LEAF);
  const isWritable = load<u32>(slot, SLOT_READONLY) == 0;
  let bits = READ | EXECUTE;
  if (isWritable) bits |= WRITE;
  if (layout == LEAF_ARCHITECTURAL) return bits;
  bits |= ACCESSED;
  if (isWritable) bits |= DIRTY;
  if (layout == LEAF_KVM_4_7 || layout == LEAF_KVM_5_4) return isWritable ? bits | OLD_WRITABLE : bits;
  bits |= MMU_PRESENT;
  if (layout == LEAF_KVM_7_2) {
    bits |= SUPPRESS_VE | USER_EXECUTE;
    return isWritable ? bits | NEW_WRITABLE : bits;
  }
  if (isWritable) bits |= HOST_WRITABLE | MMU_WRITABLE;
  if (layout == LEAF_KVM_SUPPRESS_VE) bits |= SUPPRESS_VE;
  return bits;
}

/** Bits 6:3 of an entry from a type and IPAT as combine.ts gives them. */
export function typeBits(type: u32): u64 {
  if (type == TYPE_UNDEFINED) return (<u64>ENTRY_TYPE_UNDEFINED) << TYPE_SHIFT;
  const bits = u64(type & ~IPAT) << TYPE_SHIFT;
  return type & IPAT ? bits | IGNORE_PAT : bits;
}

/** The same of a frame: none in nested page tables. */
export function typeBitsAt(state: usize, gfn: u64): u64 {
  return isNested(state) ? 0 : typeBits(eptType(state, gfn));
}

/** Address bits of the host frame behind a frame of a slot. */
export function addressBits(slot: usize, gfn: u64): u64 {
  return (gfn - load<u64>(slot, SLOT_GFN) + load<u64>(slot, SLOT_PFN)) << 12;
}

/** Entry of a leaf of a level that starts at `gfn`, which the slot maps. */
export function leafEntry(state: usize, slot: usize, gfn: u64, level: u32): u64 {
  const bits = slotBits(state, slot) | typeBitsAt(state, gfn) | addressBits(slot, gfn);
  return level > 1 ? bits | LARGE_PAGE : bits;
}
