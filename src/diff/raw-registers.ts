/** Registers of two vCPUs compared as bits, whatever the bits do: the other half of "do they differ in effect". */
import type { Vcpu } from '../vm/index.ts';
import { PAT, registerName } from './registers.ts';

/** A register that two vCPUs hold different values in. */
export interface RawDifference {
  readonly msr: number;
  readonly name: string;
  readonly a: bigint;
  readonly b: bigint;
}

const PAT_RESET = 0x0007040600070406n;

/** The values that a vCPU's writes leave, by MSR number. */
export function registerValues(vcpu: Vcpu): Map<number, bigint> {
  return new Map(vcpu.msrs.map(({ msr, value }) => [msr, value]));
}

/** The same vCPU with other register values, written in the map's order. */
export function withRegisters(vcpu: Vcpu, values: ReadonlyMap<number, bigint>): Vcpu {
  return { ...vcpu, msrs: [...values].map(([msr, value]) => ({ msr, value })) };
}

/** What a register holds that is never written. */
export function resetValue(msr: number): bigint {
  return msr === PAT ? PAT_RESET : 0n;
}

/**
 * The registers in which two vCPUs differ, ascending by number. One that only one of them writes is compared
 * with its reset value.
 */
export function rawDifferences(a: Vcpu, b: Vcpu): readonly RawDifference[] {
  const [left, right] = [registerValues(a), registerValues(b)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort((x, y) => x - y)
    .map((msr) => ({
      msr,
      name: registerName(msr),
      a: left.get(msr) ?? resetValue(msr),
      b: right.get(msr) ?? resetValue(msr),
    }))
    .filter((one) => one.a !== one.b);
}
