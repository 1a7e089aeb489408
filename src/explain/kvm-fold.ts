/**
 * KVM 4.7..6.10's own lookup of the guest's MTRR type, told step by step: arch/x86/kvm/mtrr.c,
 * `kvm_mtrr_get_guest_memory_type`. The ranges that touch the page are folded by descending base register.
 */
import { FIXED_END } from '../msr/index.ts';
import { type MemoryType, UC, WB, WT } from '../types.ts';
import type { GuestRegisters, VariableRegister } from '../vm/index.ts';
import { defaultMatch, fixedMatch, kvmInterval, type RegisterMatch, variableMatch } from './matching.ts';

/**
 * What a step of the fold does: takes the first type, keeps it, stops at UC, makes WT of WB and WT, or stops
 * with WB at any other pair.
 */
export type FoldRule = 'first' | 'same' | 'uc-stops' | 'wb-with-wt' | 'other-pair-stops';

/** One range on KVM's walk. */
export interface FoldStep {
  readonly register: RegisterMatch;
  readonly rule: FoldRule;
  /** The type after this step. */
  readonly type: MemoryType;
}

/** KVM's lookup of a frame. */
export interface KvmStory {
  /** `disabled`: E=0, UC if the guest's CPUID has MTRR, else WB. */
  readonly rule: 'disabled' | 'fixed' | 'fold' | 'default';
  /** The registers that decide; of a fold, those that it saw, in order. */
  readonly matches: readonly RegisterMatch[];
  /** Steps of the fold, empty for the other rules. */
  readonly steps: readonly FoldStep[];
  /** Ranges that touch the page but were never looked at, because the fold had stopped. */
  readonly unseen: readonly RegisterMatch[];
  /** Numbers of the enabled variable ranges that do not touch the page. */
  readonly misses: readonly number[];
  /** The distinct types that claim the frame, seen or not, ascending. */
  readonly types: readonly MemoryType[];
  readonly type: MemoryType;
}

/** Enabled pairs in the order of KVM's list: descending by the base register, address first, then type. */
export function kvmOrder(registers: GuestRegisters): readonly VariableRegister[] {
  return registers.variable
    .filter((pair) => pair.isEnabled)
    .sort((a, b) => Number(b.rawBase > a.rawBase) - Number(b.rawBase < a.rawBase));
}

function nextStep(register: RegisterMatch, before: MemoryType | undefined): FoldStep {
  const { type } = register;
  if (before === undefined) return { register, rule: 'first', type };
  if (before === type) return { register, rule: 'same', type };
  if (type === UC) return { register, rule: 'uc-stops', type: UC };
  const isWbWithWt = (before === WB && type === WT) || (before === WT && type === WB);
  return isWbWithWt
    ? { register, rule: 'wb-with-wt', type: WT }
    : { register, rule: 'other-pair-stops', type: WB };
}

function stops({ rule }: FoldStep): boolean {
  return rule === 'uc-stops' || rule === 'other-pair-stops';
}

/** Tells how KVM gives a frame its MTRR type. */
export function kvmStory(registers: GuestRegisters, guestHasMtrr: boolean, gfn: number): KvmStory {
  const nothing = { steps: [], unseen: [], misses: [] };
  if (!registers.isEnabled) {
    const type = guestHasMtrr ? UC : WB;
    return { rule: 'disabled', matches: [defaultMatch(registers)], ...nothing, types: [type], type };
  }
  if (registers.isFixedEnabled && gfn < FIXED_END) {
    const match = fixedMatch(registers, gfn);
    return { rule: 'fixed', matches: [match], ...nothing, types: [match.type], type: match.type };
  }
  const misses: number[] = [];
  const walk: RegisterMatch[] = [];
  for (const pair of kvmOrder(registers)) {
    const interval = kvmInterval(pair, registers);
    if (interval.start <= gfn && gfn < interval.end) walk.push(variableMatch(pair, interval, registers));
    else misses.push(pair.index);
  }
  misses.sort((a, b) => a - b);
  if (walk.length === 0) {
    const match = defaultMatch(registers);
    return { rule: 'default', matches: [match], ...nothing, misses, types: [match.type], type: match.type };
  }
  const steps: FoldStep[] = [];
  for (const register of walk) {
    steps.push(nextStep(register, steps.at(-1)?.type));
    if (stops(steps.at(-1)!)) break;
  }
  return {
    rule: 'fold',
    matches: steps.map((step) => step.register),
    steps,
    unseen: walk.slice(steps.length),
    misses,
    types: [...new Set(walk.map((register) => register.type))].sort((a, b) => a - b),
    type: steps.at(-1)!.type,
  };
}
