/** What a batch takes for a question, and what it says of others. */
import { describe, expect, it } from 'vitest';
import { type BatchInit, createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { vcpu } from '../../src/vm/index.ts';

const evaluator = createEvaluatorSync();
const side = (name: string, maxphyaddr = 46) => ({ vcpu: vcpu({ maxphyaddr }), policy: policy(name) });
const sides = [side('sdm')];

describe('a batch is refused', () => {
  it.each<readonly [unknown, string, string]>([
    ['sdm', '', 'expected a batch such as { sides: [{ vcpu, policy }] }, got "sdm"'],
    [{ sides, wants: 'ept' }, 'wants', 'unknown key "wants" (did you mean "want"?)'],
    [{}, 'sides', 'expected an array, got nothing'],
    [{ sides: [] }, 'sides', 'expected one side or two, got 0'],
    [{ sides: [...sides, ...sides, ...sides] }, 'sides', 'expected one side or two, got 3'],
    [{ sides: ['sdm'] }, 'sides.0', 'expected a vCPU with its policy, got "sdm"'],
    [{ sides: [{ ...sides[0], pat: 6 }] }, 'sides.0.pat', 'unknown key "pat" (known: vcpu, policy)'],
    [
      { sides: [...sides, { ...sides[0], policy: 'sdm' }] },
      'sides.1.policy',
      'expected a policy that policy() or policyFromFlags() made, got "sdm" (did you mean policy("sdm")?)',
    ],
    [
      { sides: [side('sdm'), side('kvm-5.16', 36)] },
      'sides.1.vcpu.maxphyaddr',
      'expected 46 as on the first side',
    ],
    [{ sides, want: 'leaf' }, 'want', 'expected one of mtrr, ept, got "leaf"'],
    [
      { sides, kind: 'typicle' },
      'kind',
      /^kind: expected one of typical, .* \(did you mean "typical"\?\)$/.source,
    ],
    [{ sides, seed: 1 }, 'seed', 'expected a bigint of 64 bits, got 1'],
    [{ sides, seed: -1n }, 'seed', 'expected a bigint of 64 bits, got -1n'],
    [{ sides, seed: 2n ** 64n }, 'seed', `expected a bigint of 64 bits, got ${2n ** 64n}n`],
    [{ sides, ranges: 8 }, 'ranges', 'expected the fewest and the most ranges, got 8'],
    [{ sides, ranges: [-1, 8] }, 'ranges.0', 'expected an integer 0..10, got -1'],
    [{ sides, ranges: [0, 11] }, 'ranges.1', 'expected an integer 0..10, got 11'],
    [{ sides, ranges: [3, 2] }, 'ranges.1', 'expected an integer 3..10, got 2'],
    [{ sides, smallest: 65 }, 'smallest', 'expected an integer 0..64, got 65'],
    [{ sides, smallest: -1 }, 'smallest', 'expected an integer 0..64, got -1'],
    [{ sides, list: 1 }, 'list', 'expected true or false, got 1 (did you mean true?)'],
    [{ sides, theorem: 'yes' }, 'theorem', 'expected true or false, got "yes"'],
    [
      { sides, theorem: true },
      'theorem',
      'expected sdm against a KVM from 4.7 to 6.10 that uses the MTRRs of its guest',
    ],
  ])('%#', (init, path, message) => {
    const whole = path === '' ? message : `${path}: ${message}`;
    const said = message.startsWith('^') ? expect.stringMatching(message) : whole;
    expect(() => evaluator.batch(init as BatchInit)).toThrow(
      expect.objectContaining({ code: 'bad-request', path, message: said }),
    );
  });

  it('of an engine that has none', () => {
    const other = createEvaluatorSync({ engine: 'direct' });
    expect(() => other.batch({ sides })).toThrow('engine: expected auto: direct has no batches');
    other.dispose();
  });
});

describe('a run is refused', () => {
  it.each<readonly [(batch: ReturnType<typeof evaluator.batch>) => unknown, string, string]>([
    [(batch) => batch.run(0 as never, 1), 'first', 'expected a bigint of 64 bits, got 0'],
    [(batch) => batch.run(2n ** 64n, 0), 'first', `expected a bigint of 64 bits, got ${2n ** 64n}n`],
    [(batch) => batch.run(2n ** 64n - 1n, 2), 'count', 'expected an integer 0..1, got 2'],
    [(batch) => batch.run(0n, -1), 'count', `expected an integer 0..${2 ** 64}, got -1`],
    [(batch) => batch.runLayouts(-1n, []), 'first', 'expected a bigint of 64 bits, got -1n'],
    [
      (batch) => batch.runLayouts(0n, 'none' as never),
      'layouts',
      'expected layouts, a list of register writes each, got "none"',
    ],
    [(batch) => batch.layout(7 as never), 'index', 'expected a bigint of 64 bits, got 7'],
  ])('%#', (ask, path, message) => {
    using batch = evaluator.batch({ sides });
    expect(() => ask(batch)).toThrow(expect.objectContaining({ path, message: `${path}: ${message}` }));
  });

  it('but not at the very end, nor of nothing', () => {
    using batch = evaluator.batch({ sides, ranges: [8, 8], smallest: 64, seed: 2n ** 64n - 1n });
    expect(batch.run(2n ** 64n - 1n, 1).layouts).toBe(1n);
    expect(batch.run(5n, 0).layouts).toBe(0n);
    expect(batch.runLayouts(5n, []).layouts).toBe(0n);
  });
});
