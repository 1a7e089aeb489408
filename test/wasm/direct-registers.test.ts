/** Verdicts on register writes, and what the registers then say: one row a rule of the manual or the kernel. */
import { describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';

const engine = createDirectEngine(loadWasm());

function open(name: string, init: Partial<VcpuInit>): EngineView {
  return engine.open(vcpu({ maxphyaddr: 40, ...init }), policy(name));
}

function verdict(
  msr: number,
  value: bigint,
  name = 'sdm',
  init: Partial<VcpuInit> = {},
): 'refused' | 'written' {
  try {
    open(name, { ...init, msrs: [[msr, value]] }).dispose();
    return 'written';
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    expect(error).toMatchObject({ index: 0, msr, value });
    return 'refused';
  }
}

const TYPES = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 0xffn];
const MTRR_TYPES = [0n, 1n, 4n, 5n, 6n];

describe('a write is refused', () => {
  it.each([
    ['IA32_MTRR_DEF_TYPE', 0x2ff, 0n, MTRR_TYPES],
    ['IA32_MTRR_PHYSBASE3', 0x206, 0n, MTRR_TYPES],
    ['IA32_MTRR_FIX16K_80000, byte 3', 0x258, 24n, MTRR_TYPES],
    ['IA32_MTRR_FIX4K_F8000, byte 7', 0x26f, 56n, MTRR_TYPES],
    ['IA32_PAT, byte 5', 0x277, 40n, [...MTRR_TYPES, 7n]],
  ] as const)('for a reserved type in %s', (_, msr, shift, accepted) => {
    for (const type of TYPES) {
      expect(verdict(msr, type << shift)).toBe(accepted.includes(type) ? 'written' : 'refused');
    }
  });

  it.each([
    ['IA32_MTRR_DEF_TYPE', 0x2ff, 0xc00n],
    ['IA32_MTRR_PHYSBASE0', 0x200, 0xff_ffff_f000n],
    ['IA32_MTRR_PHYSMASK7', 0x20f, 0xff_ffff_f800n],
  ])('for a reserved bit of %s, and for no other', (_, msr, writable) => {
    for (let bit = 8n; bit < 64n; bit++) {
      const value = 1n << bit;
      expect(verdict(msr, value), `bit ${bit}`).toBe(value & writable ? 'written' : 'refused');
    }
  });

  it('at MAXPHYADDR, wherever that is', () => {
    for (const maxphyaddr of [32, 39, 51, 52]) {
      const bit = 1n << BigInt(maxphyaddr);
      for (const msr of [0x200, 0x201]) {
        expect(verdict(msr, bit, 'sdm', { maxphyaddr })).toBe('refused');
        expect(verdict(msr, bit >> 1n, 'sdm', { maxphyaddr })).toBe('written');
      }
    }
  });

  it.each([
    0,
    0xff,
    0x1f2,
    0x1f3,
    0x251,
    0x257,
    0x25a,
    0x267,
    0x270,
    0x278,
    0x2fe,
    0xc0010011,
    0xffffffff,
    2 ** 33,
  ])('for MSR %i, which nobody knows', (msr) => expect(verdict(msr, 0n)).toBe('refused'));

  it.each([0xfe, 0xc0010010, 0xc001001a, 0xc001001d])('for no value of MSR %i', (msr) => {
    for (const name of ['sdm', 'kvm-5.16']) expect(verdict(msr, (1n << 64n) - 1n, name)).toBe('written');
  });

  it('first of several', () => {
    const msrs = [
      [0x2ff, 0x806n],
      [0x200, 2n],
      [0x202, 3n],
    ] as const;
    expect(() => open('sdm', { msrs })).toThrow(expect.objectContaining({ index: 1, msr: 0x200, value: 2n }));
  });
});

describe('the number of variable ranges', () => {
  it.each([
    ['8 unless said', {}, 'sdm', 8],
    ['what is stated', { vcnt: 3 }, 'sdm', 3],
    ['none at all', { vcnt: 0 }, 'sdm', 0],
    ['as many as can be addressed', { vcnt: 40 }, 'sdm', 40],
    ['always 8 for KVM', { vcnt: 40 }, 'kvm-6.16', 8],
  ] as const)('is %s', (_, init, name, count) => {
    if (count > 0) expect(verdict(0x200 + 2 * count - 1, 0x800n, name, init)).toBe('written');
    expect(verdict(0x200 + 2 * count, 6n, name, init)).toBe(count === 40 ? 'written' : 'refused');
  });

  it('is what IA32_MTRRCAP says, wherever it is written, up to 40', () => {
    for (const [value, last, next] of [
      [0x50an, 0x213, 0x214],
      [0x5ffn, 0x24f, 0x251],
    ] as const) {
      expect(() =>
        open('sdm', {
          msrs: [
            [last, 0x800n],
            [0xfe, value],
          ],
        }),
      ).not.toThrow();
      expect(() =>
        open('sdm', {
          msrs: [
            [next, 0x800n],
            [0xfe, value],
          ],
        }),
      ).toThrow(WrmsrFault);
    }
    expect(verdict(0x20f, 0x800n, 'sdm', { vcnt: 8 })).toBe('written');
  });
});

describe('fixed ranges', () => {
  it('hold 8 types a register, lowest byte first', () => {
    const bytes = 0x0605_0401_0006_0504n;
    for (const [msr, first, frames] of [
      [0x250, 0, 16],
      [0x258, 0x80, 4],
      [0x259, 0xa0, 4],
      [0x268, 0xc0, 1],
      [0x26f, 0xf8, 1],
    ] as const) {
      const types = open('sdm', { msrs: { [msr]: bytes, 0x2ff: 0xc01n } })
        .types(0, 0x101)
        .slice();
      const expected = new Uint8Array(0x101).fill(0, 0, 0x100).fill(1, 0x100);
      for (let n = 0; n < 8; n++) {
        const type = Number((bytes >> BigInt(8 * n)) & 0xffn);
        expected.fill(type, first + n * frames, first + (n + 1) * frames);
      }
      expect(types).toEqual(expected);
    }
  });

  it('count only with FE and E', () => {
    const msrs = { 0x250: 0x0505050505050505n };
    expect(open('sdm', { msrs: { ...msrs, 0x2ff: 0xc06n } }).types(0, 1)[0]).toBe(5);
    expect(open('sdm', { msrs: { ...msrs, 0x2ff: 0x806n } }).types(0, 1)[0]).toBe(6);
    expect(open('sdm', { msrs: { ...msrs, 0x2ff: 0x406n } }).types(0, 1)[0]).toBe(0);
  });
});

describe('the types that decide a page', () => {
  const overlap = {
    0x200: 4n,
    0x201: 0xff_ffff_0800n & ~0x700n,
    0x202: 5n,
    0x203: 0xff_fff0_0800n,
    0x2ff: 0x806n,
  };
  it('are those of its ranges, else the default', () => {
    const view = open('sdm', { msrs: overlap });
    expect([0, 0x10, 0x100].map((gfn) => view.typeSet(gfn))).toEqual([[4, 5], [5], [6]]);
    expect(view.types(0, 1)[0]).toBe(0xff);
    expect(view.entries(0, 1)[0]).toBe(0x3fn);
  });

  it('are none where the kernel looks at no MTRR', () => {
    expect(open('kvm-6.16', { msrs: overlap }).typeSet(0)).toEqual([]);
  });

  it('are UC, or WB for a KVM guest without MTRRs, while E=0', () => {
    expect(open('sdm', { guestHasMtrr: false }).typeSet(0)).toEqual([0]);
    expect(open('kvm-5.16', { guestHasMtrr: true }).typeSet(0)).toEqual([0]);
    expect(open('kvm-5.16', { guestHasMtrr: false }).typeSet(0)).toEqual([6]);
  });
});
