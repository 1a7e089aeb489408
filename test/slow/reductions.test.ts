/**
 * Reductions, comparisons, batches and lookups of `auto`, none of which visits pages, against every page of
 * `direct` on ranges of up to 2^24 pages, and against the reference on sampled and boundary pages.
 */
import { describe, expect, it } from 'vitest';
import { anyMasks, type Machine, SDM, sparse, withHoles } from '../../bench/machines.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { UNDEFINED } from '../../src/types.ts';
import { reduced } from '../../src/verify/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { frameCount, TYPE_TILE_FRAMES, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';

const KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused');
const MOST_PAGES = 2 ** 24;
const SAMPLES = 300;

interface Case {
  readonly init: VcpuInit;
  readonly auto: EngineView;
  readonly direct: EngineView;
  readonly reference: EngineView;
}

const auto = createAutoEngine(loadWasm());
const direct = createDirectEngine(loadWasm());
const reference = createReferenceEngine();

function opened(rng: Rng, kind: (typeof KINDS)[number]): Case {
  const init = randomVcpu(rng, kind);
  const rule = kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES);
  const machine = vcpu(init);
  const views = [auto, direct, reference].map((engine) => engine.open(machine, rule));
  return { init, auto: views[0]!, direct: views[1]!, reference: views[2]! };
}

function close(...views: readonly EngineView[]): void {
  for (const view of views) view.dispose();
}

/** Frames at edges and anywhere. */
function sampledFrames(rng: Rng, init: VcpuInit): Float64Array {
  const frames = frameCount(init.maxphyaddr);
  const marks = interestingFrames(init);
  const edges = marks.flatMap((mark) => [mark - 1, mark, mark + 1]);
  const anywhere = Array.from({ length: SAMPLES }, () => rng.below(frames));
  return Float64Array.from([...edges, ...anywhere].filter((gfn) => gfn >= 0 && gfn < frames));
}

/** Pages for which two views have different types, and by pair of types. */
function differingTypes(a: EngineView, b: EngineView, start: number, end: number): Map<string, number> {
  const counts = new Map<number, number>();
  for (let first = start; first < end; first += TYPE_TILE_FRAMES) {
    const count = Math.min(TYPE_TILE_FRAMES, end - first);
    const left = Buffer.from(a.types(first, count));
    const right = b.types(first, count);
    for (let i = 0; i < count; i++) {
      const pair = left[i]! * 256 + right[i]!;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  const named = (type: number): number => (type === 0xff ? UNDEFINED : type);
  return new Map([...counts].map(([pair, pages]) => [`${named(pair >> 8)} ${named(pair & 255)}`, pages]));
}

describe('reductions', () => {
  it('equal every page of direct, and the reference where it is asked', { timeout: 600_000 }, () => {
    const rng = new Rng(20_261_124);
    let pages = 0;
    let sampled = 0;
    for (let n = 0; n < 90; n++) {
      const one = opened(rng, KINDS[n % KINDS.length]!);
      const frames = frameCount(one.init.maxphyaddr);
      // A whole small space, or a long stretch around an edge.
      const count = Math.min(frames, n % 9 === 0 ? MOST_PAGES : rng.between(2 ** 18, 2 ** 21));
      const start = Math.max(
        0,
        Math.min(frames - count, rng.pick(interestingFrames(one.init)) - rng.below(count)),
      );
      const range = { start, end: start + count };
      expect({ n, ...reduced(one.auto, range) }).toEqual({ n, ...one.direct.visit!(range) });
      pages += count;

      const gfns = sampledFrames(rng, one.init);
      expect([...one.auto.typesOf(gfns)]).toEqual([...one.reference.typesOf(gfns)]);
      expect([...one.auto.entriesOf(gfns)]).toEqual([...one.reference.entriesOf(gfns)]);
      expect([...one.direct.entriesOf(gfns)]).toEqual([...one.reference.entriesOf(gfns)]);
      for (const gfn of gfns) {
        const page = { start: gfn, end: gfn + 1 };
        expect(one.auto.digest(page)).toBe(one.reference.entries(gfn, 1)[0]);
      }
      sampled += gfns.length;
      close(one.auto, one.direct, one.reference);
    }
    console.log(`reductions: ${pages} pages visited by direct, ${sampled} asked of the reference, 0 differ`);
    expect(pages).toBeGreaterThan(2 ** 27);
  });

  const machines: readonly (readonly [string, (seed: number) => Machine])[] = [
    ['holes', withHoles],
    ['any masks', (seed) => anyMasks(seed, 10)],
    ['masks of 1 to 3 bits', sparse],
  ];
  it.each(machines)('of the first 2^24 pages, ten ranges, %s', { timeout: 600_000 }, (_name, machineOf) => {
    for (let seed = 1; seed <= 4; seed++) {
      const { vcpu: machine } = machineOf(seed);
      const [fast, slow] = [auto.open(machine, SDM), direct.open(machine, SDM)];
      const range = { start: 0, end: MOST_PAGES };
      expect(reduced(fast, range)).toEqual(slow.visit!(range));
      close(fast, slow);
    }
  });
});

describe('comparisons', () => {
  it('equal every page of direct on both sides', { timeout: 600_000 }, () => {
    const rng = new Rng(20_261_125);
    let pages = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const machineOf = rng.pick([withHoles, sparse]);
      const [left, right] = [machineOf(seed).vcpu, machineOf(seed + 100).vcpu];
      const sides = [auto.open(left, SDM), auto.open(right, SDM)] as const;
      const slow = [direct.open(left, SDM), direct.open(right, SDM)] as const;
      const count = seed === 1 ? MOST_PAGES : 2 ** 20;
      const start = seed === 1 ? 0 : rng.below(2 ** 22);
      const range = { start, end: start + count };
      const expected = differingTypes(slow[0], slow[1], range.start, range.end);
      const comparison = auto.compare!(sides[0], sides[1], 'ept', { range });
      const found = new Map(
        comparison.matrix.map(({ a, b, pages: each }) => [`${a.type} ${b.type}`, Number(each)]),
      );
      expect({ seed, matrix: [...found].sort() }).toEqual({ seed, matrix: [...expected].sort() });
      let first: number | undefined;
      for (const span of comparison.spans()) {
        first = span.start;
        break;
      }
      if (first !== undefined) {
        const [a, b] = [slow[0].types(first, 1)[0], slow[1].types(first, 1)[0]];
        expect(a).not.toBe(b);
        expect(differingTypes(slow[0], slow[1], range.start, first).size).toBeLessThanOrEqual(5);
        for (const pair of differingTypes(slow[0], slow[1], range.start, first).keys()) {
          const [x, y] = pair.split(' ');
          expect(x).toBe(y);
        }
      }
      pages += count;
      close(...sides, ...slow);
    }
    console.log(`comparisons: ${pages} pages visited by direct on both sides, 0 differ`);
  });
});

describe('batches', () => {
  it('equal every page of direct, config by config', { timeout: 600_000 }, () => {
    const rng = new Rng(20_261_126);
    const items = Array.from({ length: 60 }, () => ({
      vcpu: vcpu({
        ...randomVcpu(rng, rng.pick(['typical', 'holes', 'overlapping', 'odd-bases'])),
        maxphyaddr: 52,
      }),
      policy: rng.pick(POLICIES),
    }));
    const evaluator = createEvaluatorSync();
    const range = { start: 0, end: 2 ** 21 };
    const results = [...evaluator.evaluateMany(items, 'ept', { range })];
    items.forEach((item, n) => {
      const result = results[n]!;
      if ('error' in result) {
        expect(() => reference.open(item.vcpu, item.policy)).toThrow(result.error.message);
        return;
      }
      const view = direct.open(item.vcpu, item.policy);
      const { pages } = view.visit!(range);
      const counted = new Array<number>(8).fill(0);
      for (const total of result.totals) {
        const type = total.type === UNDEFINED ? 7 : total.type!;
        counted[type] = counted[type]! + Number(total.pages);
      }
      expect({ n, counted }).toEqual({ n, counted: pages });
      close(view);
    });
  });
});
