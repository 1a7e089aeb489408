/// <reference lib="esnext.disposable" preserve="true" />
/** Layouts by the thousand: each is made or handed in, answered, and counted. */
import {
  requireArray,
  requireFlag,
  requireInteger,
  requireKeys,
  requireWord,
  wrongKind,
  wrongValue,
} from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { type Policy, requirePolicy, requireWantOn } from '../policy/index.ts';
import type { Engine } from '../vm/engine.ts';
import {
  type BatchCounts,
  type BatchQuestion,
  type BatchSide,
  type BatchWant,
  type EngineBatch,
  type EngineBatchCounts,
  type GeneratedLayouts,
  LAYOUT_KINDS,
  type LayoutKind,
  Lifetime,
  type MatrixCell,
  MOST_BATCH_RANGES,
  type MsrWrite,
  requireVcpu,
  type Vcpu,
} from '../vm/index.ts';
import { addBatchCounts, countsOf, NO_COUNTS } from './batch-counts.ts';
import { answerByViews, summedCells } from './layout-answer.ts';
import { View } from './view.ts';

/** What {@link Evaluator.batch} takes. */
export interface BatchInit {
  /** One side, whose answers are counted, or two of one MAXPHYADDR that are held against each other. */
  readonly sides: readonly BatchSide[];
  /** Default `ept`. */
  readonly want?: BatchWant;
  /** Kind of the layouts that {@link Batch.run} makes; default `typical`. */
  readonly kind?: LayoutKind;
  /** Their seed, 64 bits; default 1n. */
  readonly seed?: bigint;
  /** Their fewest and most pairs of base and mask, 0..10; default 1 to 8. */
  readonly ranges?: readonly [fewest: number, most: number];
  /** How many of the smallest layouts that differ are kept, 0..64; default 20. */
  readonly smallest?: number;
  /** Whether {@link BatchCounts.found} lists all layouts that differ; default false. */
  readonly list?: boolean;
  /** Whether layouts are held against the theorem on KVM before 6.11 (docs/kvm-theorem.md); default false. */
  readonly theorem?: boolean;
}

/** A layout that a batch counts otherwise than the views of an evaluator. */
export interface LayoutDisagreement {
  readonly index: bigint;
  readonly layout: readonly MsrWrite[];
  readonly batch: BatchCounts;
  readonly views: BatchCounts;
}

/** What opens views: an evaluator. */
export interface ViewOpener {
  /**
   * A view.
   *
   * @param vcpu - whose
   * @param policy - under what rules
   * @returns to be disposed of
   */
  view(vcpu: Vcpu, policy: Policy): View;
}

const INIT_KEYS: readonly string[] = [
  'sides',
  'want',
  'kind',
  'seed',
  'ranges',
  'smallest',
  'list',
  'theorem',
];
const SIDE_KEYS: readonly string[] = ['vcpu', 'policy'];
const MOST_SMALLEST = 64;
const WORDS = 1n << 64n;

function requireWord64(path: string, value: unknown): bigint {
  if (typeof value !== 'bigint') throw wrongKind(path, 'a bigint of 64 bits', value);
  if (value < 0n || value >= WORDS) throw wrongValue(path, 'a bigint of 64 bits', value);
  return value;
}

function requireSides(sides: readonly BatchSide[], want: BatchWant): BatchQuestion['sides'] {
  const checked = requireArray('sides', sides).map((side, index) => {
    const path = `sides.${index}`;
    const { vcpu, policy } = requireKeys(path, side, SIDE_KEYS, 'a vCPU with its policy');
    requireWantOn(requirePolicy(`${path}.policy`, policy), requireVcpu(vcpu).vendor, want);
    return { vcpu, policy };
  });
  const [a, b, more] = checked;
  if (!a || more) throw wrongValue('sides', 'one side or two', checked.length);
  if (b && b.vcpu.maxphyaddr !== a.vcpu.maxphyaddr) {
    throw new InputRangeError(
      'sides.1.vcpu.maxphyaddr',
      `expected ${a.vcpu.maxphyaddr} as on the first side`,
    );
  }
  return b ? [a, b] : [a];
}

function requireRanges(ranges: readonly [number, number]): GeneratedLayouts['ranges'] {
  requireArray('ranges', ranges, 'the fewest and the most ranges');
  const fewest = requireInteger('ranges.0', ranges[0], 0, MOST_BATCH_RANGES);
  return [fewest, requireInteger('ranges.1', ranges[1], fewest, MOST_BATCH_RANGES)];
}

function questionOf(init: BatchInit): BatchQuestion {
  requireKeys('', init, INIT_KEYS, 'a batch such as { sides: [{ vcpu, policy }] }');
  const want = init.want === undefined ? 'ept' : requireWord<BatchWant>('want', init.want, ['mtrr', 'ept']);
  return {
    want,
    sides: requireSides(init.sides, want),
    layouts: {
      kind: init.kind === undefined ? 'typical' : requireWord('kind', init.kind, LAYOUT_KINDS),
      seed: init.seed === undefined ? 1n : requireWord64('seed', init.seed),
      ranges: requireRanges(init.ranges ?? [1, 8]),
    },
    smallest: requireInteger('smallest', init.smallest ?? 20, 0, MOST_SMALLEST),
    list: requireFlag('list', init.list, false),
    theorem: requireFlag('theorem', init.theorem, false),
  };
}

/** Whether two counts of one layout are the same. */
function isSame(a: BatchCounts, b: BatchCounts): boolean {
  const [left, right] = [a, b].map(({ matrix }) => summedCells(matrix).map(cellText).join());
  return a.refused === b.refused && a.digest === b.digest && left === right;
}

function cellText({ a, b, pages }: MatrixCell<BatchWant>): string {
  return `${a.type} ${a.ipat} ${b.type} ${b.ipat} ${pages}`;
}

/** Layouts asked of two sides, or one, as `Evaluator.batch` opens it. */
export class Batch {
  readonly #engine: Engine;
  readonly #evaluator: Lifetime;
  readonly #lifetime: Lifetime;
  readonly #question: BatchQuestion;
  readonly #batch: EngineBatch;

  /** @internal */
  constructor(engine: Engine, evaluator: Lifetime, init: BatchInit) {
    evaluator.require();
    this.#engine = engine;
    this.#evaluator = evaluator;
    this.#lifetime = new Lifetime('batch', evaluator);
    this.#question = questionOf(init);
    if (!engine.batch) throw new InputRangeError('engine', `expected auto: ${engine.name} has no batches`);
    this.#batch = engine.batch(this.#question);
    if (this.#question.theorem && !this.#batch.holdsTheorem) {
      this.#batch.dispose();
      throw new InputRangeError(
        'theorem',
        'expected sdm against a KVM from 4.7 to 6.10 that uses the MTRRs of its guest',
      );
    }
  }

  /**
   * Makes and counts layouts. What the batch cannot answer by itself (masks with holes, peers, host MMIO) is asked of
   * the evaluator's engine.
   *
   * @param first - index of the first, 64 bits
   * @param count - how many
   * @returns exact counts: the same whatever parts a run is cut into and added up again
   */
  run(first: bigint, count: number): BatchCounts {
    this.#lifetime.require();
    requireWord64('first', first);
    requireInteger('count', count, 0, Number(WORDS - first));
    let counts = NO_COUNTS;
    for (let done = 0; done < count; done += this.#batch.mostLayouts) {
      const start = first + BigInt(done);
      const part = this.#batch.run(start, Math.min(this.#batch.mostLayouts, count - done));
      counts = this.#added(counts, part, start, (index) => this.#batch.layout(index));
    }
    return counts;
  }

  /**
   * Counts layouts that are handed in.
   *
   * @param first - index of the first, 64 bits
   * @param layouts - register writes each
   * @returns exact counts, as {@link run}
   */
  runLayouts(first: bigint, layouts: readonly (readonly MsrWrite[])[]): BatchCounts {
    this.#lifetime.require();
    requireWord64('first', first);
    requireArray('layouts', layouts, 'layouts, a list of register writes each');
    let counts = NO_COUNTS;
    for (let done = 0; done < layouts.length; done += this.#batch.mostGiven) {
      const some = layouts.slice(done, done + this.#batch.mostGiven);
      const start = first + BigInt(done);
      const part = this.#batch.runLayouts(start, some);
      counts = this.#added(counts, part, start, (index) => some[Number(index - start)]!);
    }
    return counts;
  }

  /** Adds what an engine counted, and what it left. */
  #added(
    counts: BatchCounts,
    part: EngineBatchCounts,
    start: bigint,
    layoutAt: (index: bigint) => readonly MsrWrite[],
  ): BatchCounts {
    const { smallest } = this.#question;
    let sum = addBatchCounts(counts, part, smallest);
    for (const place of part.left) {
      const index = start + BigInt(place);
      const opener = { view: this.#view };
      sum = addBatchCounts(sum, this.#byViews(opener, index, layoutAt(index)), smallest);
    }
    return sum;
  }

  readonly #view = (vcpu: Vcpu, policy: Policy): View =>
    new View(this.#engine, this.#evaluator, vcpu, policy);

  #byViews(evaluator: ViewOpener, index: bigint, layout: readonly MsrWrite[]): BatchCounts {
    const open = ({ vcpu, policy }: BatchSide): View => evaluator.view(vcpu, policy);
    return countsOf(index, answerByViews(open, this.#question, index, layout), this.#question.list);
  }

  /**
   * Asks an evaluator for a layout that {@link run} makes, with views of its own.
   *
   * @param index - 64 bits
   * @param evaluator - `auto` or the reference
   * @returns undefined where both count the same, and for a layout that the batch leaves to views itself
   */
  disagreement(index: bigint, evaluator: ViewOpener): LayoutDisagreement | undefined {
    const layout = this.layout(index);
    return this.#held(this.#batch.run(index, 1), index, layout, evaluator);
  }

  /**
   * {@link disagreement} of a layout that is handed in.
   *
   * @param index - 64 bits, for the digest
   * @param layout - its register writes
   * @param evaluator - `auto` or the reference
   * @returns undefined where both count the same, and for a layout that the batch leaves to views itself
   */
  layoutDisagreement(
    index: bigint,
    layout: readonly MsrWrite[],
    evaluator: ViewOpener,
  ): LayoutDisagreement | undefined {
    this.#lifetime.require();
    return this.#held(this.#batch.runLayouts(index, [layout]), index, layout, evaluator);
  }

  #held(
    batch: EngineBatchCounts,
    index: bigint,
    layout: readonly MsrWrite[],
    evaluator: ViewOpener,
  ): LayoutDisagreement | undefined {
    if (batch.left.length > 0) return undefined;
    const views = this.#byViews(evaluator, index, layout);
    return isSame(batch, views) ? undefined : { index, layout, batch, views };
  }

  /**
   * The register writes of a layout that {@link run} makes.
   *
   * @param index - 64 bits
   * @returns writes, as `generate` of eptsweep/sweep gives them
   */
  layout(index: bigint): readonly MsrWrite[] {
    this.#lifetime.require();
    return this.#batch.layout(requireWord64('index', index));
  }

  /** Gives the memory back; whatever is asked of it afterwards throws. Harmless twice. */
  dispose(): void {
    this.#lifetime.end();
    this.#batch.dispose();
  }
  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
