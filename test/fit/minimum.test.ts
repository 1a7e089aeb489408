import { describe, expect, it } from 'vitest';
import { MEMORY_TYPES } from '../../src/types.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';
import { byKvm, byManual, everyRange, kvmPages, manualPages, pagesOf } from './brute-force.ts';
import { expectMinimum, RULES, randomWanted } from './minimum.ts';

const ALL = 0xffff;

describe('the fewest ranges, against trying all sets', () => {
  it('tries them by the same rules as page by page', () => {
    const rng = new Rng(31);
    const ranges = everyRange(16);
    for (let round = 0; round < 300; round++) {
      const set = Array.from({ length: rng.between(0, 5) }, () => rng.pick(ranges));
      const defaultType = rng.pick(MEMORY_TYPES);
      const manual = manualPages(pagesOf(set), defaultType, ALL);
      const kvm = kvmPages(pagesOf(set), defaultType, ALL);
      for (let page = 0; page < 16; page++) {
        const typed = (by: readonly number[]) => by.findIndex((bits) => (bits >> page) & 1);
        expect(typed(kvm)).toBe(byKvm(set, defaultType, page));
        expect(typed(manual)).toBe(
          byManual(set, defaultType, page) < 0 ? 7 : byManual(set, defaultType, page),
        );
      }
    }
  });

  it.each(RULES)('%s: up to 4 ranges on 4 pages, 3 on 8, 2 on 32', (rule) => {
    const rng = new Rng(712);
    for (let round = 0; round < rounds(8, 25); round++) expectMinimum(randomWanted(rng, 4), 4, rule);
    for (let round = 0; round < rounds(4, 12); round++) expectMinimum(randomWanted(rng, 8), 3, rule);
    for (let round = 0; round < rounds(2, 6); round++) expectMinimum(randomWanted(rng, 32), 2, rule);
  });
});
