/** What would change an answer, against a brute force of its own. test/slow goes on to 500 VMs. */
import { describe, expect, it } from 'vitest';
import { rounds } from '../rounds.ts';
import { compareChanges, randomCase } from './random-case.ts';

describe('would change if', () => {
  it('is what a brute force finds', () => {
    let compared = 0;
    let found = 0;
    for (let seed = 1; compared < rounds(8, 40); seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const { missing, wrong, found: here } = compareChanges(one);
      expect({ seed, missing, wrong }).toEqual({ seed, missing: [], wrong: [] });
      compared += 1;
      found += here;
    }
    expect(found).toBeGreaterThan(2 * compared);
  });
});
