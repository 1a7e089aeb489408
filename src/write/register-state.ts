/** The registers of a vCPU as its writes leave them. */
import type { Vcpu } from '../vm/index.ts';

/** Number and value of a register. */
export type Register = readonly [msr: number, value: bigint];

/**
 * Every register that a vCPU writes, with its last value, ascending by number.
 *
 * @param vcpu - any vCPU; registers that it never writes are at reset and not listed
 */
export function registerState(vcpu: Vcpu): readonly Register[] {
  const last = new Map(vcpu.msrs.map(({ msr, value }) => [msr, value]));
  return [...last].sort(([a], [b]) => a - b);
}

/** Fixed-range registers, ascending; their order is also EDK2's index. */
export const FIXED_MSRS: readonly number[] = [
  0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
];
export const DEF_TYPE_MSR = 0x2ff;
/** Bit V of a variable mask. */
export const MASK_VALID = 0x800n;

/** A valid variable range as its registers give it. */
export interface ValidRange {
  readonly index: number;
  /** First address; the type is apart. */
  readonly base: bigint;
  /** Address bits of the mask, without V. */
  readonly mask: bigint;
  readonly type: number;
}

/** The variable ranges that are on, ascending by index. */
export function validRanges(vcpu: Vcpu): readonly ValidRange[] {
  const state = new Map(registerState(vcpu));
  const ranges: ValidRange[] = [];
  for (let index = 0; index < 40; index++) {
    const base = state.get(0x200 + 2 * index) ?? 0n;
    const mask = state.get(0x201 + 2 * index) ?? 0n;
    if ((mask & MASK_VALID) === 0n) continue;
    ranges.push({ index, base: base & ~0xfffn, mask: mask & ~0xfffn, type: Number(base & 0xffn) });
  }
  return ranges;
}
