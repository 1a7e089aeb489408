/**
 * No kernel writes beside what it is given: 64 bytes behind the room of each call, and behind each block that the host takes,
 * are soiled before a call and looked at after it; so is what lies below all blocks.
 */
import { describe, expect, it } from 'vitest';
import { DIFFERENCE_SIZE } from '../../assembly/auto/compare-layout.ts';
import { DIGITS_SIZE, HISTOGRAM_SIZE } from '../../assembly/auto/plan-layout.ts';
import { TYPES_SLACK } from '../../assembly/direct/state-layout.ts';
import { SPAN_SIZE } from '../../assembly/layout.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { policy, wantsOf } from '../../src/policy/index.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { frameCount, TILE_FRAMES, vcpu } from '../../src/vm/index.ts';
import type { WasmExports } from '../../src/wasm/abi.ts';
import { createAutoEngine, createDirectEngine, loadWasm, type WasmModule } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const GUARD = 64;
const DIRT = 0xa5;

/** Where the room of a call ends, from its arguments. */
type End = (...args: number[]) => number;
const ENDS: Partial<Record<keyof WasmExports, End>> = {
  autoSpans: (_plan, _want, _pat, _start, _end, out, capacity) => out! + (capacity! + 1) * SPAN_SIZE,
  autoTotals: (_plan, _want, _start, _end, histogram) => histogram! + HISTOGRAM_SIZE,
  autoTypes: (_plan, _first, count, out) => out! + count!,
  autoEntries: (_plan, _first, count, out) => out! + count! * 8,
  autoDigest: (_plan, _start, _end, out) => out! + 8,
  autoDifferences: (_compare, _start, _end, out, capacity) => out! + capacity! * DIFFERENCE_SIZE,
  autoDigits: (_plan, digits) => digits! + DIGITS_SIZE,
  // Answers of a list lie in the list.
  autoTypesOf: (_plan, _digits, gfns, count) => gfns! + count! * 8,
  autoEntriesOf: (_plan, gfns, count) => gfns! + count! * 8,
  directTypes: (_state, _low, _high, count, out) => out! + count! + TYPES_SLACK,
  directTypesScalar: (_state, _low, _high, count, out) => out! + count!,
  directEntries: (_state, _low, _high, count, out) => out! + (count! + 15) * 8,
  directEntriesScalar: (_state, _low, _high, count, out) => out! + count! * 8,
  directTypesOf: (_state, gfns, count) => gfns! + count! * 8,
  directEntriesOf: (_state, gfns, count) => gfns! + count! * 8,
  directSpans: (_state, _want, _pat, _start, _end, out, _carried, capacity) =>
    out! + (capacity! + 1) * SPAN_SIZE,
  directVisit: (_state, _low, _high, _count, _digest, pages) => pages! + 64,
};

/** A module that looks behind what its kernels write; `blocks` ends with the places that were written to. */
function guarded(): { readonly module: WasmModule; readonly written: string[] } {
  const module = loadWasm();
  const written: string[] = [];
  const isSoiled = (at: number): boolean =>
    module.bytes.subarray(at, at + GUARD).every((byte) => byte === DIRT);
  const watched = Object.entries(ENDS).map(([name, end]) => {
    const kernel = module.exports[name as keyof WasmExports] as (...args: number[]) => number;
    const watching = (...args: number[]): number => {
      const at = end(...args);
      const before = module.bytes.slice(at, at + GUARD);
      module.bytes.fill(DIRT, at, at + GUARD);
      const result = kernel(...args);
      if (!isSoiled(at)) written.push(`${name}(${args})`);
      module.bytes.set(before, at);
      return result;
    };
    return [name, watching] as const;
  });
  Object.defineProperty(module, 'exports', { value: { ...module.exports, ...Object.fromEntries(watched) } });
  const allocate = module.allocate.bind(module);
  const ends = new Map<number, number>();
  module.allocate = (bytes) => {
    const pointer = allocate(bytes + GUARD);
    module.bytes.fill(DIRT, pointer + bytes, pointer + bytes + GUARD);
    ends.set(pointer, pointer + bytes);
    return pointer;
  };
  const free = module.free.bind(module);
  module.free = (pointer) => {
    const end = ends.get(pointer);
    if (end !== undefined && !isSoiled(end)) written.push(`a block of ${end - pointer} bytes`);
    free(pointer);
  };
  return { module, written };
}

describe.each(VCPU_KINDS.filter((kind) => kind !== 'refused'))('of %s VMs', (kind) => {
  it.each<[string, (module: WasmModule) => Engine]>([
    ['auto', createAutoEngine],
    ['direct', createDirectEngine],
    ['direct, page by page', (module) => createDirectEngine(module, { simd: false })],
  ])('%s writes what it is asked for', (_, create) => {
    const { module, written } = guarded();
    const below = module.bytes.slice(0, module.exports.heapBase());
    const engine = create(module);
    const rng = new Rng(900 + VCPU_KINDS.indexOf(kind));
    let opened = 0;
    for (let round = 0; round < rounds(4, 60); round++) {
      const init = randomVcpu(rng, kind);
      const rule = kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES);
      try {
        const view = engine.open(vcpu(init), rule);
        const plain = engine.open(vcpu({ maxphyaddr: init.maxphyaddr, slots: [] }), rule);
        const frames = frameCount(init.maxphyaddr);
        for (const count of [1, rng.between(2, 40), rng.between(500, 1100)]) {
          const first = Math.max(
            0,
            Math.min(frames - count, rng.pick(interestingFrames(init)) - (count >> 1)),
          );
          const range = { start: first, end: first + count };
          const gfns = Float64Array.from({ length: count }, (_, at) => first + at);
          view.types(first, count);
          view.entries(first, count);
          view.typesOf(gfns);
          view.entriesOf(gfns);
          view.digest(range);
          view.visit?.(range);
          for (const want of wantsOf(rule)) {
            for (const _span of view.spans(want, { range }));
            view.totals(want, { range });
            for (const _span of engine.compare?.(view, plain, want, { range })?.spans() ?? []);
          }
        }
        view.entries(Math.min(frames - TILE_FRAMES, rng.pick(interestingFrames(init))), TILE_FRAMES);
        for (const each of [view, plain]) each.dispose();
        opened++;
      } catch (error) {
        if (!(error instanceof WrmsrFault)) throw error;
      }
    }
    const buffer = engine.entryBuffer?.(2 ** 15);
    // So many are written in several streams.
    if (buffer) engine.open(vcpu({ maxphyaddr: 36 }), policy('sdm')).fill!(buffer, 3);
    buffer?.dispose();
    engine.dispose();
    expect(opened).toBeGreaterThan(0);
    expect(written).toEqual([]);
    expect(module.bytes.subarray(0, below.length)).toEqual(below);
  });
});
