/**
 * Which entries an event zaps, by release. KVM 4.7..6.10 with EPT and non-coherent DMA: arch/x86/kvm/mtrr.c,
 * `update_mtrr`, and `kvm_post_set_cr0`; non-coherent DMA starting or stopping: 6.7 and later. From 6.11 on
 * MTRR and CR0.CD writes zap nothing.
 */
import { fixedRegister, MSR_DEF_TYPE, PAGE_BITS, physBase, physMask, variableIndex } from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import type { RegisterState, Runs } from './registers.ts';

/** Frames that are zapped, before entries that reach out of them are taken whole. */
export interface ZapRange {
  readonly start: number;
  /** Exclusive; at or below `start`: KVM is given a range that is empty or runs backwards, nothing is zapped. */
  readonly end: number;
}

/** What a release zaps. */
export interface ZapRules {
  readonly onMtrr: boolean;
  readonly onCacheDisable: boolean;
  readonly onDma: boolean;
}

/** The rules of a policy, told by its flags. */
export function zapRulesOf({ flags, zaps }: Policy): ZapRules {
  return {
    onMtrr: flags.mtrr !== 'none',
    onCacheDisable: flags.cacheDisable !== 'ignored',
    onDma: zaps?.dmaZap === 'all',
  };
}

/**
 * The frames that a variable range's NEW registers name, whether it is valid or not. KVM sets a mask's bits
 * from MAXPHYADDR on when it is written; a mask that was never written has none, so that the end wraps to 0.
 */
function variableRange(state: RegisterState, index: number, maxphyaddr: number): ZapRange {
  const base = (state.msrs.get(physBase(index)) ?? 0n) & ~PAGE_BITS;
  const written = state.msrs.get(physMask(index));
  const start = Number(base >> 12n);
  if (written === undefined) return { start, end: 0 };
  const open = BigInt.asUintN(maxphyaddr, ~(written & ~PAGE_BITS));
  return { start, end: Number(((base | open) + 1n) >> 12n) };
}

/**
 * The frames that a register write zaps in a VM with non-coherent DMA.
 *
 * @param state - after the write
 * @param frames - of the guest's space
 * @returns undefined where the write zaps nothing
 */
export function zapOfWrmsr(
  state: RegisterState,
  msr: number,
  maxphyaddr: number,
  frames: number,
): ZapRange | undefined {
  if (msr === MSR_DEF_TYPE) return { start: 0, end: frames };
  if (!state.mtrrEnabled) return undefined;
  const fixed = fixedRegister(msr);
  if (fixed) {
    const { first, frames: each } = fixed;
    return state.fixedEnabled ? { start: first, end: first + 8 * each } : undefined;
  }
  const index = variableIndex(msr);
  return index === undefined ? undefined : variableRange(state, index, maxphyaddr);
}

/** The frames for which something else is demanded now. */
export function changedRanges(before: Runs, after: Runs): readonly ZapRange[] {
  const ranges: { start: number; end: number }[] = [];
  if (before === after) return ranges;
  let start = 0;
  // Both end with the space.
  for (let a = 0, b = 0; a < before.ends.length; ) {
    const end = Math.min(before.ends[a]!, after.ends[b]!);
    if (before.values[a] !== after.values[b]) {
      const last = ranges.at(-1);
      if (last?.end === start) last.end = end;
      else ranges.push({ start, end });
    }
    if (before.ends[a] === end) a += 1;
    if (after.ends[b] === end) b += 1;
    start = end;
  }
  return ranges;
}
