import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { decodeRegisters, type Registers } from '../../src/reference/registers.ts';
import { sdmPrecedence, sdmType, sdmTypeSet } from '../../src/reference/sdm.ts';
import { type MemoryType, UC, UNDEFINED, WB, WC, WP, WT } from '../../src/types.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';

function decoded(init: VcpuInit): Registers {
  return decodeRegisters(vcpu(init), policy('sdm'));
}

describe('sdmPrecedence', () => {
  it.each<readonly [readonly MemoryType[], number]>([
    [[UC], UC],
    [[WC], WC],
    [[WT], WT],
    [[WP], WP],
    [[WB], WB],
    [[UC, WC], UC],
    [[UC, WT], UC],
    [[UC, WP], UC],
    [[UC, WB], UC],
    [[UC, WC, WT, WP, WB], UC],
    [[WT, WB], WT],
    [[WC, WT], UNDEFINED],
    [[WC, WP], UNDEFINED],
    [[WC, WB], UNDEFINED],
    [[WT, WP], UNDEFINED],
    [[WP, WB], UNDEFINED],
    [[WT, WP, WB], UNDEFINED],
  ])('%j is %i', (types, expected) => {
    expect(sdmPrecedence(types)).toBe(expected);
  });
});

describe('sdm lookup', () => {
  it('is UC everywhere with E=0, whatever else is written', () => {
    const registers = decoded({ maxphyaddr: 36, msrs: { 0x200: 6n, 0x201: 0x800n, 0x2ff: 0x406n } });
    expect(sdmType(registers, 0x123456000n)).toBe(UC);
  });

  it('takes each byte of each fixed register for its own range', () => {
    const types: MemoryType[] = [UC, WC, WT, WP, WB];
    const msrs = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
    const typeOf = (index: number) => types[(index * 7) % 5]!;
    const registers = decoded({
      maxphyaddr: 36,
      msrs: [
        ...msrs.map((msr, r) => {
          const bytes = Array.from({ length: 8 }, (_, k) => BigInt(typeOf(8 * r + k)) << BigInt(8 * k));
          return [msr, bytes.reduce((a, b) => a | b)] as const;
        }),
        [0x2ff, 0xc06n],
      ],
    });
    const starts = [
      ...Array.from({ length: 8 }, (_, k) => k * 0x10000),
      ...Array.from({ length: 16 }, (_, k) => 0x80000 + k * 0x4000),
      ...Array.from({ length: 64 }, (_, k) => 0xc0000 + k * 0x1000),
    ];
    starts.forEach((start, index) => {
      const end = starts[index + 1] ?? 0x100000;
      expect(sdmType(registers, BigInt(start))).toBe(typeOf(index));
      expect(sdmType(registers, BigInt(end - 0x1000))).toBe(typeOf(index));
    });
    expect(sdmType(registers, 0x100000n)).toBe(WB);
  });

  it('lets the fixed ranges shadow the variable ones below 1 MiB only', () => {
    const msrs = { 0x200: 4n, 0x201: 0x800n, 0x2ff: 0xc06n };
    expect(sdmType(decoded({ maxphyaddr: 36, msrs }), 0xff000n)).toBe(UC);
    expect(sdmType(decoded({ maxphyaddr: 36, msrs }), 0x100000n)).toBe(WT);
    expect(sdmType(decoded({ maxphyaddr: 36, msrs: { ...msrs, 0x2ff: 0x806n } }), 0xff000n)).toBe(WT);
  });

  it('matches in every stretch that a mask with holes leaves', () => {
    const registers = decoded({ maxphyaddr: 36, msrs: { 0x200: 0x1001n, 0x201: 0x3800n, 0x2ff: 0x806n } });
    const types = Array.from({ length: 8 }, (_, page) => sdmType(registers, BigInt(page) << 12n));
    expect(types).toEqual([WB, WC, WB, WB, WB, WC, WB, WB]);
    expect(sdmType(registers, 0xfffffd000n)).toBe(WC);
  });

  it('names the colliding types once each, ascending', () => {
    const registers = decoded({
      maxphyaddr: 36,
      msrs: { 0x200: 6n, 0x201: 0x800n, 0x202: 1n, 0x203: 0x800n, 0x204: 6n, 0x205: 0x800n, 0x2ff: 0x800n },
    });
    expect(sdmTypeSet(registers, 0n)).toEqual([WC, WB]);
    expect(sdmType(registers, 0n)).toBe(UNDEFINED);
  });

  describe('TOP_MEM2', () => {
    const GIB_4 = 1n << 32n;
    const defaultAt = (msrs: Record<number, bigint>, address: bigint) =>
      sdmType(decoded({ maxphyaddr: 36, msrs: { 0x2ff: 0x801n, ...msrs } }), address);
    const on = { 0xc0010010: 0x600000n, 0xc001001d: 0x180000000n };

    it('forces WB from 4 GiB to its end where nothing matches', () => {
      expect(defaultAt(on, GIB_4 - 0x1000n)).toBe(WC);
      expect(defaultAt(on, GIB_4)).toBe(WB);
      expect(defaultAt(on, 0x17ffff000n)).toBe(WB);
      expect(defaultAt(on, 0x180000000n)).toBe(WC);
      expect(defaultAt({ ...on, 0x200: GIB_4 | 4n, 0x201: 0xffffff800n }, GIB_4)).toBe(WT);
      expect(defaultAt({ ...on, 0x2ff: 1n }, GIB_4)).toBe(UC);
    });

    it.each([
      ['without Tom2ForceMemTypeWB', { ...on, 0xc0010010: 0x200000n }],
      ['without MtrrTom2En', { ...on, 0xc0010010: 0x400000n }],
      ['at 4 GiB', { ...on, 0xc001001d: GIB_4 }],
      ['below 4 GiB', { ...on, 0xc001001d: 0x80000000n }],
      ['with bits beyond MAXPHYADDR alone', { ...on, 0xc001001d: 1n << 40n }],
    ])('does nothing %s', (_, msrs) => {
      expect(defaultAt(msrs, GIB_4)).toBe(WC);
    });

    it('ignores bits below 23', () => {
      expect(defaultAt({ ...on, 0xc001001d: 0x1007fffffn }, GIB_4)).toBe(WC);
      expect(defaultAt({ ...on, 0xc001001d: 0x100ffffffn }, GIB_4)).toBe(WB);
      expect(defaultAt({ ...on, 0xc001001d: 0x100ffffffn }, 0x100800000n)).toBe(WC);
    });
  });
});
