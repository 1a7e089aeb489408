/**
 * Whether KVM takes a region to have one MTRR type: arch/x86/kvm/mtrr.c,
 * `kvm_mtrr_check_gfn_range_consistency` (releases 4.7..6.10, read as of 5.16). It answers "no" more often
 * than needed, because its test for gaps expects ranges in ascending order and gets them descending.
 */
import type { MemoryType } from '../types.ts';
import { FIXED_END, FIXED_RANGES } from './fixed.ts';
import { type ConvexRange, touches } from './kvm-mtrr.ts';
import type { Registers } from './registers.ts';

/**
 * KVM's verdict on `start <= address < end`.
 *
 * @param walk - the variable ranges in KVM's order
 */
export function isConsistentForKvm(
  registers: Registers,
  walk: readonly ConvexRange[],
  start: bigint,
  end: bigint,
): boolean {
  if (!registers.mtrrEnabled) return true;

  const collected = new Set<MemoryType>();
  const startsInFixed = registers.fixedEnabled && start < FIXED_END;
  if (startsInFixed) {
    FIXED_RANGES.forEach((range, index) => {
      if (range.start < end && start < range.end) collected.add(registers.fixedTypes[index]!);
    });
  }

  // `mtrr_lookup_fixed_next`: the variable ranges are walked only if the region goes on past the fixed ones.
  let hasGap = false;
  if (!startsInFixed || end > FIXED_END) {
    // `match_var_range` starts at the region's start, the part that the fixed ranges shadow included.
    let covered = start;
    for (const range of walk) {
      if (!touches(range, start, end)) continue;
      collected.add(range.type);
      if (covered < range.start) hasGap = true;
      if (covered < range.end) covered = range.end;
    }
    if (covered < end) hasGap = true;
  }

  if (collected.size > 1) return false;
  if (!hasGap || collected.size === 0) return true;
  return collected.has(registers.defaultType);
}
