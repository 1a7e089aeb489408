/**
 * Comparisons that run out of room: where states, verdicts and blocks of a call are few, what is counted and listed is
 * the same. The host gives thousands, which no small machine fills, so that the calls are given less here.
 */
import { describe, expect, it } from 'vitest';
import {
  COMPARE_CAPACITY,
  COMPARE_HASH,
  COMPARE_MEMO_MASK,
  COMPARE_PLAN_A,
  COMPARE_PLAN_B,
} from '../../assembly/auto/compare-layout.ts';
import {
  PLAN_HOLE_BITS,
  PLAN_MEMO,
  PLAN_MEMO_MASK,
  PLAN_MEMO_USED,
} from '../../assembly/auto/plan-layout.ts';
import { policy } from '../../src/policy/index.ts';
import type { GfnRange, Want } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm, type WasmModule } from '../../src/wasm/index.ts';
import { rounds } from '../rounds.ts';
import { comparisonOf, keyOf } from './by-pages.ts';

interface Room {
  readonly states: number;
  /** Slots of memos: a power of two. */
  readonly memo: number;
  readonly blocks: number;
}

/** States that the host gives room for at first. */
const FEW_STATES = 1 << 12;
const DIRT = 0xa5;
const AMPLE: Room = { states: 1 << 16, memo: 1 << 12, blocks: 1 << 20 };

/** A module whose comparisons have no more room than that. */
function moduleWith({ states, memo, blocks }: Room): WasmModule {
  const module = loadWasm();
  const { exports } = module;
  const word = (at: number): number => module.words[at / 4]!;
  const put = (at: number, value: number): void => {
    module.words[at / 4] = value;
  };
  const atMost = (at: number, most: number): void => put(at, Math.min(word(at), most));
  /** Whether states are counted: elsewhere nothing is taken for them. */
  const hasHoles = (block: number): boolean =>
    [COMPARE_PLAN_A, COMPARE_PLAN_B].some((side) => {
      const plan = word(block + side);
      return word(plan + PLAN_HOLE_BITS) !== 0 || word(plan + PLAN_HOLE_BITS + 4) !== 0;
    });
  const forgetNodes = (block: number): void => {
    for (const side of [COMPARE_PLAN_A, COMPARE_PLAN_B]) {
      const plan = word(block + side);
      const bytes = (word(plan + PLAN_MEMO_MASK) + 1) * 8;
      module.bytes.fill(0, word(plan + PLAN_MEMO), word(plan + PLAN_MEMO) + bytes);
      put(plan + PLAN_MEMO_USED, 0);
      atMost(plan + PLAN_MEMO_MASK, memo - 1);
    }
  };
  Object.defineProperty(module, 'exports', {
    value: {
      ...exports,
      autoCountPairs: (block: number, start: number, end: number): number => {
        atMost(block + COMPARE_CAPACITY, states);
        forgetNodes(block);
        if (states >= FEW_STATES || !hasHoles(block)) return exports.autoCountPairs(block, start, end);
        // Four slots of the hash a state, as the host takes them; it has taken more, which stays as it is.
        const behind = word(block + COMPARE_HASH) + 16 * states;
        module.bytes.fill(DIRT, behind, behind + 64);
        const fits = exports.autoCountPairs(block, start, end);
        expect(module.bytes.subarray(behind, behind + 64).every((byte) => byte === DIRT)).toBe(true);
        return fits;
      },
      autoForgetVerdicts: (block: number): void => {
        atMost(block + COMPARE_MEMO_MASK, memo - 1);
        forgetNodes(block);
        exports.autoForgetVerdicts(block);
      },
      autoDifferences: (
        block: number,
        start: number,
        end: number,
        out: number,
        capacity: number,
        most: number,
      ): number => {
        const looked = Math.min(most, blocks);
        const written = exports.autoDifferences(block, start, end, out, capacity, looked);
        // A span a block at the most: it has come back when it had to.
        expect(written).toBeLessThanOrEqual(looked);
        return written;
      },
    },
  });
  return module;
}

const GIB = 2 ** 18;
const SLOTS = [{ gfn: 0, count: 4 * GIB, pfn: 8 * GIB }];
/** Other frames behind the same guest, and a page at AROUND's end that nothing is behind. */
const ELSEWHERE = [{ gfn: 0, count: GIB + 0x201, pfn: 9 * GIB }];
const WIDTH = 36;
const ALL = (1n << BigInt(WIDTH)) - 1n;

/** Pairs of base and mask; `free` are the address bits that a mask leaves open. */
function machine(fallback: number, ...ranges: readonly (readonly [bigint, number, bigint])[]): VcpuInit {
  const msrs = ranges.flatMap(([base, type, free], index): [number, bigint][] => [
    [0x200 + 2 * index, base | BigInt(type)],
    [0x201 + 2 * index, (ALL & ~0xfffn & ~free) | 0x800n],
  ]);
  return {
    maxphyaddr: WIDTH,
    noncoherentDma: true,
    msrs: [...msrs, [0x2ff, BigInt(0x800 | fallback)]],
    slots: SLOTS,
  };
}

const UC = 0;
const WC = 1;
const WT = 4;
const WB = 6;
/** Masks with holes: within 4 KiB, within a 2M region, of whole gigabytes; the type of what lies around them, or another. */
const MACHINES: Readonly<Record<string, VcpuInit>> = {
  'no range': machine(WB),
  'no hole': machine(WB, [0x4000_0000n, UC, 0x00ff_ffffn]),
  'holes between pages': machine(WB, [0x4000_0000n, UC, 0x0001_5000n], [0x4010_0000n, WT, 0x0002_a000n]),
  'holes between pages of the default type': machine(WB, [0x8000_0000n, WB, 0x0015_5000n]),
  'holes between pages all over the gigabytes': machine(
    WT,
    [0x0n, WT, 0xffff_d000n],
    [0x4000_0000n, UC, 0x5000n],
  ),
  'holes between regions': machine(WB, [0x0n, UC, 0xc15f_f000n], [0x40_0000n, WT, 0x8002_d000n]),
  'holes between gigabytes': machine(WB, [0x0n, UC, 0xbfff_f000n], [0x4000_3000n, WT, 0x8000_9000n]),
  'undefined pages': machine(WB, [0x4000_0000n, WC, 0x7fffn], [0x4000_0000n, WT, 0x0_5000n]),
  'holes in a read-only slot': {
    ...machine(WB, [0x4000_0000n, UC, 0x0001_5000n], [0x4010_0000n, WT, 0x0002_a000n]),
    slots: SLOTS.map((slot) => ({ ...slot, readonly: true })),
  },
  'undefined pages elsewhere': {
    ...machine(WB, [0x4000_0000n, WC, 0x7fffn], [0x4000_0000n, WT, 0x0_3000n]),
    slots: ELSEWHERE,
  },
};
const NAMES = Object.keys(MACHINES);

/** What is asked of machines, two at a time: all pairs in the full counts, some of them and both orders otherwise. */
const PAIRS = NAMES.flatMap((a, i) =>
  NAMES.filter((_, j) => j !== i && (i + j) % rounds(3, 1) === 0).map((b) => [a, b] as const),
);
const AROUND: GfnRange = { start: GIB - 3, end: GIB + 0x207 };
const GIGABYTES: GfnRange = { start: GIB, end: 4 * GIB };
const WANTS: readonly Want[] = ['mtrr', 'effective', 'levels', 'leaf'];

/** Holds comparisons of all pairs against the spans of `direct`. */
function expectSame(room: Room, wants: readonly Want[], range: GfnRange): void {
  const auto = createAutoEngine(moduleWith(room));
  const direct = createDirectEngine(loadWasm());
  const sdm = policy('sdm');
  const opened = (engine: Engine): Map<string, EngineView> =>
    new Map(NAMES.map((name) => [name, engine.open(vcpu(MACHINES[name]!), sdm)]));
  const [fast, plain] = [opened(auto), opened(direct)];
  for (const [a, b] of PAIRS) {
    for (const want of wants) {
      const expected = comparisonOf([plain.get(a)!, plain.get(b)!], want, range);
      const comparison = auto.compare!(fast.get(a)!, fast.get(b)!, want, { range, pat: 6 });
      const matrix = comparison.matrix
        .map((cell) => [`${keyOf(cell.a, false)} | ${keyOf(cell.b, false)}`, cell.pages] as const)
        .sort();
      expect({ a, b, want, matrix }).toEqual({ a, b, want, matrix: expected.matrix });
      const different: { start: number; end: number }[] = [];
      for (const { start, end } of comparison.spans()) {
        const last = different.at(-1);
        if (last?.end === start) last.end = end;
        else different.push({ start, end });
      }
      expect({ a, b, want, different }).toEqual({ a, b, want, different: expected.different });
    }
  }
  auto.dispose();
  direct.dispose();
}

describe('comparisons', () => {
  it('count and list pages with ample room', () => {
    expectSame(AMPLE, WANTS, AROUND);
  });

  it('take the levels of whole gigabytes', () => {
    expectSame(AMPLE, ['levels'], GIGABYTES);
  });

  it('list only pages that differ of a read-only slot, wherever the range begins', () => {
    // Frame bit 4 alone decides, by two masks that look at bit 0 as well: blocks of 16 frames are the same throughout.
    const rest = ALL & ~0x1_1fffn;
    const shared = { slots: [{ gfn: 0, count: 4096, pfn: 4096, readonly: true, maxLevel: 1 }] } as const;
    const [a, b] = [machine(WB, [0x1_1000n, UC, rest], [0x1_0000n, UC, rest]), machine(WB)].map((init) =>
      vcpu({ ...init, ...shared }),
    );
    const auto = createAutoEngine(loadWasm());
    const [first, second] = [auto.open(a!, policy('sdm')), auto.open(b!, policy('sdm'))];
    const range = { start: 16, end: 128 };
    const spans = [...auto.compare!(first, second, 'leaf', { range }).spans()];
    expect(spans.map(({ start, end }) => [start, end])).toEqual([
      [16, 32],
      [48, 64],
      [80, 96],
      [112, 128],
    ]);
    auto.dispose();
  });

  it('count a whole space of 52 address bits that nothing but a mask with holes cuts', () => {
    const mask = 0x8_0000_0000_1800n;
    const all = { maxphyaddr: 52, noncoherentDma: true };
    const odd = vcpu({
      ...all,
      msrs: [
        [0x200, 0x1006n],
        [0x201, mask],
        [0x2ff, 0x800n],
      ],
    });
    const auto = createAutoEngine(loadWasm());
    const [a, b] = [odd, vcpu({ ...all, msrs: [[0x2ff, 0x800n]] })].map((each) =>
      auto.open(each, policy('sdm')),
    );
    const { matrix } = auto.compare!(a!, b!, 'mtrr');
    expect(matrix.map((cell) => [cell.a.type, cell.b.type, cell.pages])).toEqual([
      [UC, UC, 3n << 38n],
      [WB, UC, 1n << 38n],
    ]);
    auto.dispose();
  });

  it('take pages for the same whose type is undefined on both sides, whatever frames of the host are behind them', () => {
    // 1 GiB of WC in 2 GiB of WT: the manual leaves the overlap open.
    const overlap = machine(WB, [0n, WC, 0x3fff_ffffn], [0n, WT, 0x7fff_ffffn]);
    const [a, b] = [0, 0x100000].map((pfn) =>
      vcpu({ ...overlap, slots: [{ gfn: 0, count: 0x80000, pfn, readonly: false, maxLevel: 1 }] }),
    );
    const auto = createAutoEngine(loadWasm());
    const [first, second] = [auto.open(a!, policy('sdm')), auto.open(b!, policy('sdm'))];
    const spans = [...auto.compare!(first, second, 'leaf', { range: { start: 0, end: 0x80000 } }).spans()];
    expect(spans.map(({ start, end }) => [start, end])).toEqual([[0x40000, 0x80000]]);
    auto.dispose();
  });

  it('count and list nothing of no pages', () => {
    expectSame(AMPLE, WANTS, { start: GIB, end: GIB });
  });

  it.each([
    { states: 1, memo: 8, blocks: 1 },
    { states: 2, memo: 8, blocks: 2 },
    { states: 3, memo: 16, blocks: 3 },
    { states: 5, memo: 8, blocks: 1 },
  ])('count and list the same with room for $states states, $memo verdicts, $blocks blocks', (room) => {
    expectSame(room, WANTS, AROUND);
  });
});
