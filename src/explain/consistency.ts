/**
 * KVM's test whether a region has one MTRR type, told with the registers that it looks at:
 * arch/x86/kvm/mtrr.c, `kvm_mtrr_check_gfn_range_consistency` (4.7..6.10).
 */
import { FIXED_END } from '../msr/index.ts';
import type { GfnRange, MemoryType } from '../types.ts';
import type { GuestRegisters } from '../vm/index.ts';
import { kvmOrder } from './kvm-fold.ts';
import { fixedMatches, kvmInterval, type RegisterMatch, variableMatch } from './matching.ts';

/** The test's verdict on a region. */
export interface ConsistencyStory {
  readonly isConsistent: boolean;
  /** Types of the registers that touch the region, ascending; shadowed ones count too. */
  readonly types: readonly MemoryType[];
  /** The registers that touch it, in the order in which KVM meets them. */
  readonly registers: readonly RegisterMatch[];
  /** Whether the test believes that the variable ranges leave a part to the default type. */
  readonly seesGap: boolean;
}

/** Tells KVM's verdict on a region of frames. */
export function consistencyStory(registers: GuestRegisters, region: GfnRange): ConsistencyStory {
  const { start, end } = region;
  if (!registers.isEnabled) return { isConsistent: true, types: [], registers: [], seesGap: false };
  const inFixed = registers.isFixedEnabled && start < FIXED_END;
  const met: RegisterMatch[] = inFixed ? [...fixedMatches(registers, region)] : [];
  let seesGap = false;
  if (!inFixed || end > FIXED_END) {
    let covered = start;
    for (const pair of kvmOrder(registers)) {
      const interval = kvmInterval(pair, registers);
      if (interval.start >= end || interval.end <= start) continue;
      met.push(variableMatch(pair, interval, registers));
      seesGap ||= covered < interval.start;
      covered = Math.max(covered, interval.end);
    }
    seesGap ||= covered < end;
  }
  const types = [...new Set(met.map((register) => register.type))].sort((a, b) => a - b);
  const agreesWithDefault = types.length === 0 || types[0] === registers.defaultType;
  return {
    isConsistent: types.length <= 1 && (!seesGap || agreesWithDefault),
    types,
    registers: met,
    seesGap,
  };
}
