/** An engine that answers from a list, so that the protocol can be tested apart from any evaluation. */
import { Evaluator } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import type { Span, Total, Want } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import type { Query } from '../../src/vm/index.ts';

/** A value that {@link fakeEngine} refuses whatever the register. */
const REFUSED_VALUE = 0xbadn;

export interface FakeAnswers {
  readonly spans?: (range: { start: number; end: number }) => Iterable<Span>;
  readonly totals?: readonly Total[];
}

/** Counts of what the oracle did with the engine. */
interface FakeEngine extends Engine {
  opened: number;
  disposed: number;
}

/** An evaluator over such an engine. */
export class FakeEvaluator extends Evaluator {
  readonly #engine: FakeEngine;

  constructor(engine: FakeEngine) {
    super(engine);
    this.#engine = engine;
  }
  /** Views that were opened. */
  get opened(): number {
    return this.#engine.opened;
  }
  /** Views that were disposed of. */
  get disposed(): number {
    return this.#engine.disposed;
  }
}

export function fakeEngine(answers: FakeAnswers = {}): FakeEvaluator {
  const engine: FakeEngine = {
    name: 'auto',
    opened: 0,
    disposed: 0,
    open(vcpu, policy) {
      vcpu.msrs.forEach(({ msr, value }, index) => {
        if (value === REFUSED_VALUE || msr > 0xffffffff) throw new WrmsrFault(index, msr, value);
      });
      engine.opened++;
      const unused = () => {
        throw new Error('the oracle asks for spans and totals only');
      };
      return {
        vcpu,
        policy,
        spans: function* (_want: Want, query?: Query): Generator<Span> {
          const range = query?.range ?? { start: 0, end: 1 };
          yield* answers.spans?.(range) ?? [{ ...range, type: 6, ipat: 0, level: 1, entry: 0x37n }];
        } as EngineView['spans'],
        totals: (() => answers.totals ?? []) as EngineView['totals'],
        types: unused,
        entries: unused,
        typesOf: unused,
        entriesOf: unused,
        typeSet: unused,
        digest: unused,
        dispose: () => void engine.disposed++,
      } satisfies EngineView;
    },
    dispose() {},
  };
  return new FakeEvaluator(engine);
}
