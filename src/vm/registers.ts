/**
 * What a vCPU's register writes mean: the one decoder of everything but the engines, which decode each on their own.
 * What is concluded from it is held against an engine's answer (`explain/agreement.ts`). Intel SDM vol. 3A, 13.11
 * "Memory Type Range Registers (MTRRs)"; AMD64 APM vol. 2, 7.9 for SYSCFG and TOP_MEM2.
 */
import {
  addressBits,
  byteOf,
  DEF_TYPE_E,
  DEF_TYPE_FE,
  isMaskValid,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  physBase,
  physMask,
  resetValue,
  SYSCFG_TOM2,
  USUAL_VARIABLE_RANGES,
} from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import type { GfnRange, MemoryType } from '../types.ts';
import { frameCount, type MsrWrite, type Vcpu } from './vcpu.ts';

/** Values of registers by MSR number. */
export type RegisterValues = ReadonlyMap<number, bigint>;

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

/** IA32_MTRR_DEF_TYPE in its fields. */
export interface DefType {
  /** E: the MTRRs are on. */
  readonly isEnabled: boolean;
  /** FE: the fixed ranges are on; it counts only where E is set. */
  readonly isFixedEnabled: boolean;
  readonly defaultType: MemoryType;
}

/** What a vCPU's writes leave behind. */
export interface GuestRegisters extends DefType {
  readonly frames: number;
  readonly maxphyaddr: number;
  readonly values: RegisterValues;
  readonly defType: bigint;
  readonly variable: readonly VariableRegister[];
  /** Frames that AMD's Tom2ForceMemTypeWB makes WB by default; undefined where there are none. */
  readonly forcedWb: GfnRange | undefined;
  readonly pat: bigint;
}

/** The values that writes leave, by MSR number; a register that is never written is not there. */
export function registerValues({ msrs }: { readonly msrs: readonly MsrWrite[] }): Map<number, bigint> {
  return new Map(msrs.map(({ msr, value }) => [msr, value]));
}

/** Number and value of a register. */
export type Register = readonly [msr: number, value: bigint];

/**
 * Every register that a vCPU writes, with its last value, ascending by number.
 *
 * @param vcpu - any vCPU; registers that it never writes are at reset and not listed
 */
export function registerState(vcpu: Pick<Vcpu, 'msrs'>): readonly Register[] {
  return [...registerValues(vcpu)].sort(([a], [b]) => a - b);
}

/** The same vCPU with other register values, written in the map's order. */
export function withRegisters(vcpu: Vcpu, values: RegisterValues): Vcpu {
  return { ...vcpu, msrs: [...values].map(([msr, value]) => ({ msr, value })) };
}

/** What a register holds: what was written, else its reset value. */
export function heldValue(values: RegisterValues, msr: number): bigint {
  return values.get(msr) ?? resetValue(msr);
}

/** The fields of a value of IA32_MTRR_DEF_TYPE. */
export function decodeDefType(value: bigint): DefType {
  return {
    isEnabled: (value & DEF_TYPE_E) !== 0n,
    isFixedEnabled: (value & DEF_TYPE_FE) !== 0n,
    defaultType: byteOf(value, 0) as MemoryType,
  };
}

function forcedWbOf(values: RegisterValues, maxphyaddr: number): GfnRange | undefined {
  if ((heldValue(values, MSR_SYSCFG) & SYSCFG_TOM2) !== SYSCFG_TOM2) return undefined;
  // TOP_MEM2 has no bits below 23.
  const top = addressBits(heldValue(values, MSR_TOP_MEM2), maxphyaddr) & ~0x7fffffn;
  const range = { start: FOUR_GIB, end: Number(top >> 12n) };
  return range.start < range.end ? range : undefined;
}

function variableRegister(
  index: number,
  values: RegisterValues,
  maxphyaddr: number,
): VariableRegister | undefined {
  const [baseMsr, maskMsr] = [physBase(index), physMask(index)];
  if (!values.has(baseMsr) && !values.has(maskMsr)) return undefined;
  const [rawBase, rawMask] = [heldValue(values, baseMsr), heldValue(values, maskMsr)];
  return {
    index,
    baseMsr,
    maskMsr,
    rawBase,
    rawMask,
    isEnabled: isMaskValid(rawMask),
    type: byteOf(rawBase, 0) as MemoryType,
    base: addressBits(rawBase, maxphyaddr),
    mask: addressBits(rawMask, maxphyaddr),
  };
}

/**
 * The registers that a vCPU's writes leave; a register that is never written has its reset value.
 *
 * @param vcpu - its writes are not judged: fields are read as they stand, reserved bits and all
 */
export function guestRegisters(vcpu: Pick<Vcpu, 'msrs' | 'maxphyaddr'>): GuestRegisters {
  const { maxphyaddr } = vcpu;
  const values = registerValues(vcpu);
  const defType = heldValue(values, MSR_DEF_TYPE);
  const indexes = Array.from({ length: MOST_VARIABLE_RANGES }, (_, index) => index);
  return {
    frames: frameCount(maxphyaddr),
    maxphyaddr,
    values,
    defType,
    ...decodeDefType(defType),
    variable: indexes.flatMap((index) => variableRegister(index, values, maxphyaddr) ?? []),
    forcedWb: forcedWbOf(values, maxphyaddr),
    pat: heldValue(values, MSR_PAT),
  };
}

/** The variable ranges that are on, ascending by index. */
export function validRanges(registers: Pick<GuestRegisters, 'variable'>): readonly VariableRegister[] {
  return registers.variable.filter((pair) => pair.isEnabled);
}

/**
 * How many variable ranges a vCPU says that it has: stated beside the registers, else VCNT of IA32_MTRRCAP.
 *
 * @returns at most 40, or undefined where neither says it
 */
export function statedRangeCount({ vcnt, msrs }: Pick<Vcpu, 'vcnt' | 'msrs'>): number | undefined {
  const cap = msrs.findLast(({ msr }) => msr === MSR_MTRRCAP)?.value;
  if (vcnt !== undefined || cap === undefined) return vcnt;
  return Math.min(byteOf(cap, 0), MOST_VARIABLE_RANGES);
}

/** The same, with what KVM guests have where nothing states it. */
export function rangeCount(vcpu: Pick<Vcpu, 'vcnt' | 'msrs'>): number {
  return statedRangeCount(vcpu) ?? USUAL_VARIABLE_RANGES;
}
