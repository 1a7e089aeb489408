/** Batches against views of the other engines, layout by layout, and their counts as sums. */
import { describe, expect, it } from 'vitest';
import { addBatchCounts, type Batch, createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { type BatchSide, LAYOUT_KINDS, type Vcpu, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';

const evaluator = createEvaluatorSync();
const reference = createEvaluatorSync({ engine: 'reference' });

const guest = (init: Partial<VcpuInit> = {}): Vcpu => vcpu({ maxphyaddr: 46, noncoherentDma: true, ...init });
const side = (name: string, init: Partial<VcpuInit> = {}): BatchSide => ({
  vcpu: guest(init),
  policy: policy(name),
});
const SIDES = [side('sdm'), side('kvm-5.16')];
const FAST_KINDS = LAYOUT_KINDS.filter((kind) => kind !== 'masks-with-holes');

/** Holds every layout of a run against an evaluator. */
function expectAgreement(batch: Batch, count: number, other = evaluator): void {
  for (let index = 0n; index < count; index++) {
    expect(batch.disagreement(index, other)).toBeUndefined();
  }
}

describe('a batch', () => {
  it.each(FAST_KINDS)('answers layouts of kind %s as auto does', (kind) => {
    using batch = evaluator.batch({ sides: SIDES, kind, seed: 11n });
    expectAgreement(batch, rounds(300, 3000));
  });

  it.each(FAST_KINDS)('answers layouts of kind %s as the reference does', (kind) => {
    using batch = evaluator.batch({ sides: SIDES, kind, seed: 12n });
    expectAgreement(batch, rounds(20, 1250), reference);
  });

  it.each(FAST_KINDS)('counts layouts of kind %s as comparisons of auto add up to', (kind) => {
    using batch = evaluator.batch({ sides: SIDES, kind, seed: 13n });
    const count = rounds(500, 125_000);
    const sums = new Map<string, bigint>();
    for (let index = 0n; index < count; index++) {
      const msrs = batch.layout(index);
      const [a, b] = SIDES.map(({ vcpu, policy }) => evaluator.view({ ...vcpu, msrs }, policy));
      for (const cell of a!.compare(b!).matrix) {
        const key = `${cell.a.type} ${cell.b.type}`;
        sums.set(key, (sums.get(key) ?? 0n) + cell.pages);
      }
      for (const view of [a!, b!]) view.dispose();
    }
    const { matrix } = batch.run(0n, count);
    const counted = matrix.map((cell) => [`${cell.a.type} ${cell.b.type}`, cell.pages] as const);
    expect(new Map(counted)).toEqual(sums);
  });

  it('counts the same whatever parts a run is cut into', () => {
    using batch = evaluator.batch({ sides: SIDES, kind: 'any', smallest: 5 });
    const whole = batch.run(100n, 9001);
    const cuts = [0, 1, 4096, 4097, 9001];
    const parts = cuts.slice(1).map((end, place) => {
      const start = cuts[place]!;
      return batch.run(100n + BigInt(start), end - start);
    });
    expect(parts.reverse().reduce((a, b) => addBatchCounts(a, b, 5))).toEqual(whole);
  });

  it('lists the layouts that differ, and names the smallest, with every way of cutting', () => {
    const ask = { sides: SIDES, kind: 'any', smallest: 3, list: true } as const;
    using batch = evaluator.batch(ask);
    const { found, smallest, first, byRanges } = batch.run(0n, 5000);
    const differing = Array.from({ length: 300 }, (_, index) => BigInt(index)).filter(
      (index) => batch.run(index, 1).first !== undefined,
    );
    expect(found.filter(({ index }) => index < 300n).map(({ index }) => index)).toEqual(differing);
    expect(first).toBe(found[0]!.index);
    expect(BigInt(found.length)).toBe(byRanges.reduce((sum, { differing }) => sum + differing, 0n));
    const bySize = found.toSorted(
      (a, b) => a.ranges - b.ranges || Number(a.pages - b.pages) || Number(a.index - b.index),
    );
    expect(smallest).toEqual(bySize.slice(0, 3));
    using given = evaluator.batch(ask);
    const layouts = Array.from({ length: 5000 }, (_, index) => batch.layout(BigInt(index)));
    expect(given.runLayouts(0n, layouts)).toEqual(batch.run(0n, 5000));
  });

  it('is over with its evaluator, or when it is disposed of', () => {
    const gone = createEvaluatorSync();
    const [batch, other] = [gone.batch({ sides: SIDES }), gone.batch({ sides: SIDES })];
    batch.dispose();
    batch.dispose();
    expect(other.run(0n, 1).layouts).toBe(1n);
    gone.dispose();
    const disposed = expect.objectContaining({ code: 'disposed' });
    for (const each of [batch, other]) {
      expect(() => each.run(0n, 1)).toThrow(disposed);
      expect(() => each.runLayouts(0n, [[]])).toThrow(disposed);
      expect(() => each.layout(0n)).toThrow(disposed);
      expect(() => each.disagreement(0n, evaluator)).toThrow(disposed);
      expect(() => each.layoutDisagreement(0n, [], evaluator)).toThrow(disposed);
    }
    expect(() => gone.batch({ sides: SIDES })).toThrow(disposed);
  });
});
