import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as bitvectors from '../../scripts/prove/bitvectors.ts';
import * as conditions from '../../scripts/prove/conditions.ts';
import { modelOf, scriptOf } from '../../scripts/prove/smt.ts';
import * as core from '../../scripts/prove/term.ts';
import { replaced, worth } from '../../scripts/prove/walk.ts';
import { rounds } from '../rounds.ts';

type Term = core.Term;
/** All constructors. */
const term = { ...core, ...conditions, ...bitvectors };
const WIDTH = 16;
const MASK = term.ones(WIDTH);

/** A term beside what it should be worth: computed without any of its constructors. */
interface Both {
  readonly term: Term;
  readonly value: (a: bigint, b: bigint) => bigint;
}

const constants = fc.bigInt({ min: 0n, max: MASK });
const leaf: fc.Arbitrary<Both> = fc.oneof(
  fc.constant<Both>({ term: term.variable('a', WIDTH), value: (a) => a }),
  fc.constant<Both>({ term: term.variable('b', WIDTH), value: (_, b) => b }),
  constants.map((value): Both => ({ term: term.bits(value, WIDTH), value: () => value })),
);

const wrap = (value: bigint): bigint => BigInt.asUintN(WIDTH, value);
const BINARY: readonly [(a: Term, b: Term) => Term, (a: bigint, b: bigint) => bigint][] = [
  [term.band, (a, b) => a & b],
  [term.bor, (a, b) => a | b],
  [term.xor, (a, b) => a ^ b],
  [term.add, (a, b) => wrap(a + b)],
  [term.sub, (a, b) => wrap(a - b)],
  [term.mul, (a, b) => wrap(a * b)],
  [term.shl, (a, b) => (b >= 16n ? 0n : wrap(a << b))],
  [term.lshr, (a, b) => (b >= 16n ? 0n : a >> b)],
  [term.ashr, (a, b) => wrap(BigInt.asIntN(WIDTH, a) >> (b > 16n ? 16n : b))],
];
const COMPARE: readonly [(a: Term, b: Term) => Term, (a: bigint, b: bigint) => boolean][] = [
  [term.equal, (a, b) => a === b],
  [term.ult, (a, b) => a < b],
  [term.ule, (a, b) => a <= b],
  [term.slt, (a, b) => BigInt.asIntN(WIDTH, a) < BigInt.asIntN(WIDTH, b)],
  [term.sle, (a, b) => BigInt.asIntN(WIDTH, a) <= BigInt.asIntN(WIDTH, b)],
];

const { tree } = fc.letrec<{ tree: Both }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    leaf,
    fc.tuple(fc.constantFrom(...BINARY), tie('tree'), tie('tree')).map(
      ([[make, value], x, y]): Both => ({
        term: make(x.term, y.term),
        value: (a, b) => value(x.value(a, b), y.value(a, b)),
      }),
    ),
    fc
      .tuple(fc.constantFrom(...COMPARE), fc.boolean(), tie('tree'), tie('tree'), tie('tree'), tie('tree'))
      .map(([[make, value], negated, x, y, then, other]): Both => {
        const condition = make(x.term, y.term);
        return {
          term: term.ite(negated ? term.not(condition) : condition, then.term, other.term),
          value: (a, b) => (value(x.value(a, b), y.value(a, b)) !== negated ? then : other).value(a, b),
        };
      }),
    fc
      .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 }), tie('tree'))
      .map(([x, y, of]): Both => {
        const [high, low] = [Math.max(x, y), Math.min(x, y)];
        const taken = BigInt.asUintN(high - low + 1, MASK);
        return {
          term: term.zeroExtend(term.extract(of.term, high, low), WIDTH),
          value: (a, b) => (of.value(a, b) >> BigInt(low)) & taken,
        };
      }),
    fc.tuple(fc.integer({ min: 1, max: 15 }), tie('tree'), tie('tree')).map(
      ([cut, x, y]): Both => ({
        term: term.concat(term.extract(x.term, WIDTH - cut - 1, 0), term.extract(y.term, cut - 1, 0)),
        value: (a, b) => wrap(x.value(a, b) << BigInt(cut)) | (y.value(a, b) & term.ones(cut)),
      }),
    ),
    fc.tuple(fc.constantFrom(1, 2, 3), tie('tree')).map(
      ([width, of]): Both => ({
        term: term.shl(term.bits(1, WIDTH), term.zeroExtend(term.extract(of.term, width - 1, 0), WIDTH)),
        value: (a, b) => 1n << (of.value(a, b) & term.ones(width)),
      }),
    ),
  ),
}));

describe('terms', () => {
  it('are worth what they were made of, however they were simplified', () => {
    fc.assert(
      fc.property(tree, constants, constants, (both, a, b) => {
        const model = new Map([
          ['a', a],
          ['b', b],
        ]);
        expect(worth(both.term, model)).toBe(both.value(a, b));
      }),
      { numRuns: rounds(3000, 60_000) },
    );
  });

  it('of conditions are what and, or and not say', () => {
    const [x, y, z] = ['x', 'y', 'z'].map((name) => term.variable(name, 0)) as [Term, Term, Term];
    expect(term.and(x, term.not(x))).toBe(term.FALSE);
    expect(term.or(x, term.not(x))).toBe(term.TRUE);
    expect(term.and(x, term.or(term.not(x), y))).toBe(term.and(y, x));
    expect(term.or(x, term.and(term.not(x), y))).toBe(term.or(y, x));
    expect(term.not(term.and(x, term.or(y, z)))).toBe(
      term.or(term.not(x), term.and(term.not(y), term.not(z))),
    );
    expect(term.given(new Set([x, term.not(y)]), term.or(y, term.and(x, z)))).toBe(z);
  });

  it('are replaced everywhere', () => {
    const [a, b] = [term.variable('a', 8), term.variable('b', 8)];
    const sum = term.add(term.mul(a, b), a);
    expect(replaced(sum, new Map([[a, term.bits(3, 8)]]))).not.toBe(sum);
    const model = new Map([
      ['a', 200n],
      ['b', 5n],
    ]);
    expect(worth(replaced(sum, new Map([[a, term.bits(3, 8)]])), model)).toBe(18n);
  });
});

describe('scripts for a solver', () => {
  it('define each term once, and read models back', () => {
    const a = term.variable('a', 8);
    const twice = term.add(a, a);
    const script = scriptOf([term.equal(term.mul(twice, twice), term.bits(0x24, 8))], 5);
    expect(script.match(/bvadd/g)).toHaveLength(1);
    expect(script).toContain('(declare-const |a| (_ BitVec 8))');
    expect(script).toContain('#b00100100');
    expect(modelOf('((|a| #x03)\n (b #b101) (|c| true)\n (d false))')).toEqual(
      new Map([
        ['a', 3n],
        ['b', 5n],
        ['c', 1n],
        ['d', 0n],
      ]),
    );
  });
});
