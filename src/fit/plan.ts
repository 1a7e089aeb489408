/** A plan: default type, variable ranges, fixed ranges; and the registers that hold it. */
import { DEF_TYPE_E, DEF_TYPE_FE, MASK_V, MSR_DEF_TYPE, physBase, physMask } from '../msr/index.ts';
import type { GfnRange, MemoryType } from '../types.ts';

import type { PlannedRange } from './fewest.ts';
import type { RegisterValue } from './fixed.ts';

/** What to write. */
export interface Plan {
  readonly maxphyaddr: number;
  readonly defaultType: MemoryType;
  /** In the order of their registers. */
  readonly ranges: readonly PlannedRange[];
  /** The fixed-range registers, FE=1; undefined where FE=0. */
  readonly fixed: readonly RegisterValue[] | undefined;
}

/**
 * PHYSBASEn and PHYSMASKn of a range.
 *
 * @internal
 */
export function pairOf(range: PlannedRange, maxphyaddr: number): { base: bigint; mask: bigint } {
  const size = BigInt(range.frames) << 12n;
  const addressBits = (1n << BigInt(maxphyaddr)) - 1n;
  const holes = (range.repeats ?? []).reduce((bits, distance) => bits | (BigInt(distance) << 12n), 0n);
  return {
    base: (BigInt(range.start) << 12n) | BigInt(range.type),
    mask: (addressBits & ~(size - 1n) & ~holes) | MASK_V,
  };
}

/**
 * Every stretch that a range matches; there may be a great many where the mask has holes.
 *
 * @param range - of a plan
 * @returns frames, ascending
 * @example
 * [...stretchesOf({ start: 0, frames: 2, type: WB, repeats: [4] })]; // [{ start: 0, end: 2 }, { start: 4, end: 6 }]
 */
export function* stretchesOf(range: PlannedRange): Generator<GfnRange> {
  const { start, frames, repeats = [] } = range;
  for (let choice = 0; choice < 2 ** repeats.length; choice++) {
    const first = repeats.reduce(
      (sum, distance, bit) => (Math.floor(choice / 2 ** bit) % 2 === 1 ? sum + distance : sum),
      start,
    );
    yield { start: first, end: first + frames };
  }
}

/**
 * Every register of a plan, ascending by number.
 *
 * @param plan - of `planRegisters`
 * @param pairs - variable ranges that the machine has; those that the plan does not need are switched off. Default:
 * those of the plan alone
 * @returns MSR numbers with their values, as `vcpu` takes them
 * @example
 * const { plan } = planRegisters(wantedMap(36, [], accepting([WB])), { vcnt: 8 });
 * registersOf(plan); // [[0x2ff, 0x806n]]
 */
export function registersOf(plan: Plan, pairs = plan.ranges.length): readonly RegisterValue[] {
  const values: RegisterValue[] = [];
  for (let index = 0; index < Math.max(pairs, plan.ranges.length); index++) {
    const range = plan.ranges[index];
    const { base, mask } = range ? pairOf(range, plan.maxphyaddr) : { base: 0n, mask: 0n };
    values.push([physBase(index), base], [physMask(index), mask]);
  }
  const enables = DEF_TYPE_E | (plan.fixed ? DEF_TYPE_FE : 0n);
  values.push(...(plan.fixed ?? []), [MSR_DEF_TYPE, BigInt(plan.defaultType) | enables]);
  return values.sort(([a], [b]) => a - b);
}
