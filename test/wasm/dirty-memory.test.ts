/** Memory that the host hands out is not cleared: whatever lay there before, the answers are the reference's. */
import { afterAll, describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { policy, wantsOf } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { frameCount, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const reference = createReferenceEngine();
afterAll(() => reference.dispose());

/** What lies in memory: all bits, a small number in each word, bytes that differ. */
const DIRT: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  'all bits': (bytes) => bytes.fill(0xff),
  ones: (bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).fill(1),
  'bytes that differ': (bytes) => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 167) >> 3;
  },
};

const MUCH = 1 << 21;
const ENGINES: Readonly<Record<string, (module: ReturnType<typeof loadWasm>) => Engine>> = {
  auto: createAutoEngine,
  direct: createDirectEngine,
};

function answers(view: EngineView, first: number, count: number): unknown {
  const range = { start: first, end: first + count };
  return {
    types: [...view.types(first, count)],
    entries: [...view.entries(first, count)],
    typesOf: [...view.typesOf(Float64Array.of(first, first + count - 1))],
    digest: view.digest(range),
    spans: wantsOf(view.policy).map((want) => [
      want,
      [...view.spans(want, { range })],
      view.totals(want, { range }),
    ]),
  };
}

/** A module that soils what the next blocks are cut from, whenever it is asked to. */
function soilable(soil: (bytes: Uint8Array) => void) {
  const module = loadWasm();
  const soiled = () => {
    const pointer = module.allocate(MUCH);
    soil(module.bytes.subarray(pointer, pointer + MUCH));
    module.free(pointer);
  };
  return { module, soiled };
}

describe('comparisons', () => {
  it.each(Object.entries(DIRT))('over %s', (_dirt, soil) => {
    const { module, soiled } = soilable(soil);
    const [engine, clean] = [createAutoEngine(module), createAutoEngine(loadWasm())];
    const rng = new Rng(34);
    for (let n = 0; n < rounds(8, 100); n++) {
      const init = randomVcpu(rng, rng.pick(['holes', 'holes', 'overlapping', 'slots'] as const));
      const rules = [policy('sdm'), rng.pick([policy('kvm-5.16'), policy('peer-linux-6.5')])];
      const [views, plain] = [engine, clean].map((each) =>
        rules.map((rule) => {
          soiled();
          return each.open(vcpu(init), rule);
        }),
      );
      for (const want of ['mtrr', 'levels'] as const) {
        if (!rules.every((rule) => wantsOf(rule).includes(want))) continue;
        const said = ([a, b]: readonly EngineView[], each: typeof engine) => {
          soiled();
          const comparison = each.compare!(a!, b!, want);
          const first: unknown[] = [];
          for (const span of comparison.spans()) if (first.push(span) === 200) break;
          return { pages: comparison.pages, matrix: comparison.matrix, first };
        };
        expect(said(views!, engine), `${n} ${want}`).toEqual(said(plain!, clean));
      }
      for (const view of [...views!, ...plain!]) view.dispose();
    }
  });
});

describe.each(Object.entries(ENGINES))('%s', (_name, create) => {
  it.each(Object.entries(DIRT))('over %s', (_dirt, soil) => {
    const { module, soiled } = soilable(soil);
    const engine = create(module);
    const opened = (init: VcpuInit, rule: ReturnType<typeof policy>) => {
      soiled();
      const view = engine.open(vcpu(init), rule);
      soiled();
      return view;
    };
    const rng = new Rng(33);
    for (let n = 0; n < rounds(12, 200); n++) {
      const init = randomVcpu(rng, VCPU_KINDS[n % VCPU_KINDS.length]!);
      const rule = rng.pick(POLICIES);
      try {
        const [view, plain] = [opened(init, rule), reference.open(vcpu(init), rule)];
        const first = Math.max(
          0,
          Math.min(rng.pick(interestingFrames(init)) - rng.below(300), frameCount(init.maxphyaddr) - 300),
        );
        expect(answers(view, first, 300), `${n} ${rule.name}`).toEqual(answers(plain, first, 300));
        view.dispose();
        plain.dispose();
      } catch (error) {
        if (!(error instanceof WrmsrFault)) throw error;
      }
    }
    engine.dispose();
  });
});
