/**
 * Which rule a register write breaks, for words about a verdict: the verdict itself is an engine's. Intel SDM vol. 3A, 13.11
 * "Memory Type Range Registers (MTRRs)" and 13.12.2 "IA32_PAT MSR".
 */
import { bytesOf, isFixedMsr, isMaskMsr, MSR_DEF_TYPE, MSR_PAT, variableIndex } from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import { MEMORY_TYPES, PAT_TYPES } from '../types.ts';
import { rangeCount } from './registers.ts';
import type { MsrWrite, Vcpu } from './vcpu.ts';

/** A rule; `accepted`: none is broken. */
export type WriteRule =
  | 'accepted'
  | 'no-such-msr'
  | 'no-such-range'
  | 'type'
  | 'pat-type'
  | 'def-type-reserved'
  | 'base-reserved'
  | 'mask-reserved'
  | 'width';

const DEF_TYPE_BITS = 0xcffn;
const MASK_RESERVED = 0x7ffn;
const BASE_RESERVED = 0xf00n;

/** How many variable ranges a vCPU has under a policy: a KVM guest has a fixed number, whatever it states. */
export function variableRangesOf(vcpu: Pick<Vcpu, 'vcnt' | 'msrs'>, { traits }: Policy): number {
  return traits.variableRanges === 'vcnt' ? rangeCount(vcpu) : traits.variableRanges;
}

/**
 * The first byte of a value that is no type.
 *
 * @param types - that there are; default those of MTRRs
 */
export function reservedType(value: bigint, types: readonly number[] = MEMORY_TYPES): number | undefined {
  return bytesOf(value).find((byte) => !types.includes(byte));
}

function isReserved(lowByte: bigint): boolean {
  return !MEMORY_TYPES.some((type) => BigInt(type) === lowByte);
}

function rangeRule(msr: number, value: bigint, maxphyaddr: number): WriteRule {
  if (value >> BigInt(maxphyaddr) !== 0n) return 'width';
  if (isMaskMsr(msr)) return (value & MASK_RESERVED) === 0n ? 'accepted' : 'mask-reserved';
  if (isReserved(value & 0xffn)) return 'type';
  return (value & BASE_RESERVED) === 0n ? 'accepted' : 'base-reserved';
}

/**
 * The first rule that a write breaks.
 *
 * @param write - number and 64-bit value
 * @param maxphyaddr - address bits, 32..52
 * @param ranges - how many variable ranges there are
 */
export function writeRule({ msr, value }: MsrWrite, maxphyaddr: number, ranges: number): WriteRule {
  const index = variableIndex(msr);
  if (index !== undefined) return index < ranges ? rangeRule(msr, value, maxphyaddr) : 'no-such-range';
  if (msr === MSR_DEF_TYPE) {
    if (isReserved(value & 0xffn)) return 'type';
    return (value & ~DEF_TYPE_BITS) === 0n ? 'accepted' : 'def-type-reserved';
  }
  if (msr === MSR_PAT) return reservedType(value, PAT_TYPES) === undefined ? 'accepted' : 'pat-type';
  if (!isFixedMsr(msr)) return 'no-such-msr';
  return reservedType(value) === undefined ? 'accepted' : 'type';
}
