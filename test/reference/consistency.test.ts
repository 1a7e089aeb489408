import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { isConsistentForKvm } from '../../src/reference/consistency.ts';
import { machineOf } from '../../src/reference/mtrr.ts';
import { vcpu } from '../../src/vm/index.ts';

const MIB = 0x100000n;
const MASK_1M = 0xffff00800n;
const MASK_2M = 0xfffe00800n;
const ALL_WB = Object.fromEntries(
  [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f].map((msr) => [
    msr,
    0x0606060606060606n,
  ]),
);

function verdict(msrs: Record<number, bigint>, start: bigint, end: bigint): boolean {
  const { registers, walk } = machineOf(vcpu({ maxphyaddr: 36, msrs }), policy('kvm-5.16'));
  return isConsistentForKvm(registers, walk, start, end);
}

describe("KVM's consistency check", () => {
  it.each([
    ['MTRRs off', { 0x200: 0n, 0x201: MASK_1M, 0x2ff: 6n }, 0n, 2n * MIB, true],
    ['no range', { 0x2ff: 0x806n }, 0n, 2n * MIB, true],
    ['one range over all', { 0x200: 0x400006n, 0x201: MASK_2M, 0x2ff: 0x800n }, 4n * MIB, 6n * MIB, true],
    [
      'half of it, another default',
      { 0x200: 0x400006n, 0x201: MASK_1M, 0x2ff: 0x800n },
      4n * MIB,
      6n * MIB,
      false,
    ],
    [
      'half of it, the same default',
      { 0x200: 0x400006n, 0x201: MASK_1M, 0x2ff: 0x806n },
      4n * MIB,
      6n * MIB,
      true,
    ],
    [
      'two halves of one type: a gap, since the higher one comes first',
      { 0x200: 0x400006n, 0x201: MASK_1M, 0x202: 0x500006n, 0x203: MASK_1M, 0x2ff: 0x800n },
      4n * MIB,
      6n * MIB,
      false,
    ],
    [
      'two halves of the default type',
      { 0x200: 0x400006n, 0x201: MASK_1M, 0x202: 0x500006n, 0x203: MASK_1M, 0x2ff: 0x806n },
      4n * MIB,
      6n * MIB,
      true,
    ],
    [
      'two types over each other',
      { 0x200: 0x400006n, 0x201: MASK_2M, 0x202: 0x400000n, 0x203: MASK_2M, 0x2ff: 0x806n },
      4n * MIB,
      6n * MIB,
      false,
    ],
    ['fixed WB, default WB', { ...ALL_WB, 0x2ff: 0xc06n }, 0n, 2n * MIB, true],
    ['fixed WB, default UC', { ...ALL_WB, 0x2ff: 0xc00n }, 0n, 2n * MIB, false],
    ['fixed UC at reset, default WB', { 0x2ff: 0xc06n }, 0n, 2n * MIB, false],
    ['fixed disabled', { 0x2ff: 0x806n, 0x250: 0x0404040404040404n }, 0n, 2n * MIB, true],
    [
      'a variable range in the shadow of the fixed ones',
      { ...ALL_WB, 0x200: 0n, 0x201: 0xffff00800n, 0x2ff: 0xc06n },
      0n,
      2n * MIB,
      false,
    ],
    [
      'the same, for a region that ends with the fixed ones',
      { ...ALL_WB, 0x200: 0n, 0x201: 0xffff00800n, 0x2ff: 0xc06n },
      0n,
      MIB,
      true,
    ],
    [
      'fixed WB, one WB range from 0',
      { ...ALL_WB, 0x200: 6n, 0x201: MASK_2M, 0x2ff: 0xc00n },
      0n,
      2n * MIB,
      true,
    ],
    [
      'fixed WB, a WB range from 1 MiB: the shadowed part counts as a gap',
      { ...ALL_WB, 0x200: 0x100006n, 0x201: MASK_1M, 0x2ff: 0xc00n },
      0n,
      2n * MIB,
      false,
    ],
  ])('%s', (_, msrs, start, end, expected) => {
    expect(verdict(msrs, start, end)).toBe(expected);
  });
});
