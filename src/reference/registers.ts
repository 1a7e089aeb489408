/**
 * The state that a vCPU's register writes leave behind, decoded field by field. Intel SDM vol. 3A, 13.11
 * "Memory Type Range Registers (MTRRs)"; AMD64 APM vol. 2, 7.9 for SYSCFG and TOP_MEM2.
 */
import { WrmsrFault } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { MemoryType } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import {
  bytesOf,
  FIXED_MSRS,
  IA32_MTRR_DEF_TYPE,
  IA32_MTRR_PHYSBASE0,
  IA32_MTRRCAP,
  isRefused,
  SYSCFG,
  TOP_MEM2,
} from './wrmsr.ts';

/** One IA32_MTRR_PHYSBASEn / PHYSMASKn pair with V set. */
export interface VariableRange {
  /** The base register as it was written: address and type byte. */
  readonly rawBase: bigint;
  /** Address bits MAXPHYADDR-1..12 of the base register. */
  readonly base: bigint;
  /** Address bits MAXPHYADDR-1..12 of the mask register. */
  readonly mask: bigint;
  readonly type: MemoryType;
}

/** Everything that the rules read. */
export interface Registers {
  readonly maxphyaddr: number;
  /** IA32_MTRR_DEF_TYPE.E: MTRRs are enabled. */
  readonly mtrrEnabled: boolean;
  /** IA32_MTRR_DEF_TYPE.FE: fixed ranges are enabled. */
  readonly fixedEnabled: boolean;
  /** IA32_MTRR_DEF_TYPE bits 7:0. */
  readonly defaultType: MemoryType;
  /** Types of the 88 fixed ranges in ascending order of address. */
  readonly fixedTypes: readonly MemoryType[];
  /** Variable ranges with V set, in the order of their registers. */
  readonly variable: readonly VariableRange[];
  /** End of the memory above 4 GiB whose default type AMD forces to WB; 4 GiB or less: none. */
  readonly forcedWbEnd: bigint;
}

/** 0x250 follows 0x24f: no more than 40 pairs can be addressed. */
const VCNT_MAX = 40;
const VCNT_RESET = 8;

/**
 * How many variable ranges the CPU has: KVM's eight, else what the vCPU says, else bits 7:0 of IA32_MTRRCAP
 * (Intel SDM vol. 3A, 13.11.1) where it is stated, else eight.
 */
export function variableRangeCount(vcpu: Vcpu, policy: Policy): number {
  const { variableRanges } = policy.traits;
  if (variableRanges !== 'vcnt') return variableRanges;
  if (vcpu.vcnt !== undefined) return vcpu.vcnt;
  const stated = vcpu.msrs.findLast((write) => write.msr === IA32_MTRRCAP);
  return stated ? Math.min(Number(stated.value & 0xffn), VCNT_MAX) : VCNT_RESET;
}

/** Bits MAXPHYADDR-1..12 of a register: the address without the fields below it. */
function addressBits(value: bigint, maxphyaddr: number): bigint {
  return BigInt.asUintN(maxphyaddr, value) & ~0xfffn;
}

/**
 * End of AMD's forced write-back memory: with SYSCFG.Tom2ForceMemTypeWB (22) and MtrrTom2En (21), memory from
 * 4 GiB up to TOP_MEM2 (bits MAXPHYADDR-1..23, exclusive). AMD64 APM vol. 2, 7.9.4. MtrrVarDramEn (20) and
 * IA32_MTRRCAP.FIX are not looked at.
 */
function forcedWbEnd(syscfg: bigint, topMem2: bigint, maxphyaddr: number): bigint {
  const enabled = ((syscfg >> 21n) & 1n) === 1n && ((syscfg >> 22n) & 1n) === 1n;
  if (!enabled) return 0n;
  return (BigInt.asUintN(maxphyaddr, topMem2) >> 23n) << 23n;
}

/**
 * Performs a vCPU's register writes in order and decodes what they leave. A register that is never written
 * has its reset value, 0.
 *
 * @throws WrmsrFault for the first write that is refused, with its index
 */
export function decodeRegisters(vcpu: Vcpu, policy: Policy, isHost = false): Registers {
  const { maxphyaddr } = vcpu;
  const vcnt = variableRangeCount(vcpu, policy);
  const values = new Map<number, bigint>();
  vcpu.msrs.forEach(({ msr, value }, index) => {
    if (isRefused(msr, value, { maxphyaddr, vcnt })) {
      throw new WrmsrFault(index, msr, value, isHost);
    }
    values.set(msr, value);
  });
  const read = (msr: number): bigint => values.get(msr) ?? 0n;

  const variable: VariableRange[] = [];
  for (let n = 0; n < vcnt; n++) {
    const rawBase = read(IA32_MTRR_PHYSBASE0 + 2 * n);
    const rawMask = read(IA32_MTRR_PHYSBASE0 + 2 * n + 1);
    const isValid = ((rawMask >> 11n) & 1n) === 1n;
    if (!isValid) continue;
    variable.push({
      rawBase,
      base: addressBits(rawBase, maxphyaddr),
      mask: addressBits(rawMask, maxphyaddr),
      type: Number(rawBase & 0xffn) as MemoryType,
    });
  }

  const defType = read(IA32_MTRR_DEF_TYPE);
  return {
    maxphyaddr,
    mtrrEnabled: ((defType >> 11n) & 1n) === 1n,
    fixedEnabled: ((defType >> 10n) & 1n) === 1n,
    defaultType: Number(defType & 0xffn) as MemoryType,
    fixedTypes: FIXED_MSRS.flatMap((msr) => bytesOf(read(msr)) as MemoryType[]),
    variable,
    forcedWbEnd: forcedWbEnd(read(SYSCFG), read(TOP_MEM2), maxphyaddr),
  };
}
