/** Views that nobody disposes: what they keep in Wasm memory gives way, and is made again where they are asked. */
import { describe, expect, it } from 'vitest';
import { policy, wantsOf } from '../../src/policy/index.ts';
import type { Want } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm, type WasmModule } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const VIEWS = rounds(2000, 10_000);
/** What the first half of them fills. */
const MOST_BYTES = rounds(2 ** 22, 2 ** 24);
const ENGINES = [
  ['auto', (module: WasmModule, mostBytes?: number) => createAutoEngine(module, mostBytes)],
  [
    'direct',
    (module: WasmModule, mostBytes?: number) =>
      createDirectEngine(module, mostBytes === undefined ? {} : { mostBytes }),
  ],
] as const;

function guest(index: number) {
  return vcpu({
    maxphyaddr: 36,
    msrs: { 0x2ff: 0x800n, 0x200: (BigInt(index) << 20n) | 6n, 0x201: 0xffff00800n },
  });
}

describe.each(ENGINES)('undisposed views of %s', (_name, create) => {
  it('take no more memory from some number on, and all answer', () => {
    const module = loadWasm();
    const engine = create(module, MOST_BYTES);
    const views: EngineView[] = [];
    const sizes: number[] = [];
    for (let index = 0; index < VIEWS; index++) {
      const view = engine.open(guest(index), policy('sdm'));
      expect(view.types(index << 8, 1)[0]).toBe(6);
      views.push(view);
      if (index % (VIEWS / 10) === VIEWS / 10 - 1) sizes.push(module.sizeBytes);
    }
    expect(sizes.at(-1)).toBeLessThan(2 * MOST_BYTES);
    expect(sizes.at(-1)).toBe(sizes.at(-5));
    // The first ones gave way long ago.
    for (const [index, view] of views.entries()) {
      if (index % 7 === 0) expect(view.types(index << 8, 1)[0]).toBe(6);
    }
    expect(module.sizeBytes).toBe(sizes.at(-1));
    engine.dispose();
  });

  it('grow the memory in few steps, and never beyond a bound', () => {
    const module = loadWasm();
    const engine = create(module);
    let grown = 0;
    for (let index = 0; index < VIEWS; index++) {
      const before = module.sizeBytes;
      engine.open(guest(index), policy('sdm'));
      if (module.sizeBytes !== before) grown++;
    }
    expect(grown).toBeLessThan(100);
    expect(module.sizeBytes).toBeLessThan(2 ** 28);
    engine.dispose();
  });

  it('answer the same where each sends the one before away', () => {
    const rng = new Rng(77);
    const cramped = create(loadWasm(), 1);
    const roomy = create(loadWasm());
    const pairs: { few: EngineView; all: EngineView; range: { start: number; end: number } }[] = [];
    for (const kind of VCPU_KINDS.filter((each) => each !== 'refused')) {
      const guest = vcpu(randomVcpu(rng, kind));
      for (const rule of [policy('sdm'), rng.pick(POLICIES)]) {
        try {
          const range = { start: 0, end: 2 ** 20 - rng.below(999) };
          pairs.push({ few: cramped.open(guest, rule), all: roomy.open(guest, rule), range });
        } catch {
          // Refused under this policy.
        }
      }
    }
    expect(pairs.length).toBeGreaterThan(4);
    // In turns, so that every batch of every iterator finds its plan gone.
    for (const want of ['mtrr', 'ept', 'effective', 'levels', 'leaf'] as const satisfies readonly Want[]) {
      const asked = pairs.filter(({ few }) => wantsOf(few.policy).includes(want));
      const walks = asked.map(({ few, all, range }) => ({
        few: few.spans(want, { range }),
        all: all.spans(want, { range }),
      }));
      for (let step = 0, open = true; open && step < 300; step++) {
        open = false;
        for (const { few, all } of walks) {
          const next = few.next();
          expect(next).toEqual(all.next());
          open ||= !next.done;
        }
      }
      for (const { few, all, range } of asked)
        expect(few.totals(want, { range })).toEqual(all.totals(want, { range }));
    }
    const frames = Float64Array.from({ length: 64 }, () => rng.below(2 ** 20));
    for (const { few, all } of pairs) {
      expect(few.typesOf(frames)).toEqual(all.typesOf(frames));
      expect(few.entriesOf(frames)).toEqual(all.entriesOf(frames));
      expect(few.entries(0, 512)).toEqual(all.entries(0, 512));
    }
    for (const { few, all } of pairs) expect(few.typesOf(frames)).toEqual(all.typesOf(frames));
  });
});

it('two views that each send the other away are compared', () => {
  const [cramped, roomy] = [createAutoEngine(loadWasm(), 1), createAutoEngine(loadWasm())];
  const answers = [cramped, roomy].map((engine) => {
    const [a, b] = [engine.open(guest(1), policy('sdm')), engine.open(guest(2), policy('kvm-5.16'))];
    const leaves = engine.compare!(a, b, 'leaf', { range: { start: 0, end: 0x2000 } });
    const types = engine.compare!(b, a, 'ept');
    return [leaves.pages, leaves.matrix, [...leaves.spans()], types.pages, [...types.spans()]];
  });
  expect(answers[0]).toEqual(answers[1]);
});

it('two views of direct that each send the other away are held against each other', () => {
  const engine = createDirectEngine(loadWasm(), { mostBytes: 1 });
  const [a, b] = [engine.open(guest(1), policy('sdm')), engine.open(guest(2), policy('sdm'))];
  expect(a.differences!(b, { start: 0, end: 0x10000 })).toEqual({ pages: 512, first: 0x100 });
});
