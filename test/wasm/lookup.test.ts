/** Frames in any order, long tiles, and many configs: the same answers as tiles of consecutive frames give. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { frameCount, TILE_FRAMES, TYPE_TILE_FRAMES, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused');

/** Frames near edges and anywhere, some of them twice. */
function someFrames(rng: Rng, init: VcpuInit): Float64Array {
  const frames = frameCount(init.maxphyaddr);
  const marks = interestingFrames(init);
  const near = Array.from({ length: 150 }, () => rng.pick(marks) + rng.between(-2, 2));
  const anywhere = Array.from({ length: 100 }, () => rng.below(frames));
  const low = Array.from({ length: 50 }, () => rng.below(0x120));
  const inside = [...near, ...anywhere, ...low].filter((gfn) => gfn >= 0 && gfn < frames);
  return Float64Array.from(rng.shuffled([...inside, inside[0]!]));
}

describe.each(backends)('lookups in any order, $name', ({ create }) => {
  it('equal tiles of one frame', () => {
    const engine = create();
    const rng = new Rng(55);
    for (let n = 0; n < rounds(14, 40); n++) {
      const kind = KINDS[n % KINDS.length]!;
      const init = randomVcpu(rng, kind);
      const view = engine.open(vcpu(init), kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES));
      const gfns = someFrames(rng, init);
      expect([...view.typesOf(gfns)]).toEqual([...gfns].map((gfn) => view.types(gfn, 1)[0]));
      expect([...view.entriesOf(gfns)]).toEqual([...gfns].map((gfn) => view.entries(gfn, 1)[0]));
      view.dispose();
    }
  });

  it('take TOM2 and fixed ranges into account', () => {
    const view = create().open(
      vcpu({
        maxphyaddr: 40,
        msrs: [
          [0x200, 0x140000001n],
          [0x201, 0xffc0000800n],
          [0x250, 0x0501040600010405n],
          [0xc0010010, 0x600000n],
          [0xc001001d, 0x200000000n],
          [0x2ff, 0xc00n],
        ],
      }),
      policy('sdm'),
    );
    const gfns = Float64Array.of(
      0x100000,
      0,
      0x1fffff,
      0x10,
      0x200000,
      0x140000,
      0xfffff,
      0x17ffff,
      0x7f,
      0x100,
    );
    expect([...view.typesOf(gfns)]).toEqual([6, 5, 6, 4, 0, 1, 0, 1, 5, 0]);
  });

  it.each([
    ['a fraction', 1.5],
    ['a negative', -1],
    ['one beyond the space', 2 ** 24],
    ['no number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
  ])('refuse %s, wherever it stands', (_name, bad) => {
    const view = create().open(vcpu({ maxphyaddr: 36 }), policy('sdm'));
    for (const index of [0, 3, 7, 8, 20, 22]) {
      const gfns = new Float64Array(23).fill(2 ** 24 - 1);
      gfns[index] = bad;
      expect(() => view.typesOf(gfns)).toThrow(expect.objectContaining({ path: `gfns.${index}` }));
      expect(() => view.entriesOf(gfns)).toThrow(expect.objectContaining({ path: `gfns.${index}` }));
    }
    expect(view.typesOf(new Float64Array(0))).toHaveLength(0);
    expect(() => view.typesOf(new Float64Array(TILE_FRAMES + 1))).toThrow('at most 16384 frames');
  });
});

describe.each(backends.filter(({ name }) => name !== 'reference'))(
  'long tiles of types, $name',
  ({ create }) => {
    it('equal short ones', () => {
      const engine = create();
      const rng = new Rng(56);
      for (const kind of KINDS) {
        const init = randomVcpu(rng, kind);
        const view = engine.open(vcpu(init), policy('sdm'));
        const first = Math.min(
          rng.pick(interestingFrames(init)),
          frameCount(init.maxphyaddr) - TYPE_TILE_FRAMES,
        );
        const long = Buffer.from(view.types(first, TYPE_TILE_FRAMES));
        for (let at = 0; at < TYPE_TILE_FRAMES; at += TILE_FRAMES) {
          expect(
            Buffer.from(view.types(first + at, TILE_FRAMES)).equals(long.subarray(at, at + TILE_FRAMES)),
          ).toBe(true);
        }
        view.dispose();
      }
      const view = engine.open(vcpu({ maxphyaddr: 52 }), policy('sdm'));
      expect(() => view.types(0, TYPE_TILE_FRAMES + 1)).toThrow('expected 0..131072 frames');
    });
  },
);

describe('evaluateMany', () => {
  const good = (type: bigint) => ({
    vcpu: vcpu({ maxphyaddr: 36, msrs: [[0x2ff, 0x800n | type]] }),
    policy: policy('sdm'),
  });

  it('answers the others where one in the middle is bad', () => {
    const refused = { vcpu: vcpu({ maxphyaddr: 36, msrs: [[0x2ff, 0x802n]] }), policy: policy('sdm') };
    const noTypes = { ...good(6n), policy: policy('kvm-6.16') };
    const items = [good(6n), refused, good(0n), noTypes, good(4n)];
    const evaluator = createEvaluatorSync();
    const results = [...evaluator.evaluateMany(items, 'mtrr')];
    const pages = 2n ** 24n;
    expect(results[0]).toEqual({ totals: [{ type: 6, pages }] });
    expect(results[1]).toMatchObject({ error: { code: 'wrmsr-gp', msr: 0x2ff } });
    expect((results[1] as { error: unknown }).error).toBeInstanceOf(WrmsrFault);
    expect(results[2]).toEqual({ totals: [{ type: 0, pages }] });
    expect(results[3]).toMatchObject({ error: { code: 'bad-request' } });
    expect(results[4]).toEqual({ totals: [{ type: 4, pages }] });
    evaluator.dispose();
  });

  it('gives what views give one by one', () => {
    const rng = new Rng(57);
    const items = Array.from({ length: 200 }, () => ({
      vcpu: vcpu(randomVcpu(rng, rng.pick(KINDS.filter((kind) => kind !== 'many-ranges')))),
      policy: rng.pick(POLICIES),
    }));
    const evaluator = createEvaluatorSync();
    const results = [...evaluator.evaluateMany(items, 'ept')];
    items.forEach((item, i) => {
      const view = evaluator.view(item.vcpu, item.policy);
      expect(results[i]).toEqual({ totals: view.totals('ept') });
      view.dispose();
    });
  });
});
