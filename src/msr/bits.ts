/** Fields of the MSRs that decide memory types, and values at reset. */
import { MSR_PAT } from './numbers.ts';

/** IA32_MTRR_DEF_TYPE.E: the MTRRs are on. SDM vol. 3A, 13.11.2.1. */
export const DEF_TYPE_E = 1n << 11n;
/** IA32_MTRR_DEF_TYPE.FE: the fixed ranges are on. SDM vol. 3A, 13.11.2.1. */
export const DEF_TYPE_FE = 1n << 10n;
/** IA32_MTRR_PHYSMASKn.V: the pair is on. SDM vol. 3A, 13.11.2.3. */
export const MASK_V = 1n << 11n;
/** SYSCFG.MtrrTom2En. APM vol. 2, "System Configuration Register". */
export const SYSCFG_TOM2_ENABLE = 1n << 21n;
/** SYSCFG.Tom2ForceMemTypeWB: what no range covers from 4 GiB up to TOP_MEM2 is WB. APM vol. 2, "System Configuration Register". */
export const SYSCFG_TOM2_FORCE_WB = 1n << 22n;
/** Both of them: one without the other forces nothing. */
export const SYSCFG_TOM2 = SYSCFG_TOM2_ENABLE | SYSCFG_TOM2_FORCE_WB;
/**
 * RdMem and WrMem, bits 4 and 3 of each byte of a fixed-range register on AMD: APM vol. 2, "Extended Fixed-Range MTRR
 * Type-Field Encodings".
 */
export const FIXED_RDMEM_WRMEM = 0x1818181818181818n;

/** Bits 7:0: the type of a base or default type, the lowest byte of PAT and fixed ranges, VCNT of IA32_MTRRCAP. */
export const LOW_BYTE = 0xffn;
/** Bits 11:0 of a base or mask, which are no address. */
export const PAGE_BITS = 0xfffn;

/** IA32_PAT after reset: WB, WT, UC-, UC, and again. SDM vol. 3A, "Programming the PAT". */
export const PAT_RESET = 0x0007040600070406n;

/**
 * What a register holds that is never written.
 *
 * @returns the reset value of IA32_PAT, 0 for every other
 */
export function resetValue(msr: number): bigint {
  return msr === MSR_PAT ? PAT_RESET : 0n;
}

/** Byte `index` of a register, 0 the lowest: a type of PAT or of a fixed range. */
export function byteOf(value: bigint, index: number): number {
  return Number((value >> BigInt(8 * index)) & LOW_BYTE);
}

/** The eight bytes of a register, the lowest first. */
export function bytesOf(value: bigint): readonly number[] {
  return Array.from({ length: 8 }, (_, index) => byteOf(value, index));
}

/** Whether a value of a mask register has V set. */
export function isMaskValid(value: bigint): boolean {
  return (value & MASK_V) !== 0n;
}

/** IA32_TME_ACTIVATE: encryption is on. */
const TME_ENABLE = 1n << 1n;
/** IA32_TME_ACTIVATE: bits 35:32, how many address bits are KeyIDs. */
const TME_KEY_ID_SHIFT = 32n;
const TME_KEY_ID_MASK = 0xfn;

/**
 * How many of the highest address bits are KeyIDs.
 *
 * @param value - of IA32_TME_ACTIVATE
 * @returns 0 where encryption is off
 */
export function keyIdBits(value: bigint): number {
  return (value & TME_ENABLE) === 0n ? 0 : Number((value >> TME_KEY_ID_SHIFT) & TME_KEY_ID_MASK);
}

/** A register with byte `index` replaced. */
export function withByte(value: bigint, index: number, byte: number): bigint {
  const shift = BigInt(8 * index);
  return (value & ~(LOW_BYTE << shift)) | (BigInt(byte) << shift);
}

/** A byte at its place in a register. */
export function inByte(byte: number | bigint, index: number): bigint {
  return BigInt(byte) << BigInt(8 * index);
}

/** Bits MAXPHYADDR-1..12 of a base, mask or top of memory. SDM vol. 3A, 13.11.2.3. */
export function addressBits(value: bigint, maxphyaddr: number): bigint {
  return value & ((1n << BigInt(maxphyaddr)) - 1n) & ~PAGE_BITS;
}
