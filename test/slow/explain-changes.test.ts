/** 500 random VMs and pages: every single change that alters the answer, by two enumerations and two engines. */
import { describe, expect, it } from 'vitest';
import { compareChanges, randomCase } from '../explain/random-case.ts';

const VMS = 500;

describe('would change if', () => {
  it(`is what a brute force finds, on ${VMS} random VMs`, () => {
    const kinds = new Set<string>();
    let compared = 0;
    let found = 0;
    for (let seed = 10_000; compared < VMS; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const { missing, wrong, found: here } = compareChanges(one);
      expect({ seed, missing, wrong }).toEqual({ seed, missing: [], wrong: [] });
      compared += 1;
      found += here;
      kinds.add(one.policy.row);
    }
    console.log(`explain: ${compared} VMs, ${found} changes that matter, 0 missing, 0 wrong`);
    expect(kinds.size).toBe(6);
    expect(found).toBeGreaterThan(5 * VMS);
  });
});
