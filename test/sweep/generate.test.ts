/** Layouts by seed and index: the random words by published answers, and each layout against what the Wasm makes. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { generate } from '../../src/sweep/index.ts';
import { philox } from '../../src/sweep/random-words.ts';
import { LAYOUT_KINDS, vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';

/** Known answers of philox4x32-10, as Random123's kat_vectors lists them. */
const KNOWN = [
  { counter: [0n, 0n, 0n, 0n], key: [0n, 0n], block: [0x6627e8d5n, 0xe169c58dn, 0xbc57ac4cn, 0x9b00dbd8n] },
  {
    counter: [0xffffffffn, 0xffffffffn, 0xffffffffn, 0xffffffffn],
    key: [0xffffffffn, 0xffffffffn],
    block: [0x408f276dn, 0x41c83b0en, 0xa20bc7c6n, 0x6d5451fdn],
  },
  {
    counter: [0x243f6a88n, 0x85a308d3n, 0x13198a2en, 0x03707344n],
    key: [0xa4093822n, 0x299f31d0n],
    block: [0xd16cfe09n, 0x94fdccebn, 0x5001e420n, 0x24126ea1n],
  },
] as const;

/** Seeds and indices at the ends of their 64 bits, and one in between. */
const SEEDS = [0n, 1n, 2n ** 32n, 2n ** 64n - 1n, 0x0123456789abcdefn];
const STARTS = [0n, 2n ** 32n - 3n, 2n ** 64n - 1000n];
const SHAPES = [
  { maxphyaddr: 46, ranges: [1, 8] },
  { maxphyaddr: 32, ranges: [0, 10] },
  { maxphyaddr: 52, ranges: [10, 10] },
  { maxphyaddr: 36, ranges: [0, 0] },
] as const;

describe('generate', () => {
  it.each(KNOWN)('draws from the blocks of Philox 4x32-10: $key', ({ counter, key, block }) => {
    expect(philox(counter, key)).toEqual(block);
  });

  it.each(LAYOUT_KINDS)('makes the layouts that the Wasm makes, %s', (kind) => {
    using evaluator = createEvaluatorSync();
    const each = rounds(5, 900);
    for (const seed of SEEDS) {
      for (const { maxphyaddr, ranges } of SHAPES) {
        const sides = [{ vcpu: vcpu({ maxphyaddr, vcnt: 10 }), policy: policy('sdm') }];
        using batch = evaluator.batch({ sides, kind, seed, ranges });
        for (const start of STARTS) {
          for (let index = start; index < start + BigInt(each); index++) {
            const made = { seed, index, layout: generate(seed, index, kind, { maxphyaddr, ranges }) };
            expect(made).toEqual({ seed, index, layout: batch.layout(index) });
          }
        }
      }
    }
  });

  it('gives another layout for another seed, index or kind', () => {
    const texts = [
      [1n, 0n],
      [2n, 0n],
      [1n, 1n],
      [1n + 2n ** 32n, 0n],
      [1n, 2n ** 32n],
    ].flatMap(([seed, index]) =>
      (['any', 'tom2'] as const).map((kind) =>
        String(generate(seed!, index!, kind, { ranges: [8, 8] }).map(({ msr, value }) => `${msr} ${value}`)),
      ),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('refuses what is no seed, index, kind or shape', () => {
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [() => generate(1 as never, 0n), 'seed: expected a bigint of 64 bits, got 1'],
      [() => generate(1n, -1n), 'index: expected a bigint of 64 bits, got -1n'],
      [() => generate(1n, 0n, 'typcal' as never), 'did you mean "typical"?'],
      [() => generate(1n, 0n, 'any', { ranges: [3, 2] }), 'shape.ranges.1: expected an integer 3..10, got 2'],
      [
        () => generate(1n, 0n, 'any', { maxphyaddr: 31 }),
        'shape.maxphyaddr: expected an integer 32..52, got 31',
      ],
    ];
    for (const [ask, message] of wrong) expect(ask).toThrow(message);
  });
});
