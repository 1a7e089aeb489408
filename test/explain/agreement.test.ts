/** An explanation agrees with every engine, and one that does not is a fault, never an answer. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, Evaluator } from '../../src/engine/index.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { explain } from '../../src/explain/index.ts';
import { policy } from '../../src/policy/index.ts';
import type { MemoryType, Span, Want } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { ENGINE_NAMES, type Query, vcpu } from '../../src/vm/index.ts';
import { randomCase } from './random-case.ts';

describe.each(ENGINE_NAMES)('told beside %s', (name) => {
  const evaluator = createEvaluatorSync({ engine: name });
  afterAll(() => evaluator.dispose());

  it('agrees on random pages', () => {
    let told = 0;
    for (let seed = 500; seed < 620; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const view = evaluator.view(vcpu(one.init), one.policy);
      expect(() => explain(view, one.gfn, { changes: false }), `seed ${seed}`).not.toThrow();
      view.dispose();
      told += 1;
    }
    expect(told).toBeGreaterThan(80);
  });
});

/** An engine that gives a wrong answer to one want, under one policy. */
function lyingEngine(want: Want | 'typeSet', row: string): Engine {
  const honest = createEngine('reference');
  const wrong = (span: Span): Span => {
    if (want === 'levels') return { ...span, level: 2 };
    if (want === 'leaf') return { ...span, entry: (span.entry ?? 0n) ^ 0x200n };
    return { ...span, type: span.type === 4 ? 0 : 4 };
  };
  return {
    name: 'reference',
    dispose: () => undefined,
    open(subject, rule): EngineView {
      const view = honest.open(subject, rule);
      const isAsked = rule.row === row;
      return new Proxy(view, {
        get(target, key) {
          if (key === 'spans') {
            return (asked: Want, query?: Query) => {
              const spans = [...target.spans(asked, query)];
              return (asked === want && isAsked ? spans.map(wrong) : spans)[Symbol.iterator]();
            };
          }
          if (key === 'typeSet' && want === 'typeSet' && isAsked) return (): MemoryType[] => [4, 5];
          const value = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

describe('beside an engine that errs', () => {
  const subject = vcpu({
    maxphyaddr: 36,
    noncoherentDma: true,
    msrs: { 0x200: 0x4000_0000n, 0x201: 0xfc0000800n, 0x2ff: 0x806n },
  });

  it.each([
    ['mtrr', 'kvm-4.7', 'MTRR type'],
    ['mtrr', 'sdm', "the manual's type"],
    ['typeSet', 'kvm-4.7', 'types'],
    ['ept', 'kvm-4.7', 'EPT type'],
    ['levels', 'kvm-4.7', 'level'],
    ['leaf', 'kvm-4.7', 'entry'],
    ['effective', 'kvm-4.7', 'type of an access'],
  ] as const)('in %s under %s is a fault', (want, row, what) => {
    const view = new Evaluator(lyingEngine(want, row)).view(subject, policy('kvm-5.16'));
    expect(() => explain(view, 0x40000)).toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringContaining(what) }),
    );
  });

  it('in nothing that is asked is none', () => {
    const view = new Evaluator(lyingEngine('mtrr', 'kvm-6.7')).view(subject, policy('kvm-5.16'));
    expect(explain(view, 0x40000).answer.type).toBe(0);
  });
});
