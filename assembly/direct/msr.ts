/** WRMSR: which writes are refused with #GP, and what the registers hold after the others. */
import {
  EPT_KVM,
  MTRR_ARCHITECTURAL,
  MTRR_PEER,
  VARIABLE_COUNT_KVM,
  VARIABLE_COUNT_MAX,
  VIEW_EPT,
  VIEW_HEADER_SIZE,
  VIEW_MAXPHYADDR,
  VIEW_MTRR,
  VIEW_VCNT,
  VIEW_WRITE_COUNT,
  WRITE_MSR,
  WRITE_SIZE,
  WRITE_VALUE,
} from '../layout';
import {
  DIRECT_STATE_SIZE,
  STATE_BASES,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_FIXED,
  STATE_FIXED_ENABLED,
  STATE_FRAMES,
  STATE_MASKS,
  STATE_SYSCFG,
  STATE_TOM2_END,
  STATE_TOP_MEM2,
  STATE_VIEW,
} from './state-layout';
import {
  AMD_SYSCFG,
  AMD_TOP_MEM,
  AMD_TOP_MEM2,
  FOUR_GIB,
  IA32_MTRR_DEF_TYPE,
  IA32_MTRR_FIX4K_C0000,
  IA32_MTRR_FIX4K_F8000,
  IA32_MTRR_FIX16K_80000,
  IA32_MTRR_FIX16K_A0000,
  IA32_MTRR_FIX64K_00000,
  IA32_MTRR_PHYSBASE0,
  IA32_MTRRCAP,
  IA32_PAT,
  MTRR_TYPE_BITS,
  PAT_TYPE_BITS,
} from './types';

/** DEF_TYPE: type in 7:0, FE 10, E 11; KVM refuses the other bits, and bits 4 and 5 as well. */
const DEF_TYPE_WRITABLE: u64 = 0xcff;
const DEF_TYPE_FE: u64 = 1 << 10;
const DEF_TYPE_E: u64 = 1 << 11;
/** Bits 11:8 of a PHYSBASE and 10:0 of a PHYSMASK are reserved. */
const BASE_RESERVED: u64 = 0xf00;
const MASK_RESERVED: u64 = 0x7ff;
const SYSCFG_MTRR_TOM2_EN: u64 = 1 << 21;
const SYSCFG_TOM2_FORCE_MEM_TYPE_WB: u64 = 1 << 22;
/** TOP_MEM2 holds address bits from 23 on (AMD APM vol. 2, "Top of Memory"). */
const TOP_MEM2_UNIT: u64 = 1 << 23;

function isTypeIn(types: u32, type: u64): bool {
  return type < 8 && ((types >> u32(type)) & 1) != 0;
}

function areTypesIn(types: u32, value: u64): bool {
  for (let byte: u64 = 0; byte < 8; byte++) {
    if (!isTypeIn(types, (value >> (byte << 3)) & 0xff)) return false;
  }
  return true;
}

/** Index of a fixed-range register by its addresses, -1 for another MSR. */
function fixedRegister(msr: u32): i32 {
  if (msr == IA32_MTRR_FIX64K_00000) return 0;
  if (msr == IA32_MTRR_FIX16K_80000) return 1;
  if (msr == IA32_MTRR_FIX16K_A0000) return 2;
  if (msr >= IA32_MTRR_FIX4K_C0000 && msr <= IA32_MTRR_FIX4K_F8000) {
    return 3 + i32(msr - IA32_MTRR_FIX4K_C0000);
  }
  return -1;
}

/** Variable ranges that exist: KVM has 8; elsewhere what is stated, else IA32_MTRRCAP.VCNT, else 8. */
function variableCount(view: usize): u32 {
  if (load<u32>(view, VIEW_EPT) == EPT_KVM) return VARIABLE_COUNT_KVM;
  const stated = load<i32>(view, VIEW_VCNT);
  if (stated >= 0) return u32(stated);
  let count: u32 = 8;
  let write = view + VIEW_HEADER_SIZE;
  for (let left = load<u32>(view, VIEW_WRITE_COUNT); left != 0; left--) {
    if (load<u32>(write, WRITE_MSR) == IA32_MTRRCAP) count = u32(load<u64>(write, WRITE_VALUE) & 0xff);
    write += WRITE_SIZE;
  }
  return min<u32>(count, VARIABLE_COUNT_MAX);
}

/** Carries out one WRMSR; false where it is refused, the state then untouched. */
function write(state: usize, msr: u32, value: u64, physicalMask: u64, count: u32): bool {
  if (msr >= IA32_MTRR_PHYSBASE0 && msr < IA32_MTRR_PHYSBASE0 + 2 * count) {
    const register = usize((msr - IA32_MTRR_PHYSBASE0) >> 1);
    if (msr & 1) {
      if (value & (MASK_RESERVED | ~physicalMask)) return false;
      store<u64>(state + (register << 3), value, STATE_MASKS);
    } else {
      if (value & (BASE_RESERVED | ~physicalMask) || !isTypeIn(MTRR_TYPE_BITS, value & 0xff)) return false;
      store<u64>(state + (register << 3), value, STATE_BASES);
    }
    return true;
  }
  const fixed = fixedRegister(msr);
  if (fixed >= 0) {
    if (!areTypesIn(MTRR_TYPE_BITS, value)) return false;
    store<u64>(state + (usize(fixed) << 3), value, STATE_FIXED);
    return true;
  }
  if (msr == IA32_MTRR_DEF_TYPE) {
    if (value & ~DEF_TYPE_WRITABLE || !isTypeIn(MTRR_TYPE_BITS, value & 0xff)) return false;
    store<u32>(state, u32(value & 0xff), STATE_DEFAULT_TYPE);
    store<u32>(state, u32((value & DEF_TYPE_E) != 0), STATE_ENABLED);
    store<u32>(state, u32((value & DEF_TYPE_FE) != 0), STATE_FIXED_ENABLED);
    return true;
  }
  if (msr == AMD_SYSCFG) store<u64>(state, value, STATE_SYSCFG);
  else if (msr == AMD_TOP_MEM2) store<u64>(state, value, STATE_TOP_MEM2);
  else if (msr == IA32_PAT) return areTypesIn(PAT_TYPE_BITS, value);
  else return msr == IA32_MTRRCAP || msr == AMD_TOP_MEM;
  return true;
}

/** From 4 GiB up to here the default type is WB (AMD APM vol. 2, SYSCFG); 0 where that is not switched on. */
function forcedWriteBackEnd(state: usize, physicalMask: u64): u64 {
  const switches = SYSCFG_MTRR_TOM2_EN | SYSCFG_TOM2_FORCE_MEM_TYPE_WB;
  if ((load<u64>(state, STATE_SYSCFG) & switches) != switches) return 0;
  const end = (load<u64>(state, STATE_TOP_MEM2) & physicalMask & ~(TOP_MEM2_UNIT - 1)) >> 12;
  return end > FOUR_GIB ? end : 0;
}

/** Carries out all writes of a view; the index of the first that is refused, or -1. */
export function writeRegisters(view: usize, state: usize): i32 {
  memory.fill(state, 0, DIRECT_STATE_SIZE);
  const width = u64(load<u32>(view, VIEW_MAXPHYADDR));
  const physicalMask = ((<u64>1) << width) - 1;
  store<u32>(state, u32(view), STATE_VIEW);
  store<u64>(state, (<u64>1) << (width - 12), STATE_FRAMES);
  const count = variableCount(view);
  const writes = load<u32>(view, VIEW_WRITE_COUNT);
  let record = view + VIEW_HEADER_SIZE;
  for (let index: u32 = 0; index < writes; index++) {
    const value = load<u64>(record, WRITE_VALUE);
    if (!write(state, load<u32>(record, WRITE_MSR), value, physicalMask, count)) return i32(index);
    record += WRITE_SIZE;
  }
  const mode = load<u32>(view, VIEW_MTRR);
  if (mode == MTRR_ARCHITECTURAL || mode == MTRR_PEER) {
    store<u64>(state, forcedWriteBackEnd(state, physicalMask), STATE_TOM2_END);
  }
  return -1;
}
