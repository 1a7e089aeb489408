import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexRange, kvmFold } from '../../src/reference/kvm-mtrr.ts';
import { MEMORY_TYPES, type MemoryType, UC, WB, WC, WP, WT } from '../../src/types.ts';

/** Two ranges: the one with the higher base names the row; columns UC WC WT WP WB. */
const PAIRS: readonly (readonly [MemoryType, readonly MemoryType[]])[] = [
  [UC, [0, 6, 6, 6, 6]],
  [WC, [0, 1, 6, 6, 6]],
  [WT, [0, 6, 4, 6, 4]],
  [WP, [0, 6, 6, 5, 6]],
  [WB, [0, 6, 4, 6, 6]],
];

const COLUMNS: readonly MemoryType[] = [UC, WC, WT, WP, WB];

describe('kvmFold', () => {
  it.each(PAIRS)('pairs with %i at the higher base', (first, results) => {
    expect(COLUMNS.map((second) => kvmFold([first, second], WC))).toEqual(results);
  });

  it('is the default type without a range, the type itself with one', () => {
    for (const type of MEMORY_TYPES) {
      expect(kvmFold([], type)).toBe(type);
      expect(kvmFold([type], WC)).toBe(type);
    }
  });

  it('stops at the first pair that it takes for WB, and at UC', () => {
    expect(kvmFold([WB, WC, UC], WT)).toBe(WB);
    expect(kvmFold([WB, WT, UC], WT)).toBe(UC);
    expect(kvmFold([WT, WB, WT, WB], UC)).toBe(WT);
    expect(kvmFold([UC, UC, WB], WT)).toBe(WB);
    expect(kvmFold([WB, UC, WC], WT)).toBe(UC);
  });

  it('answers UC only if the last type it saw is UC and the ones before agree up to WB and WT', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MEMORY_TYPES), { minLength: 2, maxLength: 8 }), (types) => {
        const firstUc = types.findIndex((type, index) => type === UC && index > 0);
        const before = new Set(types.slice(0, Math.max(firstUc, 0)));
        const isTame = before.size === 1 || (before.size === 2 && before.has(WB) && before.has(WT));
        const allUc = types.every((type) => type === UC);
        const expected = allUc || (firstUc > 0 && isTame && !before.has(UC));
        expect(kvmFold(types, WB) === UC).toBe(expected);
      }),
    );
  });
});

describe('convexRange', () => {
  const range = (base: bigint, mask: bigint) => ({ rawBase: base, base, mask, type: WB as MemoryType });
  const GIB = 1n << 30n;

  it.each([
    ['contiguous', range(0xc0000000n, 0xfc0000000n), 3n * GIB, 4n * GIB],
    ['unaligned base', range(0x180000n, 0xffff00000n), 0x180000n, 0x200000n],
    ['hole', range(0n, 0xf40000000n), 0n, 3n * GIB],
    ['mask 0', range(0x80000000n, 0n), 2n * GIB, 64n * GIB],
    ['one page at the end', range(0xffffff000n, 0xffffff000n), 0xffffff000n, 64n * GIB],
  ])('%s', (_, variable, start, end) => {
    expect(convexRange(variable, 36)).toEqual({ start, end, type: WB });
  });
});
