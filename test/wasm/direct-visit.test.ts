/** Sweeps over every page, as `verify` makes them, against the reference's answers page by page. */
import { describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { type Policy, policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { GfnRange } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { frameCount, type Vcpu, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const reference = createReferenceEngine();
/** Of as many frames as fill no vector, one, and more than the counters of 8 bits hold. */
const LENGTHS = [0, 1, 15, 16, 17, 255, 4095, 5000];
const UNDEFINED_COUNTER = 7;

function opened(engine: Engine, described: Vcpu, rule: Policy): EngineView | undefined {
  try {
    return engine.open(described, rule);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

function rangeOf(rng: Rng, described: Vcpu, marks: readonly number[]): GfnRange {
  const frames = frameCount(described.maxphyaddr);
  const length = rng.pick(LENGTHS);
  const start = Math.max(0, Math.min(frames - length, rng.pick([...marks, 0]) - (length >> 1)));
  return { start, end: Math.min(frames, start + length) };
}

/** Type and IPAT of each page, one number a page. */
function eptOf(view: EngineView, range: GfnRange): readonly number[] {
  const codes: number[] = [];
  if (range.start === range.end) return codes;
  for (const { start, end, type, ipat } of view.spans('ept', { range }))
    for (let gfn = start; gfn < end; gfn++) codes.push(type * 2 + ipat);
  return codes;
}

describe.each(VCPU_KINDS.filter((kind) => kind !== 'refused'))('a sweep over %s VMs', (kind) => {
  it('counts types, and sums entries up as they are one by one', () => {
    const rng = new Rng(VCPU_KINDS.indexOf(kind) + 40);
    const direct = createDirectEngine(loadWasm());
    let swept = 0;
    for (let i = 0; i < rounds(12, 120); i++) {
      const init = randomVcpu(rng, kind);
      const described = vcpu(init);
      const rule = kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES);
      const [view, truth] = [opened(direct, described, rule), opened(reference, described, rule)];
      if (!view || !truth) continue;
      const range = rangeOf(rng, described, interestingFrames(init));
      const { digest, pages } = view.visit!(range);
      const counts = new Array<number>(8).fill(0);
      for (const type of truth.types(range.start, range.end - range.start))
        counts[type > 6 ? UNDEFINED_COUNTER : type]! += 1;
      expect(pages).toEqual(counts);
      expect(digest).toBe(view.digest!(range));
      swept += range.end - range.start;
      view.dispose();
      truth.dispose();
    }
    expect(swept).toBeGreaterThan(0);
  });

  it('finds each page whose entry two views have otherwise, and the first of them', () => {
    const rng = new Rng(VCPU_KINDS.indexOf(kind) + 80);
    const direct = createDirectEngine(loadWasm());
    for (let i = 0; i < rounds(12, 120); i++) {
      const init = randomVcpu(rng, kind);
      const described = vcpu(init);
      const other = vcpu(randomVcpu(rng, kind));
      const smaller = described.maxphyaddr < other.maxphyaddr ? described : other;
      const rules =
        kind === 'many-ranges' ? [policy('sdm'), policy('sdm')] : [rng.pick(POLICIES), rng.pick(POLICIES)];
      const ours = [opened(direct, described, rules[0]!), opened(direct, other, rules[1]!)] as const;
      const theirs = [opened(reference, described, rules[0]!), opened(reference, other, rules[1]!)] as const;
      if (!ours[0] || !ours[1] || !theirs[0] || !theirs[1]) continue;
      const range = rangeOf(rng, smaller, interestingFrames(init));
      const [a, b] = [eptOf(theirs[0], range), eptOf(theirs[1], range)];
      const differing = a.flatMap((code, index) => (code === b[index] ? [] : [range.start + index]));
      expect(ours[0].differences!(ours[1], range)).toEqual({
        pages: differing.length,
        ...(differing.length > 0 && { first: differing[0] }),
      });
    }
  });
});

describe("the memory's own speed", () => {
  it('is measured by what fills all bytes that are asked for, and no others', () => {
    const module = loadWasm();
    const at = module.allocate(1024);
    module.bytes.fill(9, at, at + 1024);
    module.exports.fillBytes(at + 16, 0x1ab, 300);
    expect([...module.bytes.subarray(at, at + 1024)].filter((byte) => byte === 0xab)).toHaveLength(300);
    expect(module.bytes[at + 15]).toBe(9);
    expect(module.bytes[at + 316]).toBe(9);
    // Whole turns of 128 bytes alone.
    module.exports.storeVectors(at, 0x01010101, 300);
    expect(
      [...module.bytes.subarray(at, at + 1024)]
        .map((byte, index) => (byte === 1 ? index : -1))
        .filter((index) => index >= 0),
    ).toEqual(Array.from({ length: 256 }, (_, index) => index));
    module.free(at);
  });
});
