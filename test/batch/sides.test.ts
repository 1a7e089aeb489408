/** Batches of every policy, switch and want against views, and layouts that no batch answers by itself. */
import { describe, expect, it } from 'vitest';
import { addBatchCounts, type Batch, createEvaluatorSync, Evaluator } from '../../src/engine/index.ts';
import { PEER_NAMES, policy, type Quirk } from '../../src/policy/index.ts';
import { type BatchSide, LAYOUT_KINDS, type MsrWrite, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const evaluator = createEvaluatorSync();
const reference = createEvaluatorSync({ engine: 'reference' });
const KINDS = LAYOUT_KINDS.filter((kind) => kind !== 'masks-with-holes');
const QUIRKS: readonly (readonly Quirk[] | undefined)[] = [
  undefined,
  [],
  ['cd-nw-cleared'],
  ['ignore-guest-pat'],
  ['cd-nw-cleared', 'ignore-guest-pat'],
];

/** A machine with random switches, of any policy; the registers come with the layouts. */
function randomSide(rng: Rng, maxphyaddr: number): BatchSide {
  const switches: VcpuInit = {
    maxphyaddr,
    vcnt: 10,
    cr0cd: rng.chance(0.3),
    noncoherentDma: rng.chance(0.7),
    guestHasMtrr: rng.chance(0.8),
    selfSnoop: rng.chance(0.7),
    quirks: rng.pick(QUIRKS),
  };
  return { vcpu: vcpu(switches), policy: rng.pick(POLICIES) };
}

/** The first layout of kind `any` and seed 3 whose MTRRs are off. */
const OFF = 71n;

/** Holds layouts of a run against both other engines. */
function expectAgreement(batch: Batch, count: number): void {
  for (let index = 0n; index < count; index++) {
    expect(batch.disagreement(index, evaluator)).toBeUndefined();
    if (index < 3n) expect(batch.disagreement(index, reference)).toBeUndefined();
  }
}

describe('a batch', () => {
  it('answers under every policy and switch as views do', () => {
    const rng = new Rng(5);
    for (let n = 0; n < rounds(60, 1500); n++) {
      const maxphyaddr = rng.pick([32, 36, 46, 52]);
      const sides = Array.from({ length: rng.between(1, 2) }, () => randomSide(rng, maxphyaddr));
      const ask = { sides, kind: rng.pick(KINDS), seed: rng.bits(64), ranges: [0, 10] } as const;
      using batch = evaluator.batch(ask);
      expectAgreement(batch, 12);
    }
  });

  it('answers each combination of switches under each policy as views do', () => {
    const isOff = (writes: readonly MsrWrite[]): boolean =>
      writes.some(({ msr, value }) => msr === 0x2ff && (value & 0x800n) === 0n);
    for (const rules of POLICIES)
      for (const quirks of QUIRKS)
        for (let bits = 0; bits < 16; bits++) {
          const guest = vcpu({
            maxphyaddr: 36,
            cr0cd: (bits & 1) !== 0,
            noncoherentDma: (bits & 2) !== 0,
            guestHasMtrr: (bits & 4) !== 0,
            selfSnoop: (bits & 8) !== 0,
            quirks,
          });
          using batch = evaluator.batch({ sides: [{ vcpu: guest, policy: rules }], kind: 'any', seed: 3n });
          expect(batch.disagreement(0n, evaluator)).toBeUndefined();
          expect(isOff(batch.layout(OFF))).toBe(true);
          expect(batch.disagreement(OFF, evaluator)).toBeUndefined();
        }
  });

  it('compares MTRR types too, whatever becomes of them in entries', () => {
    const guest = vcpu({ maxphyaddr: 40 });
    const sides = ['sdm', 'kvm-6.6'].map((name) => ({ vcpu: guest, policy: policy(name) }));
    using types = evaluator.batch({ sides, want: 'mtrr', kind: 'any' });
    using entries = evaluator.batch({ sides, kind: 'any' });
    expectAgreement(types, rounds(60, 2000));
    expect(types.run(0n, 100).matrix.every(({ a }) => !('ipat' in a))).toBe(true);
    expect(entries.run(0n, 100).matrix.every(({ b }) => b.type === 6 && b.ipat === 1)).toBe(true);
  });

  it('leaves to views what it does not know, and counts it all the same', () => {
    const guest = vcpu({ maxphyaddr: 36, noncoherentDma: true });
    const sides: readonly BatchSide[] = [
      ...PEER_NAMES.map((name) => ({ vcpu: guest, policy: policy(name) })),
      { vcpu: vcpu({ ...guest, mmio: [{ start: 0x80000, end: 0x80100 }] }), policy: policy('kvm-5.16') },
    ];
    const manual = { vcpu: guest, policy: policy('sdm') };
    for (const pair of sides.flatMap((side) => [[manual, side], [side, manual], [side]])) {
      using batch = evaluator.batch({ sides: pair, kind: 'any' });
      const whole = batch.run(0n, 9);
      expect(whole.layouts).toBe(9n);
      expect(whole.matrix.reduce((sum, { pages }) => sum + pages, 0n)).toBe(9n << 24n);
      expect(addBatchCounts(batch.run(0n, 4), batch.run(4n, 5), 20)).toEqual(whole);
      expectAgreement(batch, 9);
    }
  });

  it('leaves all layouts to views where the host is AMD', () => {
    const guest = vcpu({ maxphyaddr: 36, noncoherentDma: true, vendor: 'amd' });
    const engine = createAutoEngine(loadWasm());
    const batch = engine.batch!({
      layouts: { kind: 'any', seed: 1n, ranges: [0, 8] },
      sides: [{ vcpu: guest, policy: policy('kvm-5.16') }],
      want: 'ept',
      smallest: 0,
      list: false,
      theorem: false,
    });
    expect(batch.run(0n, 3)).toMatchObject({ layouts: 0n, left: [0, 1, 2] });
    engine.dispose();
  });

  it('answers by itself the layouts that it is given, but for those that it does not know', () => {
    const module = loadWasm();
    const { exports } = module;
    const left: number[] = [];
    const batchLayouts: typeof exports.batchLayouts = (...given) => {
      const count = exports.batchLayouts(...given);
      left.push(count);
      return count;
    };
    Object.defineProperty(module, 'exports', { value: { ...exports, batchLayouts } });
    using counted = new Evaluator(createAutoEngine(module));
    const sides = ['sdm', 'kvm-5.16'].map((name) => ({
      vcpu: vcpu({ maxphyaddr: 46, noncoherentDma: true }),
      policy: policy(name),
    }));
    using batch = counted.batch({ sides, kind: 'any' });
    const layouts = Array.from({ length: 50 }, (_, index) => batch.layout(BigInt(index)));
    batch.runLayouts(0n, layouts);
    const pat = [{ msr: 0x277, value: 0x0007040600070406n }];
    batch.runLayouts(0n, [[...layouts[0]!, ...pat], []]);
    expect(left).toEqual([0, 0]);
    const holes: MsrWrite[] = [
      { msr: 0x2ff, value: 0x806n },
      { msr: 0x200, value: 0n },
      { msr: 0x201, value: 0x3f_ff50_0000_0800n & 0x3fff_ffff_ffffn },
    ];
    batch.runLayouts(0n, [holes, layouts[0]!]);
    expect(left).toEqual([0, 0, 1]);
  });

  it('asks views for masks with holes', () => {
    const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
    const sides = ['sdm', 'kvm-5.16'].map((name) => ({ vcpu: guest, policy: policy(name) }));
    using batch = evaluator.batch({ sides, kind: 'masks-with-holes', list: true, theorem: true });
    const whole = batch.run(0n, 40);
    let pages = 0n;
    for (let index = 0n; index < 40n; index++) {
      const [a, b] = sides.map((side) =>
        evaluator.view({ ...side.vcpu, msrs: batch.layout(index) }, side.policy),
      );
      const { pages: some } = a!.compare(b!);
      pages += some;
      expect(whole.found.find((one) => one.index === index)?.pages ?? 0n).toBe(some);
      for (const view of [a!, b!]) view.dispose();
    }
    expect(whole.byRanges.reduce((sum, one) => sum + one.pages, 0n)).toBe(pages);
    expect(whole.theorem.held).toBeLessThan(40n);
  });
});

it('keeps none of the smallest layouts where none is asked for', () => {
  const guest = vcpu({ maxphyaddr: 36, noncoherentDma: true });
  const sides = ['sdm', 'kvm-5.16'].map((name) => ({ vcpu: guest, policy: policy(name) }));
  using none = evaluator.batch({ sides, kind: 'any', smallest: 0 });
  using some = evaluator.batch({ sides, kind: 'any', smallest: 3 });
  const kept = some.run(0n, 60);
  expect(kept.smallest).toHaveLength(3);
  expect(none.run(0n, 60)).toEqual({ ...kept, smallest: [] });
});

describe('layouts that are handed in', () => {
  it.each<[string, readonly [number, bigint]]>([
    ['a type of 8 and more in a fixed range', [0x250, 0x0606_0606_0606_0906n]],
    ['a reserved type in a fixed range', [0x26f, 0x0206_0606_0606_0606n]],
    ['a type of 8 and more in a range', [0x200, 0x4000_0008n]],
    ['a default type of 8 and more', [0x2ff, 0x80cn]],
    ['a reserved default type', [0x2ff, 0x803n]],
    ['a reserved bit of IA32_MTRR_DEF_TYPE', [0x2ff, 0x1806n]],
    ['a high bit of IA32_MTRR_DEF_TYPE', [0x2ff, 0x1_0000_0806n]],
    ...[2n, 3n, 7n, 8n, 0x16n, 0x26n, 0x46n, 0x86n].flatMap((type): [string, [number, bigint]][] => [
      [`0x${type.toString(16)} as default type`, [0x2ff, 0x800n | type]],
      [`0x${type.toString(16)} as type of a range`, [0x200, 0x4000_0000n | type]],
    ]),
    ...[0x250, 0x26f, 0x277].flatMap((msr) =>
      Array.from({ length: 8 }, (__, byte): [string, [number, bigint]] => [
        `byte ${byte} of 0x${msr.toString(16)}`,
        [msr, 2n << BigInt(8 * byte)],
      ]),
    ),
  ])('are refused where a WRMSR would be: %s', (_, [msr, value]) => {
    const guest = vcpu({ maxphyaddr: 36, noncoherentDma: true });
    const right: readonly (readonly [number, bigint])[] = [
      [0x200, 0x4000_0006n],
      [0x201, 0xf_c000_0800n],
      [0x250, 0x0606_0606_0606_0606n],
      [0x26f, 0x0606_0606_0606_0606n],
      [0x277, 0x0007_0406_0007_0406n],
      [0x2ff, 0xc00n],
    ];
    const wrong = right.map((write) => (write[0] === msr ? ([msr, value] as const) : write));
    const layouts = [right, wrong, right].map((writes) => writes.map(([at, to]) => ({ msr: at, value: to })));
    for (const name of ['sdm', 'kvm-5.16']) {
      using batch = evaluator.batch({ sides: [{ vcpu: guest, policy: policy(name) }] });
      const counted = batch.runLayouts(0n, layouts);
      expect({ name, layouts: counted.layouts, refused: counted.refused }).toEqual({
        name,
        layouts: 2n,
        refused: 1n,
      });
    }
  });

  it.each(VCPU_KINDS)('are answered, or refused, as views do: %s', (kind) => {
    const rng = new Rng(31 + VCPU_KINDS.indexOf(kind));
    const maxphyaddr = 36;
    const guest = vcpu({ maxphyaddr, noncoherentDma: true });
    const layouts = Array.from({ length: rounds(40, 400) }, () => {
      const { msrs } = vcpu(randomVcpu(rng, kind));
      return msrs;
    });
    for (const name of ['kvm-5.16', 'kvm-6.16']) {
      const sides = ['sdm', name].map((each) => ({ vcpu: guest, policy: policy(each) }));
      using batch = evaluator.batch({ sides });
      const { layouts: counted, refused } = batch.runLayouts(5n, layouts);
      const isRefused = (msrs: readonly MsrWrite[]): boolean => {
        try {
          for (const side of sides) evaluator.view({ ...side.vcpu, msrs }, side.policy).dispose();
          return false;
        } catch {
          return true;
        }
      };
      expect([counted + refused, refused]).toEqual([
        BigInt(layouts.length),
        BigInt(layouts.filter(isRefused).length),
      ]);
      for (const [place, layout] of layouts.entries()) {
        expect(batch.layoutDisagreement(BigInt(place), layout, evaluator)).toBeUndefined();
      }
    }
  });
});

describe('a wrong rule in a batch', () => {
  it.each([
    ['kvm-6.16', 'kvm-5.16'],
    ['sdm', 'kvm-5.16'],
    ['kvm-5.16', 'sdm'],
  ])('is found: %s where %s was asked', (wrong, asked) => {
    const auto = createAutoEngine(loadWasm());
    using lying = new Evaluator({
      ...auto,
      batch: (question) =>
        auto.batch!({
          ...question,
          sides: [{ ...question.sides[0], policy: policy(wrong) }],
        }),
    });
    const guest = vcpu({ maxphyaddr: 46, noncoherentDma: true });
    using batch = lying.batch({ sides: [{ vcpu: guest, policy: policy(asked) }], kind: 'uc-holes' });
    const found = Array.from({ length: 100 }, (_, index) => batch.disagreement(BigInt(index), evaluator));
    expect(found.filter((one) => one !== undefined).length).toBeGreaterThan(20);
    expect(found.find((one) => one !== undefined)?.views.layouts).toBe(1n);
  });
});

it.each<[string, object, string]>([
  ['no side', { sides: [] }, 'sides: expected one side or two, got 0'],
  [
    'another space',
    { sides: [46, 36].map((maxphyaddr) => ({ vcpu: vcpu({ maxphyaddr }), policy: policy('sdm') })) },
    'sides.1.vcpu.maxphyaddr: expected 46 as on the first side',
  ],
  ['a want', { want: 'levels' }, 'want: expected one of mtrr, ept'],
  ['a kind', { kind: 'typica' }, 'did you mean "typical"?'],
  ['a seed', { seed: 1 }, 'seed: expected a bigint of 64 bits, got 1'],
  ['ranges', { ranges: [1, 11] }, 'ranges.1: expected an integer 1..10, got 11'],
  ['smallest', { smallest: 65 }, 'smallest: expected an integer 0..64, got 65'],
  ['a key', { side: [] }, 'unknown key "side"'],
])('refuses %s that cannot be', (_name, init, message) => {
  const sides = [{ vcpu: vcpu({ maxphyaddr: 46 }), policy: policy('sdm') }];
  expect(() => evaluator.batch({ sides, ...init } as never)).toThrow(message);
});

it('has no batches but with auto', () => {
  const sides = [{ vcpu: vcpu({ maxphyaddr: 46 }), policy: policy('sdm') }];
  expect(() => reference.batch({ sides })).toThrow('engine: expected auto: reference has no batches');
});
