/**
 * Which WRMSR the modelled CPU refuses with #GP. The rules are those of the hardware as KVM enforces them:
 * KVM arch/x86/kvm/mtrr.c, `kvm_mtrr_valid` (release 5.16), and Intel SDM vol. 3A, 13.11 "Memory Type Range
 * Registers (MTRRs)" and 13.12.2 "IA32_PAT MSR". They hold under every policy.
 */
import { MEMORY_TYPES, PAT_TYPES } from '../types.ts';

/** IA32_MTRRCAP, Intel SDM vol. 3A, 13.11.1. */
export const IA32_MTRRCAP = 0xfe;
/** IA32_MTRR_PHYSBASE0; base n is 0x200 + 2n, mask n is 0x201 + 2n: Intel SDM vol. 3A, 13.11.2.3. */
export const IA32_MTRR_PHYSBASE0 = 0x200;
/** The eleven fixed-range MSRs in ascending order of address: Intel SDM vol. 3A, 13.11.2.2. */
export const FIXED_MSRS: readonly number[] = [
  0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
];
/** IA32_PAT, Intel SDM vol. 3A, 13.12.2. */
const IA32_PAT = 0x277;
/** IA32_MTRR_DEF_TYPE, Intel SDM vol. 3A, 13.11.2.1. */
export const IA32_MTRR_DEF_TYPE = 0x2ff;
/** AMD SYSCFG, AMD64 APM vol. 2, 7.9 "Memory-Mapped I/O". */
export const SYSCFG = 0xc0010010;
/** AMD TOP_MEM, AMD64 APM vol. 2, 7.9.4. */
const TOP_MEM = 0xc001001a;
/** AMD TOP_MEM2, AMD64 APM vol. 2, 7.9.4. */
export const TOP_MEM2 = 0xc001001d;

/** What of the CPU the verdicts depend on. */
export interface CpuLimits {
  /** Physical address bits, 32..52. */
  readonly maxphyaddr: number;
  /** How many variable ranges there are, 0..40. */
  readonly vcnt: number;
}

/** The eight bytes of a register, lowest first. */
export function bytesOf(value: bigint): readonly number[] {
  return [0n, 8n, 16n, 24n, 32n, 40n, 48n, 56n].map((shift) => Number((value >> shift) & 0xffn));
}

function isMemoryType(encoding: number): boolean {
  return MEMORY_TYPES.some((type) => type === encoding);
}

function isPatType(encoding: number): boolean {
  return PAT_TYPES.some((type) => type === encoding);
}

/** Bits at and above MAXPHYADDR are reserved: Intel SDM vol. 3A, 13.11.2.3. */
function reachesBeyond(value: bigint, maxphyaddr: number): boolean {
  return value >> BigInt(maxphyaddr) !== 0n;
}

/** Intel SDM vol. 3A, 13.11.2.1: type in bits 7:0, FE in bit 10, E in bit 11, the rest reserved. */
function isDefTypeValid(value: bigint): boolean {
  return (value & ~0xcffn) === 0n && isMemoryType(Number(value & 0xffn));
}

/** Intel SDM vol. 3A, 13.11.2.3: type in bits 7:0, bits 11:8 reserved. Alignment is not looked at. */
function isBaseValid(value: bigint, maxphyaddr: number): boolean {
  return isMemoryType(Number(value & 0xffn)) && (value & 0xf00n) === 0n && !reachesBeyond(value, maxphyaddr);
}

/** Intel SDM vol. 3A, 13.11.2.3: bits 10:0 reserved, V in bit 11. Holes are not looked at. */
function isMaskValid(value: bigint, maxphyaddr: number): boolean {
  return (value & 0x7ffn) === 0n && !reachesBeyond(value, maxphyaddr);
}

/**
 * Whether WRMSR of `value` to `msr` raises #GP.
 *
 * @param msr - MSR number; one that is not modelled is refused
 * @param value - 64 bits
 * @returns true where the CPU refuses
 * @example
 * isRefused(0x2ff, 0x807n, { maxphyaddr: 46, vcnt: 8 }); // true: type 7 is reserved
 */
export function isRefused(msr: number, value: bigint, cpu: CpuLimits): boolean {
  // IA32_MTRRCAP is read-only; a config that gives it only states how many variable ranges there are.
  if (msr === IA32_MTRRCAP) return false;
  if (msr === IA32_MTRR_DEF_TYPE) return !isDefTypeValid(value);
  if (msr === IA32_PAT) return !bytesOf(value).every(isPatType);
  if (FIXED_MSRS.includes(msr)) return !bytesOf(value).every(isMemoryType);
  if (msr >= IA32_MTRR_PHYSBASE0 && msr < IA32_MTRR_PHYSBASE0 + 2 * cpu.vcnt) {
    const isBase = msr % 2 === 0;
    return isBase ? !isBaseValid(value, cpu.maxphyaddr) : !isMaskValid(value, cpu.maxphyaddr);
  }
  // AMD64 APM vol. 2, 7.9: taken as they come.
  if (msr === SYSCFG || msr === TOP_MEM || msr === TOP_MEM2) return false;
  return true;
}
