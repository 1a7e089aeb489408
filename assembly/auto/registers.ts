/**
 * Register writes of the auto engine: which ones are refused with #GP (Intel SDM vol. 3A, "MTRR Registers",
 * as KVM's `kvm_mtrr_valid` checks them), and what the accepted ones leave behind.
 */
import {
  EPT_KVM,
  VARIABLE_COUNT_KVM,
  VARIABLE_COUNT_MAX,
  VIEW_EPT,
  VIEW_HEADER_SIZE,
  VIEW_MAXPHYADDR,
  VIEW_VCNT,
  VIEW_WRITE_COUNT,
  WRITE_MSR,
  WRITE_SIZE,
  WRITE_VALUE,
} from '../layout';
import {
  PLAN_REGISTERS,
  REGISTERS_DEF_TYPE,
  REGISTERS_FIXED,
  REGISTERS_MASK,
  REGISTERS_SIZE,
  REGISTERS_SYSCFG,
  REGISTERS_TOM2,
} from './plan-layout';

const TYPES_OF_MTRR: u32 = 0b01110011; // 0, 1, 4, 5, 6
const TYPES_OF_PAT: u32 = 0b11110011; // and 7, UC-
const ALL_ONES: u64 = 0xffffffffffffffff;

function isTypeOf(encodings: u32, byte: u64): bool {
  return byte < 8 && ((encodings >> u32(byte)) & 1) != 0;
}

function areTypesOf(encodings: u32, value: u64): bool {
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if (!isTypeOf(encodings, (value >> shift) & 0xff)) return false;
  }
  return true;
}

/** Index of a fixed-range register in the order of the ranges, -1 for another MSR. */
function fixedIndex(msr: u32): i32 {
  if (msr == 0x250) return 0;
  if (msr == 0x258) return 1;
  if (msr == 0x259) return 2;
  if (msr >= 0x268 && msr <= 0x26f) return i32(msr - 0x268) + 3;
  return -1;
}

/** Variable ranges that exist. KVM has 8 whatever is asked; MTRRCAP.VCNT counts where nothing else is said. */
function variableCount(view: usize): u32 {
  if (load<u32>(view, VIEW_EPT) == EPT_KVM) return VARIABLE_COUNT_KVM;
  const stated = load<i32>(view, VIEW_VCNT);
  if (stated >= 0) return u32(stated);
  // Nothing is written: where MTRRCAP is stated twice, the last one holds.
  let count: u32 = 8;
  const writes = load<u32>(view, VIEW_WRITE_COUNT);
  for (let i: u32 = 0; i < writes; i++) {
    const write = view + VIEW_HEADER_SIZE + i * WRITE_SIZE;
    if (load<u32>(write, WRITE_MSR) != 0xfe) continue;
    count = min<u32>(u32(load<u64>(write, WRITE_VALUE) & 0xff), VARIABLE_COUNT_MAX);
  }
  return count;
}

/** Performs one write; false where it is refused. */
function writeRegister(registers: usize, msr: u32, value: u64, maxphyaddr: u32, variables: u32): bool {
  const beyond: u64 = ALL_ONES << u64(maxphyaddr);
  if (msr >= 0x200 && msr < 0x200 + 2 * variables) {
    const slot = registers + ((msr - 0x200) >> 1) * 8;
    if (msr & 1) {
      if (value & (beyond | 0x7ff)) return false;
      store<u64>(slot, value, REGISTERS_MASK);
      return true;
    }
    if (value & (beyond | 0xf00)) return false;
    if (!isTypeOf(TYPES_OF_MTRR, value & 0xff)) return false;
    store<u64>(slot, value);
    return true;
  }
  const fixed = fixedIndex(msr);
  if (fixed >= 0) {
    if (!areTypesOf(TYPES_OF_MTRR, value)) return false;
    store<u64>(registers + fixed * 8, value, REGISTERS_FIXED);
    return true;
  }
  switch (msr) {
    case 0xfe:
      return true;
    case 0x277:
      return areTypesOf(TYPES_OF_PAT, value);
    case 0x2ff:
      if (value & ~(<u64>0xcff)) return false;
      if (!isTypeOf(TYPES_OF_MTRR, value & 0xff)) return false;
      store<u64>(registers, value, REGISTERS_DEF_TYPE);
      return true;
    case 0xc0010010:
      store<u64>(registers, value, REGISTERS_SYSCFG);
      return true;
    case 0xc001001a:
      return true;
    case 0xc001001d:
      store<u64>(registers, value, REGISTERS_TOM2);
      return true;
  }
  return false;
}

/**
 * Replays the view's writes into the plan's register area.
 *
 * @returns the index of the first refused write, or -1
 */
export function replayWrites(view: usize, plan: usize): i32 {
  const registers = plan + PLAN_REGISTERS;
  memory.fill(registers, 0, REGISTERS_SIZE);
  const maxphyaddr = load<u32>(view, VIEW_MAXPHYADDR);
  const variables = variableCount(view);
  const writes = load<u32>(view, VIEW_WRITE_COUNT);
  for (let i: u32 = 0; i < writes; i++) {
    const write = view + VIEW_HEADER_SIZE + i * WRITE_SIZE;
    const accepted = writeRegister(
      registers,
      load<u32>(write, WRITE_MSR),
      load<u64>(write, WRITE_VALUE),
      maxphyaddr,
      variables,
    );
    if (!accepted) return i32(i);
  }
  return -1;
}
