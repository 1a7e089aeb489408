import { describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { decodeRegisters, variableRangeCount } from '../../src/reference/registers.ts';
import { isRefused } from '../../src/reference/wrmsr.ts';
import { WB, WT } from '../../src/types.ts';
import { vcpu } from '../../src/vm/index.ts';

const CPU = { maxphyaddr: 36, vcnt: 8 };
const RESERVED = [2n, 3n, 7n, 8n, 0xffn];

describe('isRefused', () => {
  it.each([0n, 1n, 4n, 5n, 6n])('takes type %i everywhere', (type) => {
    expect(isRefused(0x2ff, type, CPU)).toBe(false);
    expect(isRefused(0x200, type, CPU)).toBe(false);
    expect(isRefused(0x26f, type << 56n, CPU)).toBe(false);
    expect(isRefused(0x277, type << 56n, CPU)).toBe(false);
  });

  it.each(RESERVED)('refuses type %i in DEF_TYPE, base and fixed registers', (type) => {
    expect(isRefused(0x2ff, 0xc00n | type, CPU)).toBe(true);
    expect(isRefused(0x20e, type, CPU)).toBe(true);
    for (let byte = 0n; byte < 8n; byte++) expect(isRefused(0x259, type << (8n * byte), CPU)).toBe(true);
  });

  it('takes UC- in a PAT entry, and 2 and 3 nowhere', () => {
    for (let byte = 0n; byte < 8n; byte++) {
      expect(isRefused(0x277, 7n << (8n * byte), CPU)).toBe(false);
      expect(isRefused(0x277, 2n << (8n * byte), CPU)).toBe(true);
      expect(isRefused(0x277, 8n << (8n * byte), CPU)).toBe(true);
    }
  });

  it.each([
    ['DEF_TYPE', 0x2ff, 0b1100_1111_1111n],
    ['a base', 0x200, 0xffffff0ffn],
    ['a mask', 0x201, 0xffffff800n],
  ])('refuses exactly the reserved bits of %s', (_, msr, allowed) => {
    for (let bit = 8n; bit < 64n; bit++) {
      expect(isRefused(msr, 1n << bit, CPU)).toBe(((allowed >> bit) & 1n) === 0n);
    }
    expect(isRefused(0x201, 1n, CPU)).toBe(true);
    expect(isRefused(0x201, 1n << 7n, CPU)).toBe(true);
  });

  it('looks at neither alignment nor holes', () => {
    expect(isRefused(0x200, 0x123456006n, CPU)).toBe(false);
    expect(isRefused(0x201, 0xa5a5a5800n, CPU)).toBe(false);
  });

  it('knows as many variable ranges as there are', () => {
    expect(isRefused(0x20f, 0x800n, CPU)).toBe(false);
    expect(isRefused(0x210, 0n, CPU)).toBe(true);
    expect(isRefused(0x24f, 0n, { ...CPU, vcnt: 40 })).toBe(false);
    expect(isRefused(0x200, 0n, { ...CPU, vcnt: 0 })).toBe(true);
  });

  it('never refuses IA32_MTRRCAP or the AMD registers, and refuses all others', () => {
    for (const msr of [0xfe, 0xc0010010, 0xc001001a, 0xc001001d]) {
      expect(isRefused(msr, (1n << 64n) - 1n, CPU)).toBe(false);
    }
    for (const msr of [0, 0xff, 0x1f2, 0x1ff, 0x251, 0x257, 0x25a, 0x267, 0x270, 0x2fe, 0x300, 2 ** 40]) {
      expect(isRefused(msr, 0n, CPU)).toBe(true);
    }
  });
});

describe('decodeRegisters', () => {
  it('reports the first refused write with its index', () => {
    const msrs: [number, bigint][] = [
      [0x2ff, 0xc06n],
      [0x202, 2n],
      [0x200, 3n],
    ];
    const faulty = vcpu({ maxphyaddr: 36, msrs });
    expect(() => decodeRegisters(faulty, policy('sdm'))).toThrow(WrmsrFault);
    try {
      decodeRegisters(faulty, policy('kvm-6.16'));
    } catch (error) {
      expect(error).toMatchObject({ index: 1, msr: 0x202, value: 2n });
    }
  });

  it('keeps the last write of a register', () => {
    const msrs: [number, bigint][] = [
      [0x2ff, 0xc06n],
      [0x2ff, 0x804n],
    ];
    const registers = decodeRegisters(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
    expect(registers).toMatchObject({ defaultType: WT, fixedEnabled: false, mtrrEnabled: true });
  });

  it('drops ranges without V and bits that are no address', () => {
    const msrs = { 0x200: 6n, 0x201: 0xf00000000n, 0x202: 0x123456006n, 0x203: 0xfff000800n };
    expect(decodeRegisters(vcpu({ maxphyaddr: 36, msrs }), policy('sdm')).variable).toEqual([
      { rawBase: 0x123456006n, base: 0x123456000n, mask: 0xfff000000n, type: WB },
    ]);
  });
});

describe('variableRangeCount', () => {
  it.each([
    ['sdm', {}, 8],
    ['sdm', { vcnt: 0 }, 0],
    ['sdm', { vcnt: 40 }, 40],
    ['sdm', { msrs: { 0xfe: 0x50an } }, 10],
    ['sdm', { msrs: { 0xfe: 0xffn } }, 40],
    ['sdm', { msrs: { 0xfe: 0x50an }, vcnt: 3 }, 3],
    ['kvm-5.16', { vcnt: 10 }, 8],
    ['kvm-6.16', { msrs: { 0xfe: 4n } }, 8],
  ])('%s %o', (name, init, expected) => {
    expect(variableRangeCount(vcpu({ maxphyaddr: 36, ...init }), policy(name))).toBe(expected);
  });
});
