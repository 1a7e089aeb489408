/** The fast engine against the reference, which asks the rules page by page, and its shortcuts one by one. */
import { afterAll, describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { type Policy, policy, wantsOf } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { frameCount, TYPE_TILE_FRAMES, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, loadWasm } from '../../src/wasm/index.ts';
import { backends } from '../backends.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const auto = createAutoEngine(loadWasm());
const reference = createReferenceEngine();
afterAll(() => {
  auto.dispose();
  reference.dispose();
});

function openBoth(init: VcpuInit, rule: Policy): readonly [EngineView, EngineView] | undefined {
  try {
    return [auto.open(vcpu(init), rule), reference.open(vcpu(init), rule)];
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

/** Everything that can be asked about some frames, asked of one view. */
function answers(view: EngineView, first: number, count: number): unknown {
  const range = { start: first, end: first + count };
  const gfns = Float64Array.from({ length: count }, (_, i) => first + i);
  return {
    types: [...view.types(first, count)],
    entries: [...view.entries(first, count)],
    typesOf: [...view.typesOf(gfns)],
    entriesOf: [...view.entriesOf(gfns)],
    digest: view.digest(range),
    spans: wantsOf(view.policy).map((want) => [
      want,
      [...view.spans(want, { range })],
      view.totals(want, { range }),
    ]),
  };
}

function expectSame([fast, plain]: readonly [EngineView, EngineView], first: number, count: number): void {
  const where = `${fast.policy.name}, ${count} frames from 0x${first.toString(16)}`;
  expect(answers(fast, first, count), where).toEqual(answers(plain, first, count));
}

describe.each(VCPU_KINDS.filter((kind) => kind !== 'refused'))(
  'auto equals the reference on %s VMs',
  (kind) => {
    it('in windows of any start', () => {
      const rng = new Rng(500 + VCPU_KINDS.indexOf(kind));
      for (let i = 0; i < rounds(5, 12); i++) {
        const init = randomVcpu(rng, kind);
        const views = openBoth(init, kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES));
        if (!views) continue;
        const frames = frameCount(init.maxphyaddr);
        for (let window = 0; window < 3; window++) {
          const mark = rng.chance(0.7) ? rng.pick(interestingFrames(init)) : rng.below(frames);
          const first = Math.max(0, Math.min(mark - rng.below(300), frames - 600));
          expectSame(views, first, rng.pick([1, 90, 600]));
        }
        for (const view of views) view.dispose();
      }
    });
  },
);

describe('effective types where a mask with holes cuts 2^40 frames into pages that alternate', () => {
  // SDM vol. 3A, 13.11.2.3: the mask looks at one address bit, so that every other page is of the range's type.
  const striped = { 0x2ff: 0x806n, 0x200: 0n, 0x201: 0x1800n };
  const whole = { start: 0, end: 2 ** 40 };
  const open = (init: Partial<VcpuInit>) =>
    openBoth({ maxphyaddr: 52, msrs: striped, ...init }, policy('sdm'))!;

  it.each([
    ['PAT WC', 1, {}],
    ['PAT UC', 0, {}],
    ['CR0.CD', 6, { cr0cd: true }],
  ] as const)('are one span under %s', (_, pat, init) => {
    for (const view of open(init)) {
      expect([...view.spans('effective', { pat })]).toEqual([{ ...whole, type: pat === 6 ? 0 : pat }]);
    }
  });

  it('end where others begin', () => {
    // UC and WT alternate in the lower half, and come to UC through PAT UC-; the upper half is WC, and stays so.
    const msrs = {
      0x200: 0n,
      0x201: 0x8000000001800n,
      0x202: 0x8000000000001n,
      0x203: 0x8000000000800n,
      0x2ff: 0x804n,
    };
    for (const view of open({ msrs })) {
      expect([...view.spans('effective', { pat: 7, range: { start: 1, end: 2 ** 40 } })]).toEqual([
        { start: 1, end: 2 ** 39, type: 0 },
        { start: 2 ** 39, end: 2 ** 40, type: 1 },
      ]);
    }
  });

  it('are walked where they alternate', () => {
    for (const view of open({})) {
      const spans = view.spans('effective', { range: { start: 2 ** 39 + 1, end: 2 ** 40 }, pat: 6 });
      expect([spans.next().value, spans.next().value]).toEqual([
        { start: 2 ** 39 + 1, end: 2 ** 39 + 2, type: 6 },
        { start: 2 ** 39 + 2, end: 2 ** 39 + 3, type: 0 },
      ]);
    }
  });
});

describe.each(['holes', 'many-ranges'] as const)('pages by type, counted by blocks, of %s VMs', (kind) => {
  it('are those of the tiles, in ranges of any size', () => {
    const rng = new Rng(kind.length);
    for (let i = 0; i < rounds(10, 40); i++) {
      const init = randomVcpu(rng, kind);
      const view = auto.open(vcpu(init), policy('sdm'));
      // Several ranges of one view: what blocks hold is remembered from one to the next.
      for (const most of [0x300, 0x4000, 0x80000]) {
        const start = Math.max(0, rng.pick(interestingFrames(init)) - rng.below(most));
        const end = Math.min(start + rng.between(1, most), frameCount(init.maxphyaddr));
        const pages = new Map<number, bigint>();
        for (let first = start; first < end; first += TYPE_TILE_FRAMES) {
          for (const type of view.types(first, Math.min(TYPE_TILE_FRAMES, end - first))) {
            pages.set(type, (pages.get(type) ?? 0n) + 1n);
          }
        }
        const totals = view.totals('mtrr', { range: { start, end } });
        expect(new Map(totals.map((total) => [total.type! & 0xff, total.pages])), `${start}-${end}`).toEqual(
          pages,
        );
      }
      view.dispose();
    }
  });
});

describe('what a lookup leaves out, each bit of a frame number', () => {
  // One range of a single frame: a lookup that ignores a bit finds it twice.
  const gfn = 0xa5_5a5a_5a5a;
  const [base, mask] = [0xa_55a5_a5a5_a006n, 0xf_ffff_ffff_f800n];
  it.each([
    ['a contiguous mask', mask],
    ['a mask with a hole', mask & ~(1n << 30n)],
  ])('is compared under %s', (_, compared) => {
    const init = { maxphyaddr: 52, msrs: { 0x200: base, 0x201: compared, 0x2ff: 0x805n } };
    const view = auto.open(vcpu(init), policy('sdm'));
    const hole = compared === mask ? [] : [18];
    const frames = Array.from({ length: 40 }, (__, bit) => gfn + ((gfn / 2 ** bit) & 1 ? -1 : 1) * 2 ** bit);
    const expected = frames.map((_frame, bit) => (hole.includes(bit) ? 6 : 5));
    expect([...view.typesOf(Float64Array.from([gfn, ...frames]))]).toEqual([6, ...expected]);
    expect([gfn, ...frames].map((frame) => view.types(frame, 1)[0])).toEqual([6, ...expected]);
    const singles = [gfn, ...frames].map((frame) => [
      ...view.spans('mtrr', { range: { start: frame, end: frame + 1 } }),
    ]);
    expect(singles.map(([span]) => span!.type)).toEqual([6, ...expected]);
    const entries = view.entriesOf(Float64Array.from([gfn, ...frames]));
    expect([...entries].map((entry) => Number((entry >> 3n) & 7n))).toEqual([6, ...expected]);
    expect(view.totals('mtrr')).toEqual([
      { type: 5, pages: 2n ** 40n - (hole.length ? 2n : 1n) },
      { type: 6, pages: hole.length ? 2n : 1n },
    ]);
    view.dispose();
  });
});

describe('below 1 MiB', () => {
  it('each fixed range has its own byte', () => {
    const types = [0n, 1n, 4n, 5n, 6n];
    const msrs: [number, bigint][] = [];
    const expected: number[] = [];
    const sizes = [
      [0x250, 16],
      [0x258, 4],
      [0x259, 4],
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [0x268 + n, 1]),
    ];
    for (const [index, [msr, frames]] of sizes.entries()) {
      let value = 0n;
      for (let byte = 0; byte < 8; byte++) {
        const type = types[(3 * index + byte + (byte >> 2)) % 5]!;
        value |= type << BigInt(8 * byte);
        expected.push(...Array<number>(frames!).fill(Number(type)));
      }
      msrs.push([msr!, value]);
    }
    const init = { maxphyaddr: 36, noncoherentDma: true, msrs: [...msrs, [0x2ff, 0xc06n] as const] };
    for (const name of ['sdm', 'kvm-5.16']) {
      const view = auto.open(vcpu(init), policy(name));
      expect([...view.types(0, 256)]).toEqual(expected);
      expect([...view.typesOf(Float64Array.from({ length: 256 }, (_, i) => i))]).toEqual(expected);
      view.dispose();
    }
  });
});

describe('where several things meet in one pattern', () => {
  it('TOP_MEM2 changes the default of patterns that are otherwise alike', () => {
    const init = {
      maxphyaddr: 40,
      msrs: { 0x200: 4n, 0x201: 0x1800n, 0x2ff: 0x801n, 0xc0010010: 0x600000n, 0xc001001d: 0x1_4000_0000n },
    };
    const views = openBoth(init, policy('sdm'))!;
    for (const first of [0x100000 - 512, 0x140000 - 512]) expectSame(views, first, 1024);
    for (const view of views) view.dispose();
  });
});

describe('MTRRCAP stated twice', () => {
  it.each(backends)('counts as it was stated last on $name', ({ create }) => {
    const engine = create();
    const write = [0x200 + 2 * 9, 6n] as const;
    const open = (...counts: bigint[]) =>
      engine.open(
        vcpu({ maxphyaddr: 36, msrs: [...counts.map((n) => [0xfe, n] as const), write] }),
        policy('sdm'),
      );
    expect(() => open(10n, 9n)).toThrow(WrmsrFault);
    expect(() => open(9n, 10n).dispose()).not.toThrow();
    expect(() => open(0xffn).dispose()).not.toThrow();
    engine.dispose();
  });
});
