/** Auto's cuts and counts against every page of long ranges, as direct's scalar kernel answers them. */
import { expect, it } from 'vitest';
import { createEvaluatorSync, Evaluator } from '../../src/engine/index.ts';
import { CASE_KINDS, generateCase } from '../../src/fuzz/index.ts';
import { edgesOf } from '../../src/fuzz/probe.ts';
import { Random } from '../../src/fuzz/random.ts';
import { frameCount, type MtrrType, TILE_FRAMES } from '../../src/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { opened } from '../diff/subjects.ts';

const RANGES = 200;
const FRAMES = 2 ** 20;
const SEED = 99;
/** An AMD host has no EPT to be cut. */
const KINDS = CASE_KINDS.filter((kind) => kind !== 'refused' && kind !== 'amd');

it(`cuts lie where types change, on every page of ${RANGES} ranges of 2^20 pages`, {
  timeout: 600_000,
}, () => {
  const auto = createEvaluatorSync();
  const direct = new Evaluator(createDirectEngine(loadWasm(), { simd: false }));
  let ranges = 0;
  let spans = 0;
  for (let index = 0; ranges < RANGES; index++) {
    const one = generateCase(SEED, index, KINDS);
    const [view, pages] = [opened(auto, one), opened(direct, one)];
    if (!view || !pages) continue;
    ranges++;
    const random = new Random(SEED, index);
    const frames = frameCount(one.vcpu.maxphyaddr);
    const edge = random.pick(edgesOf(one.vcpu)) - random.below(FRAMES);
    const start = Math.min(Math.max(0, edge), frames - FRAMES);
    const range = { start, end: start + FRAMES };
    const expected = new Uint8Array(FRAMES);
    for (let at = 0; at < FRAMES; at += TILE_FRAMES)
      pages.typesInto(expected.subarray(at, at + TILE_FRAMES), start + at);
    const fromSpans = new Uint8Array(FRAMES);
    const counted = new Map<MtrrType, bigint>();
    let covered = start;
    let before: string | undefined;
    for (const span of view.spansOf('ept', { range })) {
      const answer = `${span.type},${span.ipat}`;
      expect(span.start).toBe(covered);
      expect(answer).not.toBe(before);
      fromSpans.fill(span.type! & 0xff, span.start - start, span.end - start);
      counted.set(span.type!, (counted.get(span.type!) ?? 0n) + BigInt(span.end - span.start));
      covered = span.end;
      before = answer;
      spans++;
    }
    expect(covered).toBe(range.end);
    expect(Buffer.from(fromSpans).equals(Buffer.from(expected)), `case ${index}, ${one.kind}`).toBe(true);
    const totals = new Map<MtrrType, bigint>();
    for (const { type, pages: count } of view.totals('ept', { range })) {
      totals.set(type!, (totals.get(type!) ?? 0n) + count);
    }
    expect(totals, `totals of case ${index}`).toEqual(counted);
    view.dispose();
    pages.dispose();
  }
  console.info(`auto: ${ranges * FRAMES} pages, ${spans} spans, 0 differences`);
});
