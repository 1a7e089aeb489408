import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type EngineName } from '../../src/engine/index.ts';
import type { Attempt } from '../../src/fit/attempt.ts';
import { fewestWithHoles } from '../../src/fit/holes/plan-holes.ts';
import {
  accepting,
  ownMap,
  type PlannedRange,
  planRegisters,
  provePlan,
  stretchesOf,
  wantedMap,
} from '../../src/fit/index.ts';
import { policy } from '../../src/policy/index.ts';
import { MEMORY_TYPES, type MemoryType, UC, WB } from '../../src/types.ts';
import { vcpu } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';
import { byManual } from './brute-force.ts';
import { piecesOfPages, randomWanted, treeOf } from './minimum.ts';
import { randomWantedMap } from './random-wanted.ts';

const GIB = 0x40000;
const UC_ONLY = accepting([UC]);
const WB_ONLY = accepting([WB]);
const engines = (['reference', 'direct', 'auto'] as const).map((name: EngineName) =>
  createEvaluatorSync({ engine: name }),
);
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

function gibsOfWb(...starts: readonly number[]) {
  const ranges = starts.map((start) => ({ start: start * GIB, end: (start + 1) * GIB, accepted: WB_ONLY }));
  return wantedMap(36, ranges, UC_ONLY);
}

/** Every register that a space of 2^bits pages has: the pages it matches, as bits. */
function everyCube(bits: number): readonly number[] {
  const cubes: number[] = [];
  for (let mask = 0; mask < 2 ** bits; mask++) {
    for (let base = 0; base < 2 ** bits; base++) {
      if ((base & ~mask) !== 0) continue;
      let pages = 0;
      for (let page = 0; page < 2 ** bits; page++) if ((page & mask) === base) pages |= 1 << page;
      cubes.push(pages);
    }
  }
  return cubes;
}

/** The fewest registers by trying all sets of up to `most`; Infinity where these do not suffice. */
function fewestByTrying(wanted: readonly number[], most: number): number {
  const bits = Math.log2(wanted.length);
  const registers = everyCube(bits).flatMap((pages) => MEMORY_TYPES.map((type) => ({ pages, type })));
  const holds = (set: readonly { pages: number; type: MemoryType }[]) =>
    MEMORY_TYPES.some((defaultType) =>
      wanted.every((accepted, page) => {
        const here = set.filter(({ pages }) => (pages >> page) & 1);
        const type = byManual(
          here.map((one) => ({ start: page, size: 1, type: one.type })),
          defaultType,
          page,
        );
        return type >= 0 && (accepted & (1 << type)) !== 0;
      }),
    );
  const exists = (set: { pages: number; type: MemoryType }[], from: number, left: number): boolean => {
    if (holds(set)) return true;
    if (left === 0) return false;
    for (let index = from; index < registers.length; index++) {
      if (exists([...set, registers[index]!], index + 1, left - 1)) return true;
    }
    return false;
  };
  for (let count = 0; count <= most; count++) if (exists([], 0, count)) return count;
  return Number.POSITIVE_INFINITY;
}

/** What the search finds on a small space; Infinity where it finds nothing below `needed`. */
function fewestFound(wanted: readonly number[], needed: number): number {
  const attempt = {
    pieces: piecesOfPages(wanted),
    tree: treeOf(wanted),
    fixed: undefined,
  } as unknown as Attempt;
  const maxphyaddr = 12 + Math.log2(wanted.length);
  const { plan } = fewestWithHoles({ attempts: [attempt], types: MEMORY_TYPES, maxphyaddr }, needed);
  if (!plan) return Number.POSITIVE_INFINITY;
  for (const [page, accepted] of wanted.entries()) {
    const here = plan.ranges.filter((range) =>
      [...stretchesOf(range)].some(({ start, end }) => page >= start && page < end),
    );
    const small = here.map(({ type }) => ({ start: page, size: 1, type }));
    const type = byManual(small, plan.defaultType, page);
    expect(type >= 0 && (accepted & (1 << type)) !== 0, `${wanted.join()} page ${page}`).toBe(true);
  }
  return plan.ranges.length;
}

describe('masks with holes, against trying all registers', () => {
  it('need as few ranges as any set of up to two on 8 pages, and never fewer than there are', () => {
    const rng = new Rng(41);
    const seen = { found: 0, least: 0 };
    for (let round = 0; round < rounds(30, 60); round++) {
      const wanted = randomWanted(rng, 8);
      const least = fewestByTrying(wanted, 2);
      const found = fewestFound(wanted, 9);
      expect(found, wanted.join()).toBeGreaterThanOrEqual(Math.min(least, 3));
      if (least === Number.POSITIVE_INFINITY) continue;
      seen.least += 1;
      if (found === least) seen.found += 1;
    }
    expect(seen.least).toBeGreaterThan(5);
    expect(seen.found).toBe(seen.least);
  });
});

describe('a plan with holes', () => {
  it('takes one register for WB at 0, 2, 4 and 6 GiB', () => {
    const wanted = gibsOfWb(0, 2, 4, 6);
    const found = planRegisters(wanted, { vcnt: 8, holes: true });
    expect(found).toMatchObject({ needed: 1, fits: true, counts: { manual: 4 }, holes: { isCutOff: false } });
    expect(found.plan.ranges).toEqual([
      { start: 0, frames: GIB, type: WB, repeats: [2 * GIB, 4 * GIB] } satisfies PlannedRange,
    ]);
    for (const engine of engines) expect(provePlan(found, engine).lost).toEqual([]);
    expect(planRegisters(wanted, { vcnt: 8 }).needed).toBe(4);
    expect(() => planRegisters(wanted, { vcnt: 8, holes: true, discipline: 'kvm' })).toThrow('holes');
  });

  it('loses less where there are too few ranges', () => {
    const wanted = gibsOfWb(0, 2, 4, 6, 9);
    const found = planRegisters(wanted, { vcnt: 1, holes: true });
    expect(found).toMatchObject({ needed: 2, fits: false, lostPages: GIB });
    for (const engine of engines) expect(provePlan(found, engine).lost).toMatchObject([{ start: 9 * GIB }]);
  });

  it('puts UC over what a range with holes takes too much', () => {
    const found = planRegisters(gibsOfWb(0, 1, 2, 4, 5, 6, 16, 17, 18, 20, 21, 22), { vcnt: 8, holes: true });
    expect(found.needed).toBe(2);
    for (const engine of engines) expect(provePlan(found, engine).lost).toEqual([]);
  });

  it('is found again for maps that few registers made, with no more of them', () => {
    const rng = new Rng(8);
    const auto = engines.at(-1)!;
    const seen = { maps: 0, asFew: 0, saved: 0 };
    for (let round = 0; round < rounds(30, 60); round++) {
      const count = rng.between(1, 3);
      const msrs: [number, bigint][] = [[0x2ff, 0x800n]];
      for (let index = 0; index < count; index++) {
        const type = index > 0 && rng.chance(0.3) ? UC : WB;
        const size = (1n << BigInt(rng.between(28, 32))) - 1n;
        const holes = (1n << BigInt(rng.between(32, 34))) | (1n << BigInt(rng.between(32, 35)));
        const mask = 0xfffffffffn & ~size & ~(rng.chance(0.7) ? holes : 0n);
        const base = (BigInt(rng.between(0, 255)) << 28n) & mask;
        msrs.push([0x200 + 2 * index, base | BigInt(type)], [0x201 + 2 * index, mask | 0x800n]);
      }
      const view = auto.view(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
      const { map } = ownMap(view);
      view.dispose();
      const found = planRegisters(map, { vcnt: 40, holes: true });
      for (const engine of engines) expect(provePlan(found, engine).lost).toEqual([]);
      expect(found.needed).toBeLessThanOrEqual(found.counts.manual);
      seen.maps += 1;
      if (found.needed <= count) seen.asFew += 1;
      if (found.needed < found.counts.manual) seen.saved += 1;
    }
    expect(seen.asFew).toBe(seen.maps);
    expect(seen.saved).toBeGreaterThan(seen.maps / 4);
  });

  it('is never worse than one without, for random maps, and proven by every engine', () => {
    const rng = new Rng(12);
    for (let round = 0; round < rounds(4, 12); round++) {
      const wanted = randomWantedMap(rng);
      const vcnt = rng.pick([40, 8, 3]);
      const found = planRegisters(wanted, { vcnt, holes: true });
      const without = planRegisters(wanted, { vcnt });
      expect(found.needed).toBeLessThanOrEqual(without.needed);
      expect(found.lostPages).toBeLessThanOrEqual(without.lostPages);
      for (const engine of engines) provePlan(found, engine);
    }
  });
});
