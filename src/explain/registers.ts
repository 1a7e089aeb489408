/**
 * The registers of a vCPU by name, as `explain` reads them. This is a telling of its own: no engine's decoder is
 * borrowed, and what is concluded from it is held against an engine's answer (agreement.ts). Intel SDM vol. 3A,
 * "Memory Type Range Registers (MTRRs)"; AMD64 APM vol. 2 for SYSCFG and TOP_MEM2.
 */
import type { GfnRange, MemoryType } from '../types.ts';
import { frameCount, PAT_RESET, type Vcpu } from '../vm/index.ts';

export const MSR_DEF_TYPE = 0x2ff;
export const MSR_PAT = 0x277;
export const MSR_SYSCFG = 0xc0010010;
export const MSR_TOP_MEM2 = 0xc001001d;
const MSR_PHYSBASE0 = 0x200;
/** 0x250 follows 0x24f. */
const PAIRS_ADDRESSABLE = 40;

export const DEF_TYPE_FE = 1n << 10n;
export const DEF_TYPE_E = 1n << 11n;
export const MASK_V = 1n << 11n;
export const SYSCFG_TOM2_ENABLE = 1n << 21n;
export const SYSCFG_TOM2_FORCE_WB = 1n << 22n;

/** A fixed-range register: eight ranges of `frames` frames each, from `first` on. */
export interface FixedRegister {
  readonly msr: number;
  readonly name: string;
  readonly first: number;
  readonly frames: number;
}

const fixed4k = Array.from({ length: 8 }, (_, n): FixedRegister => {
  const first = 0xc0 + 8 * n;
  const address = (first << 12).toString(16).toUpperCase();
  return { msr: 0x268 + n, name: `IA32_MTRR_FIX4K_${address}`, first, frames: 1 };
});

/** The eleven fixed-range registers, ascending. */
export const FIXED_REGISTERS: readonly FixedRegister[] = [
  { msr: 0x250, name: 'IA32_MTRR_FIX64K_00000', first: 0, frames: 16 },
  { msr: 0x258, name: 'IA32_MTRR_FIX16K_80000', first: 0x80, frames: 4 },
  { msr: 0x259, name: 'IA32_MTRR_FIX16K_A0000', first: 0xa0, frames: 4 },
  ...fixed4k,
];
/** First frame that no fixed range covers: 1 MiB. */
export const FIXED_END = 0x100;

/** A PHYSBASEn / PHYSMASKn pair that was written, enabled or not. */
export interface VariableRegister {
  readonly index: number;
  readonly baseMsr: number;
  readonly maskMsr: number;
  /** The registers as they were written. */
  readonly rawBase: bigint;
  readonly rawMask: bigint;
  /** V, bit 11 of the mask. */
  readonly isEnabled: boolean;
  readonly type: MemoryType;
  /** Address bits MAXPHYADDR-1..12 of base and mask. */
  readonly base: bigint;
  readonly mask: bigint;
}

/** What a vCPU's writes leave behind. */
export interface GuestRegisters {
  readonly frames: number;
  readonly maxphyaddr: number;
  readonly values: ReadonlyMap<number, bigint>;
  readonly defType: bigint;
  /** DEF_TYPE.E. */
  readonly isEnabled: boolean;
  /** DEF_TYPE.FE. */
  readonly isFixedEnabled: boolean;
  readonly defaultType: MemoryType;
  readonly variable: readonly VariableRegister[];
  /** Frames that AMD's Tom2ForceMemTypeWB makes WB by default; undefined where there are none. */
  readonly forcedWb: GfnRange | undefined;
  readonly pat: bigint;
}

/** Address bits of a variable register. */
function addressBits(value: bigint, maxphyaddr: number): bigint {
  return value & ((1n << BigInt(maxphyaddr)) - 1n) & ~0xfffn;
}

function forcedWbOf(values: ReadonlyMap<number, bigint>, maxphyaddr: number): GfnRange | undefined {
  const both = SYSCFG_TOM2_ENABLE | SYSCFG_TOM2_FORCE_WB;
  if (((values.get(MSR_SYSCFG) ?? 0n) & both) !== both) return undefined;
  const top = addressBits(values.get(MSR_TOP_MEM2) ?? 0n, maxphyaddr) & ~0x7fffffn;
  const range = { start: 2 ** 20, end: Number(top >> 12n) };
  return range.start < range.end ? range : undefined;
}

/** The registers that a vCPU's writes leave; a register that is never written has its reset value. */
export function guestRegisters(vcpu: Vcpu): GuestRegisters {
  const { maxphyaddr } = vcpu;
  const values = new Map(vcpu.msrs.map(({ msr, value }) => [msr, value]));
  const defType = values.get(MSR_DEF_TYPE) ?? 0n;
  const variable: VariableRegister[] = [];
  for (let index = 0; index < PAIRS_ADDRESSABLE; index++) {
    const baseMsr = MSR_PHYSBASE0 + 2 * index;
    const maskMsr = baseMsr + 1;
    if (!values.has(baseMsr) && !values.has(maskMsr)) continue;
    const rawBase = values.get(baseMsr) ?? 0n;
    const rawMask = values.get(maskMsr) ?? 0n;
    variable.push({
      index,
      baseMsr,
      maskMsr,
      rawBase,
      rawMask,
      isEnabled: (rawMask & MASK_V) !== 0n,
      type: Number(rawBase & 0xffn) as MemoryType,
      base: addressBits(rawBase, maxphyaddr),
      mask: addressBits(rawMask, maxphyaddr),
    });
  }
  return {
    frames: frameCount(maxphyaddr),
    maxphyaddr,
    values,
    defType,
    isEnabled: (defType & DEF_TYPE_E) !== 0n,
    isFixedEnabled: (defType & DEF_TYPE_FE) !== 0n,
    defaultType: Number(defType & 0xffn) as MemoryType,
    variable,
    forcedWb: forcedWbOf(values, maxphyaddr),
    pat: values.get(MSR_PAT) ?? PAT_RESET,
  };
}

/** Byte `index` of a register, 0 the lowest. */
export function byteOf(value: bigint, index: number): number {
  return Number((value >> BigInt(8 * index)) & 0xffn);
}

/** Where the 88 fixed ranges end, in frames, ascending. */
export const fixedEnds: readonly number[] = FIXED_REGISTERS.flatMap(({ first, frames }) =>
  Array.from({ length: 8 }, (_, index) => first + (index + 1) * frames),
);
