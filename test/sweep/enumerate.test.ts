import { describe, expect, it } from 'vitest';
import { enumeratedCount, enumeratedLayout } from '../../src/sweep/enumerate.ts';
import type { EnumeratedLayouts } from '../../src/sweep/index.ts';
import { guestRegisters } from '../../src/vm/index.ts';

const GIB = 2 ** 30;
const GRID: EnumeratedLayouts = {
  kind: 'enumerate',
  ranges: [0, 3],
  sizes: [GIB, 2 * GIB],
  base: 'aligned',
  below: 4 * GIB,
  types: ['UC', 'WB'],
  defaults: ['UC', 'WB'],
  maxphyaddr: 36,
};

function rangesOf(index: bigint) {
  const msrs = enumeratedLayout(GRID, index).map(([msr, value]) => ({ msr, value }));
  const { variable, defaultType } = guestRegisters({ msrs, maxphyaddr: 36 });
  return { defaultType, ranges: variable.filter(({ isEnabled }) => isEnabled) };
}

describe('layouts of a grid', () => {
  // 4 bases of 1 GiB and 2 of 2 GiB with 2 types each: 12 ranges; sets of 0, 1, 2 and 3; 2 default types.
  const all = 2n * (1n + 12n + 66n + 220n);

  it('are all different, and as many as there are sets', () => {
    expect(enumeratedCount(GRID)).toBe(all);
    const texts = new Set<string>();
    for (let index = 0n; index < all; index++) {
      texts.add(
        enumeratedLayout(GRID, index)
          .map(([msr, value]) => `${msr}=${value}`)
          .join(),
      );
    }
    expect(BigInt(texts.size)).toBe(all);
  });

  it('start with fewer ranges and stay within the limit', () => {
    expect(rangesOf(0n).ranges).toEqual([]);
    expect(rangesOf(1n).defaultType).not.toBe(rangesOf(0n).defaultType);
    const last = rangesOf(all - 1n).ranges;
    expect(last).toHaveLength(3);
    for (const { base, mask } of last) {
      const size = (~mask & (2n ** 36n - 1n)) + 1n;
      expect(base % size).toBe(0n);
      expect(base + size).toBeLessThanOrEqual(4n * BigInt(GIB));
    }
  });

  it('can start off the multiples of their sizes', () => {
    const grid: EnumeratedLayouts = {
      ...GRID,
      ranges: [1, 1],
      sizes: [2 * GIB],
      base: GIB,
      types: ['UC'],
      defaults: ['WB'],
    };
    expect(enumeratedCount(grid)).toBe(3n);
    expect(enumeratedLayout(grid, 1n)[1]?.[1]).toBe(BigInt(GIB));
  });

  it('are as many as no computer could list', () => {
    const sizes = Array.from({ length: 13 }, (_, shift) => 2 ** (20 + shift));
    const grid: EnumeratedLayouts = { ...GRID, ranges: [8, 8], sizes, below: 8 * GIB };
    const count = enumeratedCount(grid);
    expect(count).toBeGreaterThan(10n ** 30n);
    expect(enumeratedLayout(grid, count - 1n)).toHaveLength(17);
  });
});
