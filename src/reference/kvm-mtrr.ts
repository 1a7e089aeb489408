/**
 * The guest MTRR type as KVM 4.7..6.10 computes it: arch/x86/kvm/mtrr.c, `kvm_mtrr_get_guest_memory_type` and
 * the iterator beneath it (read as of release 5.16).
 */
import { type MemoryType, UC, WB, WT } from '../types.ts';
import { FIXED_END, fixedRangeIndex } from './fixed.ts';
import type { Registers, VariableRange } from './registers.ts';

/** A variable range as KVM sees it: contiguous, whatever holes its mask has. */
export interface ConvexRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly type: MemoryType;
}

/**
 * The contiguous range of a register pair: from the base as written to the last address that agrees with the
 * mask's complement (`var_mtrr_range`). A mask of 0 reaches from the base to the end of the space; an
 * unaligned base starts at the base.
 */
export function convexRange(range: VariableRange, maxphyaddr: number): ConvexRange {
  const complement = BigInt.asUintN(maxphyaddr, ~range.mask);
  return { start: range.base, end: (range.base | complement) + 1n, type: range.type };
}

/**
 * The enabled ranges in the order in which KVM walks them: by descending raw base register, address first,
 * then the type byte (`kvm_mtrr.head` is kept sorted by `base`). Neither register index nor order of writes
 * matters.
 */
export function kvmWalk(registers: Registers): readonly ConvexRange[] {
  return registers.variable
    .toSorted((a, b) => (a.rawBase < b.rawBase ? 1 : a.rawBase > b.rawBase ? -1 : 0))
    .map((range) => convexRange(range, registers.maxphyaddr));
}

/** Whether a range shares an address with `start <= address < end`. */
export function touches(range: ConvexRange, start: bigint, end: bigint): boolean {
  return range.start < end && start < range.end;
}

/** `mtrr_disabled_type`: UC if the guest's CPUID shows MTRR, else WB; DEF_TYPE's type and FE are not read. */
function disabledType(guestHasMtrr: boolean): MemoryType {
  return guestHasMtrr ? UC : WB;
}

/**
 * Folds the types of the ranges that touch a page, in KVM's order. The walk ends early at UC and at a pair
 * that KVM takes for WB, so that what lies further down is never seen.
 */
export function kvmFold(types: readonly MemoryType[], defaultType: MemoryType): MemoryType {
  let folded: MemoryType | undefined;
  for (const current of types) {
    if (folded === undefined || folded === current) {
      folded = current;
      continue;
    }
    if (current === UC) return UC;
    const isWbWithWt = (folded === WB && current === WT) || (folded === WT && current === WB);
    if (!isWbWithWt) return WB;
    folded = WT;
  }
  return folded ?? defaultType;
}

function typesTouching(walk: readonly ConvexRange[], address: bigint): readonly MemoryType[] {
  return walk.filter((range) => touches(range, address, address + 0x1000n)).map((range) => range.type);
}

/** The distinct types that claim an address, ascending: every range that touches the page, seen or not. */
export function kvmTypeSet(
  registers: Registers,
  walk: readonly ConvexRange[],
  guestHasMtrr: boolean,
  address: bigint,
): readonly MemoryType[] {
  if (!registers.mtrrEnabled) return [disabledType(guestHasMtrr)];
  if (registers.fixedEnabled && address < FIXED_END) {
    return [registers.fixedTypes[fixedRangeIndex(address)]!];
  }
  const types = typesTouching(walk, address);
  if (types.length === 0) return [registers.defaultType];
  return [...new Set(types)].sort((a, b) => a - b);
}

/**
 * KVM's guest MTRR type of the page at an address.
 *
 * @param walk - what {@link kvmWalk} gives for the registers
 * @param guestHasMtrr - guest CPUID has MTRR; asked only while MTRRs are disabled
 */
export function kvmType(
  registers: Registers,
  walk: readonly ConvexRange[],
  guestHasMtrr: boolean,
  address: bigint,
): MemoryType {
  if (!registers.mtrrEnabled) return disabledType(guestHasMtrr);
  // `mtrr_lookup_fixed_start`: a page below 1 MiB has its fixed type and no other.
  if (registers.fixedEnabled && address < FIXED_END) {
    return registers.fixedTypes[fixedRangeIndex(address)]!;
  }
  return kvmFold(typesTouching(walk, address), registers.defaultType);
}
