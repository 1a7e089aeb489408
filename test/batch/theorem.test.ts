/** The theorem of docs/kvm-theorem.md, held against what is counted page by page. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { type BatchSide, vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';

const evaluator = createEvaluatorSync();
const GUEST = vcpu({ maxphyaddr: 46, noncoherentDma: true });
const sideOf = (name: string, guest = GUEST): BatchSide => ({ vcpu: guest, policy: policy(name) });
const SIDES = [sideOf('sdm'), sideOf('kvm-5.16')];

describe('the theorem', () => {
  it.each(['typical', 'uc-holes', 'wb-default', 'any', 'overlapping', 'fixed', 'tom2'] as const)(
    'says of every layout of kind %s whether KVM is right',
    (kind) => {
      using batch = evaluator.batch({ sides: SIDES, kind, seed: 21n, theorem: true });
      const count = rounds(20_000, 1_000_000);
      const { theorem, byRanges } = batch.run(0n, count);
      expect(theorem).toEqual({ held: BigInt(count), exceptions: 0n, first: undefined });
      // Layouts of both sorts were there.
      const differing = byRanges.reduce((sum, each) => sum + each.differing, 0n);
      expect(differing).toBeGreaterThan(0n);
      expect(differing).toBeLessThan(BigInt(count));
    },
  );

  it('holds where all of it turns on one page, at each edge', () => {
    const TYPES = [0n, 1n, 4n, 5n, 6n];
    const triples = TYPES.flatMap((a) => TYPES.flatMap((b) => TYPES.map((c) => [a, b, c] as const)));
    // The first page, the last one that the fixed ranges hold, the first behind them, the last of the space.
    const pages = [0n, 0xff000n, 0x100000n, 0x3fff_ffff_f000n];
    const layouts = pages.flatMap((base) =>
      triples.flatMap((types) =>
        [0x800n, 0x806n, 0xc00n, 0xc06n].map((value) => [
          { msr: 0x2ff, value },
          ...types.flatMap((type, k) => [
            { msr: 0x200 + 2 * k, value: base | type },
            { msr: 0x201 + 2 * k, value: 0x3fff_ffff_f800n },
          ]),
        ]),
      ),
    );
    using batch = evaluator.batch({ sides: SIDES, kind: 'any', theorem: true });
    const { theorem, byRanges } = batch.runLayouts(0n, layouts);
    expect(theorem).toEqual({ held: BigInt(layouts.length), exceptions: 0n, first: undefined });
    expect(byRanges.reduce((sum, { differing }) => sum + differing, 0n)).toBeGreaterThan(500n);
  });

  it('is about aligned bases alone', () => {
    using batch = evaluator.batch({
      sides: SIDES,
      kind: 'unaligned',
      seed: 22n,
      ranges: [8, 8],
      theorem: true,
    });
    const { theorem, layouts } = batch.run(0n, 5000);
    expect(theorem.held).toBeLessThan(layouts / 100n);
    expect(theorem.exceptions).toBe(0n);
  });

  it.each<[string, readonly BatchSide[]]>([
    ['one side', [sideOf('sdm')]],
    ['KVM on the first side', [sideOf('kvm-5.16'), sideOf('sdm')]],
    ['a KVM that ignores MTRRs', [sideOf('sdm'), sideOf('kvm-6.11')]],
    ['no DMA', [sideOf('sdm'), sideOf('kvm-5.16', vcpu({ maxphyaddr: 46 }))]],
    [
      'a guest without MTRRs',
      [
        sideOf('sdm'),
        sideOf('kvm-5.16', vcpu({ maxphyaddr: 46, noncoherentDma: true, guestHasMtrr: false })),
      ],
    ],
  ])('is not about %s', (_name, sides) => {
    expect(() => evaluator.batch({ sides, theorem: true })).toThrow('theorem: expected sdm against a KVM');
  });
});
