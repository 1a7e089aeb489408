/** Registers of two vCPUs compared as bits, whatever the bits do: the other half of "do they differ in effect". */
import { msrName } from '../msr/index.ts';
import { heldValue, registerValues, type Vcpu } from '../vm/index.ts';

/** A register that two vCPUs hold different values in. */
export interface RawDifference {
  readonly msr: number;
  readonly name: string;
  readonly a: bigint;
  readonly b: bigint;
}

/**
 * The registers in which two vCPUs differ, ascending by number. One that only one of them writes is compared
 * with its reset value.
 *
 * @param a - a vCPU
 * @param b - another
 * @returns number, name and both values
 * @example
 * const [a, b] = [0xc00n, 0x800n].map((value) => vcpu({ maxphyaddr: 36, msrs: { 0x2ff: value } }));
 * rawDifferences(a, b)[0].msr; // 0x2ff
 */
export function rawDifferences(a: Vcpu, b: Vcpu): readonly RawDifference[] {
  const [left, right] = [registerValues(a), registerValues(b)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort((x, y) => x - y)
    .map((msr) => ({
      msr,
      name: msrName(msr),
      a: heldValue(left, msr),
      b: heldValue(right, msr),
    }))
    .filter((one) => one.a !== one.b);
}
