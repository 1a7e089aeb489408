import { afterAll, describe, expect, it } from 'vitest';
import { PRESETS, preset } from '../../src/config/index.ts';
import { createEvaluatorSync, type View } from '../../src/engine/index.ts';
import {
  ANY_TYPE,
  accepting,
  type Discipline,
  type Fit,
  ownMap,
  planRegisters,
  provePlan,
  registersOf,
  type WantedMap,
  wantedMap,
} from '../../src/fit/index.ts';
import { policy } from '../../src/policy/index.ts';
import { UC, WB, WC, WP, WT } from '../../src/types.ts';
import { vcpu, vcpuOf } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';
import { planOfOwn } from './own-plan.ts';
import { randomWantedMap } from './random-wanted.ts';

const MAPS = rounds(40, 500);
const reference = createEvaluatorSync({ engine: 'reference' });
const auto = createEvaluatorSync({ engine: 'auto' });
afterAll(() => {
  reference.dispose();
  auto.dispose();
});

function opened({ plan, vcnt }: Fit): View {
  const machine = vcpu({ maxphyaddr: plan.maxphyaddr, vcnt: Math.max(vcnt, 1), msrs: registersOf(plan) });
  return reference.view(machine, policy('sdm'));
}

/** Pages that do not get what they may have, by the type that they get. */
function missesOf(found: Fit, wanted: WantedMap): ReadonlyMap<number, number> {
  const misses = new Map<number, number>();
  const view = opened(found);
  for (const { start, end, accepted } of wanted.stretches) {
    for (const span of view.spansOf('mtrr', { range: { start, end } })) {
      if (span.type! >= 0 && (accepted & (1 << span.type!)) !== 0) continue;
      misses.set(span.type!, (misses.get(span.type!) ?? 0) + span.end - span.start);
    }
  }
  view.dispose();
  return misses;
}

describe(`plans for ${MAPS} random maps`, () => {
  it('give every page what it may have, and lose only to UC where there are too few ranges', () => {
    const rng = new Rng(12);
    const seen = { exact: 0, lossy: 0, fixed: 0, kvmDearer: 0 };
    for (let round = 0; round < MAPS; round++) {
      const wanted = randomWantedMap(rng);
      const discipline = rng.pick<Discipline>(['manual', 'manual', 'kvm', 'disjoint']);
      const fixed = rng.pick(['needed', 'always', 'never'] as const);
      const found = planRegisters(wanted, { vcnt: rng.pick([40, 40, 8, 3]), discipline, fixed });
      const { counts, needed, fits, plan, vcnt, lostPages } = found;
      const label = `round ${round}`;
      expect(counts.manual <= counts.kvm && counts.kvm <= counts.disjoint, label).toBe(true);
      expect(needed, label).toBe(counts[discipline]);
      expect(plan.ranges.length, label).toBeLessThanOrEqual(vcnt);
      if (fits) expect(plan.ranges.length, label).toBe(needed);
      const misses = missesOf(found, wanted);
      expect([...misses], label).toEqual(lostPages === 0 ? [] : [[UC, lostPages]]);
      expect(lostPages === 0, label).toBe(fits);
      // Throws where the other engine finds anything else, or KVM reads it otherwise though it should not.
      provePlan(found, auto);
      seen[fits ? 'exact' : 'lossy'] += 1;
      if (plan.fixed) seen.fixed += 1;
      if (counts.kvm > counts.manual) seen.kvmDearer += 1;
    }
    expect(seen.exact).toBeGreaterThan(MAPS / 2);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(MAPS / 20);
  });

  it('lose less the more ranges there are, and nothing with as many as are needed', () => {
    const rng = new Rng(99);
    for (let round = 0; round < rounds(4, 40); round++) {
      const wanted = randomWantedMap(rng);
      const { needed } = planRegisters(wanted, { vcnt: 40 });
      let before = Number.POSITIVE_INFINITY;
      for (let vcnt = 0; vcnt <= Math.min(needed, 10); vcnt++) {
        const { lostPages } = planRegisters(wanted, { vcnt });
        expect(lostPages).toBeLessThanOrEqual(before);
        expect(lostPages === 0).toBe(vcnt >= needed);
        before = lostPages;
      }
    }
  });
});

describe('plans for real layouts', () => {
  it.each(PRESETS.map(({ name }) => name))('%s: the same map, with no more ranges', (name) => {
    const { found, used, hasHoles, differing, undefinedPages } = planOfOwn(auto, vcpuOf(preset(name), 0));
    expect(differing).toBe(BigInt(undefinedPages));
    if (!hasHoles) expect(found.needed).toBeLessThanOrEqual(used);
    for (const discipline of ['kvm', 'disjoint'] as const) {
      const other = planOfOwn(auto, vcpuOf(preset(name), 0), { discipline });
      if (other.found.fits) expect(other.differing).toBe(BigInt(undefinedPages));
    }
  });

  it('says what the shipped machines could save', () => {
    const needed = (name: string) => planOfOwn(auto, vcpuOf(preset(name), 0)).found.needed;
    expect(needed('thinkbook-20vh')).toBe(4);
    expect(needed('asus-2012')).toBe(5);
    expect(needed('seabios-pc')).toBe(1);
    expect(needed('firecracker')).toBe(0);
  });
});

describe('a wanted map', () => {
  const GIB = 0x40000;
  const wb = accepting([WB]);
  const uc = accepting([UC]);

  it('is held by the fixed ranges below 1 MiB where they save a range', () => {
    const legacy = [
      { start: 0, end: 0xa0, accepted: wb },
      { start: 0xa0, end: 0xc0, accepted: uc },
      { start: 0xc0, end: 0x100, accepted: accepting([WP]) },
      { start: 0x100, end: 3 * GIB, accepted: wb },
    ];
    const found = planRegisters(wantedMap(36, legacy, uc), { vcnt: 8 });
    expect(found.plan.fixed).toHaveLength(11);
    expect(new Map(found.plan.fixed).get(0x259)).toBe(0n);
    expect(new Map(found.plan.fixed).get(0x268)).toBe(0x0505050505050505n);
    expect(found.needed).toBe(2);
    const without = planRegisters(wantedMap(36, legacy, uc), { vcnt: 8, fixed: 'never' });
    expect(without.plan.fixed).toBeUndefined();
    expect(without.needed).toBeGreaterThan(found.needed);
  });

  it('is held by variable ranges where two types meet inside a fixed range', () => {
    const odd = [
      { start: 0, end: 0x9f, accepted: wb },
      { start: 0x9f, end: 0xa0, accepted: uc },
      { start: 0xa0, end: 4 * GIB, accepted: wb },
    ];
    const found = planRegisters(wantedMap(36, odd, ANY_TYPE), { vcnt: 8, fixed: 'always' });
    expect(found.fixedCannotHold).toBe(true);
    expect(found.plan.fixed).toBeUndefined();
    expect(found.needed).toBe(1);
  });

  it('takes WB and WT over each other as WT, and guards a UC hole for KVM', () => {
    const stack = wantedMap(36, [
      { start: 0, end: 4 * GIB, accepted: wb },
      { start: 4 * GIB, end: 5 * GIB, accepted: accepting([WT]) },
      { start: 5 * GIB, end: 6 * GIB, accepted: wb },
      { start: 6 * GIB, end: 7 * GIB, accepted: uc },
      { start: 7 * GIB, end: 8 * GIB, accepted: wb },
      { start: 8 * GIB, end: 64 * GIB, accepted: accepting([WC]) },
    ]);
    expect(planRegisters(stack, { vcnt: 8 }).counts).toEqual({ manual: 3, kvm: 4, disjoint: 5 });
    const { plan } = planRegisters(stack, { vcnt: 8, discipline: 'kvm' });
    const atHole = plan.ranges.filter(({ start }) => start === 6 * GIB).map(({ type }) => type);
    expect(atHole).toEqual([WB, UC]);
    expect(plan.defaultType).toBe(WC);
  });

  it("counts on AMD's forced WB above 4 GiB, which KVM does not know", () => {
    const wanted = wantedMap(40, [{ start: 0, end: 16 * GIB, accepted: wb }], uc);
    const options = { vcnt: 8, forcedWbEnd: 16 * GIB } as const;
    const syscfg = { msr: 0xc0010010, value: 3n << 21n };
    const tom2 = { msr: 0xc001001d, value: BigInt(16 * GIB) << 12n };
    const found = planRegisters(wanted, options);
    expect(found.counts).toMatchObject({ manual: 1, kvm: 1 });
    expect(provePlan(found, auto, [syscfg, tom2]).lost).toEqual([]);
    const low = planRegisters(
      wantedMap(
        40,
        [
          { start: 0, end: 3 * GIB, accepted: wb },
          { start: 4 * GIB, end: 16 * GIB, accepted: wb },
        ],
        uc,
      ),
      options,
    );
    expect(low.counts).toMatchObject({ manual: 2, kvm: 3 });
    expect(provePlan(low, auto, [syscfg, tom2]).kvm[0]!.differingPages).toBeGreaterThan(0n);
  });

  it('is refused where it is none', () => {
    const one = { start: 0, end: 10, accepted: wb };
    expect(() => wantedMap(36, [one, { ...one, start: 5, end: 20 }])).toThrow('overlaps another range');
    expect(() => wantedMap(36, [{ ...one, end: 0 }])).toThrow('at least one frame');
    expect(() => wantedMap(32, [{ ...one, end: 2 ** 21 }])).toThrow('within 1048576 frames');
    expect(() => wantedMap(36, [{ ...one, accepted: 0 }])).toThrow('at least one type');
    expect(() => planRegisters(wantedMap(36, [one]), { vcnt: 41 })).toThrow('expected an integer 0..40');
    const holes = vcpu({ maxphyaddr: 46, msrs: { 0x200: 6n, 0x201: 0x5800n, 0x2ff: 0x800n } });
    expect(() => ownMap(auto.view(holes, policy('sdm')))).toThrow('more than 1024 stretches');
  });
});

describe('what is lost where the fixed ranges hold the first MiB', () => {
  // WB up to 1.5 MiB but for the VGA window, and 1 MiB of it further up: one range is one too few.
  const wanted = wantedMap(
    36,
    [
      { start: 0, end: 0xa0, accepted: accepting([WB]) },
      { start: 0xc0, end: 0x180, accepted: accepting([WB]) },
      { start: 0x180, end: 0x200, accepted: ANY_TYPE },
      { start: 0x40000, end: 0x40100, accepted: accepting([WB]) },
    ],
    accepting([UC]),
  );
  const lostWith = (fixed: 'always' | 'never') => {
    const { lostPages, leastLostPages, plan } = planRegisters(wanted, { vcnt: 1, fixed });
    return { lostPages, leastLostPages, ranges: plan.ranges };
  };

  it('is more than the least possible, so that memory from 1 MiB on stays cached', () => {
    expect(lostWith('always')).toEqual({
      lostPages: 0x100,
      leastLostPages: 0x80,
      ranges: [{ start: 0, frames: 0x200, type: WB }],
    });
  });

  it('is the least possible where they are not used', () => {
    expect(lostWith('never')).toEqual({
      lostPages: 0x160,
      leastLostPages: 0x160,
      ranges: [{ start: 0x40000, frames: 0x100, type: WB }],
    });
  });
});

describe('a hole in a range', () => {
  const WB_TO_2G = { start: 0, end: 0x80000, accepted: accepting([WB]) };
  const countsOf = (start: number, end: number) => {
    const parts = [
      { ...WB_TO_2G, end: start },
      { start, end, accepted: accepting([UC]) },
      { ...WB_TO_2G, start: end },
    ];
    const map = wantedMap(
      36,
      parts.filter((one) => one.start < one.end),
      accepting([UC]),
    );
    return planRegisters(map, { vcnt: 8, discipline: 'kvm', defaultTypes: [UC] }).counts;
  };

  it('needs a guard under KVM, but not where both begin at one base', () => {
    expect(countsOf(0, 0x10000)).toEqual({ disjoint: 3, kvm: 2, manual: 2 });
    expect(countsOf(0x70000, 0x80000)).toEqual({ disjoint: 3, kvm: 3, manual: 2 });
    expect(countsOf(0x30000, 0x40000)).toEqual({ disjoint: 3, kvm: 3, manual: 2 });
  });
});
