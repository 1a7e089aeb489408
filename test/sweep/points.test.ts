import { describe, expect, it } from 'vitest';
import { parseSweep } from '../../src/config/index.ts';
import { divide, planOf } from '../../src/sweep/index.ts';
import {
  combinationAt,
  combinationCount,
  layoutPlace,
  pointPlace,
  segmentsOf,
} from '../../src/sweep/points.ts';

const spec = (text: string) => parseSweep(text).spec;
const AXES = 'axes: {policy: [sdm, kvm-5.16], cr0cd: [false, true]}';

describe('numbers of points', () => {
  const two = spec(`{ask: totals, layouts: {presets: [ovmf-q35, seabios-pc]}, ${AXES}}`);

  it('have the layout outermost and the last axis innermost', () => {
    const told = Array.from({ length: 8 }, (_, point) => {
      const { layout, combination } = pointPlace(two, BigInt(point));
      return [layout, Object.values(combinationAt(two, combination)!).join()];
    });
    expect(told.map(([layout]) => layout)).toEqual([0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n]);
    expect(told.slice(0, 4).map(([, values]) => values)).toEqual([
      'sdm,false',
      'sdm,true',
      'kvm-5.16,false',
      'kvm-5.16,true',
    ]);
  });

  it('stay with their points when some are excluded, and included ones stand behind', () => {
    const less = spec(
      `{ask: totals, layouts: {presets: [ovmf-q35]}, ${AXES}, exclude: [{policy: sdm, cr0cd: true}], include: [{policy: kvm-6.8}]}`,
    );
    expect(combinationCount(less)).toBe(5);
    expect(combinationAt(less, 1)).toBeUndefined();
    expect(combinationAt(less, 2)).toEqual(combinationAt(two, 2));
    expect(combinationAt(less, 4)).toEqual({ policy: 'kvm-6.8' });
  });

  it('run through tied axes together', () => {
    const tied = spec(
      '{ask: totals, layouts: {presets: [ovmf-q35]}, axes: {policy: [kvm-6.8, kvm-6.16], cr0cd: [true, false], quirks: [[], [cd-nw-cleared]]}, zip: [[policy, quirks]]}',
    );
    expect([0, 1, 2, 3].map((index) => combinationAt(tied, index))).toEqual([
      { policy: 'kvm-6.8', quirks: [], cr0cd: true },
      { policy: 'kvm-6.8', quirks: [], cr0cd: false },
      { policy: 'kvm-6.16', quirks: ['cd-nw-cleared'], cr0cd: true },
      { policy: 'kvm-6.16', quirks: ['cd-nw-cleared'], cr0cd: false },
    ]);
  });

  it('go through several sources in order', () => {
    const { layouts } = spec(
      '{ask: totals, layouts: [{presets: [ovmf-q35]}, {random: {count: 5}}, {presets: [seabios-pc]}]}',
    );
    expect(layoutPlace({ layouts }, 5n)).toMatchObject({ source: { kind: 'random' }, index: 4n });
    const cut = segmentsOf({ layouts }, 0n, 6n);
    expect(cut.map(({ source, first, count }) => [source.kind, first, count])).toEqual([
      ['presets', 0n, 1n],
      ['random', 0n, 5n],
    ]);
    expect(segmentsOf({ layouts }, 3n, 4n).map(({ first, count }) => [first, count])).toEqual([
      [2n, 3n],
      [0n, 1n],
    ]);
  });
});

describe('plan', () => {
  it('of 10^12 points enumerates none of them', () => {
    const huge = spec(
      '{ask: compare, layouts: {random: {count: 25e9, seed: 7}}, axes: {policy: [kvm-4.7..kvm-6.0], noncoherentDma: true}, keep: none}',
    );
    const plan = planOf(
      huge,
      divide(huge, () => 46),
    );
    expect(plan.points).toBe(25_000_000_000n * 35n);
    expect(plan.blocks).toBe(Math.ceil(25e9 / Math.floor(2 ** 22 / 35)));
  });

  it('counts what is excluded, and policies with one rule once', () => {
    const text = `{ask: totals, layouts: {presets: [ovmf-q35, seabios-pc]}, axes: {policy: [sdm, kvm-5.16, kvm-5.17], cr0cd: [false, true]}, exclude: [{policy: sdm, cr0cd: true}]}`;
    const small = spec(text);
    const plan = planOf(
      small,
      divide(small, () => 46),
    );
    expect(plan).toMatchObject({ points: 12n, excluded: 2n, distinct: 6n });
  });

  it('cuts by what is asked, in whole layouts', () => {
    const of = (text: string) => divide(spec(text), () => 52);
    const layouts = 'layouts: {random: {count: 1e5}}';
    expect(of(`{ask: totals, ${layouts}}`)).toMatchObject({ pointsPerBlock: 4096n, shardsPerPoint: 1 });
    expect(of(`{ask: totals, ${layouts}, ${AXES}, include: [{policy: kvm-6.8}]}`).pointsPerBlock).toBe(4095n);
    const pages = '{ask: pages, layouts: {presets: [ovmf-q35]}}';
    expect(of(pages)).toMatchObject({ pointsPerBlock: 1n, shardsPerPoint: 1024, blocks: 1024 });
    expect(divide(spec(pages), () => 36)).toMatchObject({
      pointsPerBlock: 64n,
      shardsPerPoint: 1,
      blocks: 1,
    });
  });
});
