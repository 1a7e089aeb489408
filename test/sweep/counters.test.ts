/** Counters are a commutative monoid: the order and the grouping of blocks never show. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounters, type Counters, compareFindings, emptyCounters } from '../../src/sweep/index.ts';
import { rounds } from '../rounds.ts';

const LIMIT = 3;
const decimal = fc.bigInt({ min: 0n, max: 1n << 70n }).map(String);
const texts = fc.dictionary(fc.constantFrom('points', 'pages', 'kvm', 'first'), decimal);
const small = fc.record({
  point: decimal,
  registers: fc.nat(8),
  pages: decimal,
  text: fc.constantFrom('UC for WB', 'WB for UC'),
});
const counters: fc.Arbitrary<Counters> = fc
  .record({
    sums: texts,
    minima: texts,
    digest: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    smallest: fc.array(small, { maxLength: LIMIT }),
  })
  .map(({ digest, smallest, ...rest }) => ({
    ...rest,
    limit: LIMIT,
    digest: digest.toString(16).padStart(16, '0'),
    smallest: smallest.sort(compareFindings),
  }));

/** As the results folder has it: equal counters are equal texts. */
const text = (one: Counters) => JSON.stringify(addCounters(emptyCounters(LIMIT), one));

describe('counters', () => {
  it('add up the same in any order and grouping', () => {
    fc.assert(
      fc.property(counters, counters, counters, (a, b, c) => {
        expect(text(addCounters(a, b))).toBe(text(addCounters(b, a)));
        expect(text(addCounters(addCounters(a, b), c))).toBe(text(addCounters(a, addCounters(b, c))));
      }),
      { numRuns: rounds(200, 5000) },
    );
  });

  it('are what they were with those of no block', () => {
    fc.assert(
      fc.property(counters, (a) => {
        expect(addCounters(a, emptyCounters(LIMIT))).toEqual(a);
      }),
    );
  });

  it('keep the smallest by registers, then pages as numbers, then the point', () => {
    const of = (registers: number, pages: string, point: string) => ({ registers, pages, point, text: '' });
    const a = { ...emptyCounters(2), smallest: [of(2, '10', '7'), of(2, '10', '12')] };
    const b = { ...emptyCounters(2), smallest: [of(2, '9', '99'), of(3, '1', '1')] };
    expect(addCounters(a, b).smallest).toEqual([of(2, '9', '99'), of(2, '10', '7')]);
  });

  it('add beyond 2^53 exactly and digests modulo 2^64', () => {
    const one = { ...emptyCounters(0), sums: { pages: '18446744073709551615' }, digest: 'ffffffffffffffff' };
    expect(addCounters(one, one)).toMatchObject({
      sums: { pages: '36893488147419103230' },
      digest: 'fffffffffffffffe',
    });
  });
});
