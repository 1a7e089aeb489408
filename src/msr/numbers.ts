/**
 * Numbers of the MSRs that decide memory types. This is the one place of `src/` that spells them, but for the engines
 * (`reference/`, `wasm/`, `assembly/`), which keep their own so that they share nothing; `scripts/check-msrs.mjs`
 * looks for others. Intel SDM vol. 3A, 13.11 "Memory Type Range Registers (MTRRs)" and 13.12 "Page Attribute Table";
 * AMD64 APM vol. 2, 7.9 "Memory-Mapped I/O". This file imports nothing: that script loads it by itself.
 */

/** IA32_MTRRCAP, read-only: how many variable ranges there are. SDM vol. 3A, 13.11.1. */
export const MSR_MTRRCAP = 0xfe;
/** IA32_SMRR_PHYSBASE: read so that it can be named; no engine models it. SDM vol. 3C, "System-Management Range Registers". */
export const MSR_SMRR_PHYSBASE = 0x1f2;
/** IA32_SMRR_PHYSMASK: acts inside SMM and hides SMRAM from outside. SDM vol. 3C, "System-Management Range Registers". */
export const MSR_SMRR_PHYSMASK = 0x1f3;
/** IA32_TME_ACTIVATE: how many of the highest address bits are KeyIDs. Intel, "Memory Encryption Technologies". */
export const MSR_TME_ACTIVATE = 0x982;
/** IA32_PAT. SDM vol. 3A, 13.12.2. */
export const MSR_PAT = 0x277;
/** IA32_MTRR_DEF_TYPE. SDM vol. 3A, 13.11.2.1. */
export const MSR_DEF_TYPE = 0x2ff;
/** AMD SYSCFG. APM vol. 2, "System Configuration Register". */
export const MSR_SYSCFG = 0xc0010010;
/** AMD TOP_MEM. APM vol. 2, 7.9.4. */
export const MSR_TOP_MEM = 0xc001001a;
/** AMD TOP_MEM2. APM vol. 2, 7.9.4. */
export const MSR_TOP_MEM2 = 0xc001001d;
/** The first MSR that is AMD's own. */
export const FIRST_AMD_MSR = 0xc0000000;

const MSR_PHYSBASE0 = 0x200;
/** Variable ranges that can be addressed: IA32_MTRR_FIX64K_00000 follows the 40th pair. SDM vol. 3A, 13.11.2.3. */
export const MOST_VARIABLE_RANGES = 40;
/** Variable ranges of every KVM guest (`KVM_NR_VAR_MTRR`), and of most Intel machines up to 2010. */
export const USUAL_VARIABLE_RANGES = 8;
/** First number behind the last pair. */
const VARIABLE_END = MSR_PHYSBASE0 + 2 * MOST_VARIABLE_RANGES;

/** A fixed-range register: eight ranges of `frames` frames each, from frame `first` on. */
export interface FixedRegister {
  readonly msr: number;
  readonly first: number;
  readonly frames: number;
}

/** The eleven fixed-range registers, ascending; their order is also EDK2's and QEMU's index. SDM vol. 3A, 13.11.2.2. */
export const FIXED_REGISTERS: readonly FixedRegister[] = [
  { msr: 0x250, first: 0, frames: 16 },
  { msr: 0x258, first: 0x80, frames: 4 },
  { msr: 0x259, first: 0xa0, frames: 4 },
  ...Array.from({ length: 8 }, (_, n) => ({ msr: 0x268 + n, first: 0xc0 + 8 * n, frames: 1 })),
];
/** Their numbers. */
export const FIXED_MSRS: readonly number[] = FIXED_REGISTERS.map(({ msr }) => msr);
/** First frame that no fixed range covers: 1 MiB. */
export const FIXED_END = 0x100;
/** Where the 88 fixed ranges end, in frames, ascending. */
export const FIXED_ENDS: readonly number[] = FIXED_REGISTERS.flatMap(({ first, frames }) =>
  Array.from({ length: 8 }, (_, index) => first + (index + 1) * frames),
);

/**
 * Number of IA32_MTRR_PHYSBASEn.
 *
 * @param index - 0..39
 */
export function physBase(index: number): number {
  return MSR_PHYSBASE0 + 2 * index;
}

/**
 * Number of IA32_MTRR_PHYSMASKn.
 *
 * @param index - 0..39
 */
export function physMask(index: number): number {
  return physBase(index) + 1;
}

/** Whether an MSR is a base or mask of a variable range. */
export function isVariableMsr(msr: number): boolean {
  return msr >= MSR_PHYSBASE0 && msr < VARIABLE_END;
}

/** Which variable range an MSR belongs to; undefined where it belongs to none. */
export function variableIndex(msr: number): number | undefined {
  return isVariableMsr(msr) ? (msr - MSR_PHYSBASE0) >> 1 : undefined;
}

/** Whether an MSR is the base of a variable range. */
export function isBaseMsr(msr: number): boolean {
  return isVariableMsr(msr) && msr % 2 === 0;
}

/** Whether an MSR is the mask of a variable range. */
export function isMaskMsr(msr: number): boolean {
  return isVariableMsr(msr) && msr % 2 === 1;
}

/** Numbers of all 40 masks, ascending. */
export const MASK_MSRS: readonly number[] = Array.from({ length: MOST_VARIABLE_RANGES }, (_, n) =>
  physMask(n),
);

const FIXED: ReadonlyMap<number, FixedRegister> = new Map(FIXED_REGISTERS.map((one) => [one.msr, one]));

/** The fixed-range register of a number; undefined where it is none. */
export function fixedRegister(msr: number): FixedRegister | undefined {
  return FIXED.get(msr);
}

/** Whether an MSR holds fixed-range types. */
export function isFixedMsr(msr: number): boolean {
  return FIXED.has(msr);
}

/** The fixed-range register that speaks for a frame; undefined from 1 MiB on. */
export function fixedRegisterOf(gfn: number): FixedRegister | undefined {
  return gfn < FIXED_END ? FIXED_REGISTERS.findLast(({ first }) => first <= gfn) : undefined;
}

/** Whether an MSR is one of those that an MTRR lookup needs. */
export function describesMtrrs(msr: number): boolean {
  return msr === MSR_DEF_TYPE || isFixedMsr(msr) || isVariableMsr(msr);
}

/** Those that stand alone, neither pairs nor fixed ranges, ascending. */
const SINGLE_MSRS: readonly number[] = [
  MSR_MTRRCAP,
  MSR_SMRR_PHYSBASE,
  MSR_SMRR_PHYSMASK,
  MSR_PAT,
  MSR_DEF_TYPE,
  MSR_TME_ACTIVATE,
  MSR_SYSCFG,
  MSR_TOP_MEM,
  MSR_TOP_MEM2,
];
const SINGLE: ReadonlySet<number> = new Set(SINGLE_MSRS);

/** All of them: those that stand alone, the fixed ranges, the pairs. */
export const MEMORY_TYPE_MSRS: readonly number[] = [
  ...SINGLE_MSRS,
  ...FIXED_MSRS,
  ...MASK_MSRS.flatMap((mask) => [mask - 1, mask]),
];

/** Whether an MSR bears on memory types; dumps hold hundreds that do not. */
export function isMemoryTypeMsr(msr: number): boolean {
  return isVariableMsr(msr) || isFixedMsr(msr) || SINGLE.has(msr);
}
