/**
 * Layouts that are made, not read, asked by the thousand: which questions that answers, and the run of one combination
 * over them. Counts the same as point by point; a sample is asked of views again, of `auto` and of the reference.
 */
import { addBatchCounts, type Batch } from '../../engine/index.ts';
import { EptsweepError } from '../../errors.ts';
import type { Policy } from '../../policy/index.ts';
import {
  type BatchCounts,
  type BatchSide,
  type BatchWant,
  type MsrWrite,
  vcpuOf,
  vm,
} from '../../vm/index.ts';
import { type Case, Combinations, isRefusal, machineAt, OpenedLayout, refusalOf } from '../cases.ts';
import { enumeratedLayout } from '../enumerate.ts';
import { combinationCount, type Segment } from '../points.ts';
import type { EnumeratedLayouts, LayoutSource, RandomLayouts, SweepSpec } from '../spec.ts';
import { type AskContext, countContradiction, countRefusal } from './context.ts';

type MadeLayouts = RandomLayouts | EnumeratedLayouts;

/** A segment of layouts that are made. */
export type MadeSegment = Segment & { readonly source: MadeLayouts };

/** What is asked of every combination of a segment. */
export interface MadeQuestion {
  /** The policies that a batch asks: one, or two that are held against each other. */
  sides(context: AskContext, own: Policy): readonly Policy[];
  /** Takes what a batch counted, beyond states, refusals and the digest. */
  take(run: MadeRun, counts: BatchCounts): Promise<void> | void;
}

/** Axes that leave the registers alone, which each layout brings. */
const SWITCHES: readonly string[] = [
  'policy',
  'noncoherentDma',
  'quirks',
  'cr0cd',
  'guestHasMtrr',
  'host.selfSnoop',
];
/** Most points of a campaign of `totals` whose distinct answers are counted: each takes a line of every counter. */
export const MOST_POINTS_TOLD_APART = 1n << 20n;
/** Layouts of a grid that are made before they are asked. */
const MADE_AT_ONCE = 4096n;

/**
 * Whether a campaign's layouts that are made can be asked in batches, which know sums over layouts, not what single
 * ones answer.
 *
 * @param points - of the campaign
 */
export function asksInBatches(spec: SweepSpec, points: bigint): boolean {
  const { ask, want, keep, dimensions, include } = spec;
  const paths = [
    ...dimensions.flatMap((one) => one.paths),
    ...include.flatMap((entry) => Object.keys(entry)),
  ];
  return (
    (ask === 'compare' || (ask === 'totals' && points > MOST_POINTS_TOLD_APART)) &&
    (want === 'ept' || want === 'mtrr') &&
    keep !== 'all' &&
    paths.every((path) => SWITCHES.includes(path))
  );
}

/** Whether a source's layouts are made from their numbers. */
export function makesLayouts(source: LayoutSource): source is MadeLayouts {
  return source.kind === 'random' || source.kind === 'enumerate';
}

/** Whether a segment's layouts are made from their numbers. */
export function isMade(segment: Segment): segment is MadeSegment {
  return makesLayouts(segment.source);
}

/** A combination over the layouts of a segment. */
export class MadeRun {
  readonly context: AskContext;
  /** Number of the combination. */
  readonly combination: number;
  readonly #segment: MadeSegment;
  readonly #combinations: Combinations;
  readonly #perLayout: bigint;

  constructor(context: AskContext, segment: MadeSegment, combinations: Combinations, combination: number) {
    this.context = context;
    this.combination = combination;
    this.#segment = segment;
    this.#combinations = combinations;
    this.#perLayout = BigInt(combinationCount(context.spec));
  }

  /** Number of the point of one of the source's layouts. */
  point(layout: bigint): bigint {
    return (this.#segment.offset + layout) * this.#perLayout + BigInt(this.combination);
  }

  /** The point of one of the source's layouts, as it is asked alone. */
  async case(layout: bigint): Promise<Case> {
    const { spec, world } = this.context;
    const opened = new OpenedLayout(spec, await machineAt(spec, this.#segment.offset + layout, world));
    const one = opened.case(this.point(layout), this.combination, this.#combinations.at(this.combination)!);
    if (isRefusal(one))
      throw new EptsweepError('internal', `a layout that was made is refused: ${one.problem}`);
    return one;
  }

  /** Asks all layouts of the segment; none where the combination is excluded. */
  async ask(question: MadeQuestion): Promise<void> {
    const combination = this.#combinations.at(this.combination);
    if (!combination) return;
    const { tally } = this.context;
    const { source, count } = this.#segment;
    tally.add('points', count);
    let batch: Batch;
    try {
      const bare = combination.change(vm({ maxphyaddr: source.maxphyaddr }));
      const sides = question.sides(this.context, combination.policy ?? bare.policy);
      batch = this.#open(sides.map((policy) => ({ vcpu: vcpuOf(bare, 0), policy })));
    } catch (error) {
      return this.#refuse(refusalOf(error).path, count);
    }
    try {
      const counts = this.#counted(batch);
      tally.add('states', counts.layouts);
      if (counts.refused > 0n) this.#refuse('msrs', counts.refused);
      // Odd factors: what two combinations answer to one layout does not cancel.
      tally.digest(counts.digest * BigInt(2 * this.combination + 1));
      await question.take(this, counts);
      this.#verify(batch);
    } finally {
      batch.dispose();
    }
  }

  /** Counts a layout that another engine answers otherwise. */
  contradict(layout: bigint, text: string): void {
    countContradiction(this.context.tally, this.point(layout), text);
  }

  #open(sides: readonly BatchSide[]): Batch {
    const { spec, world } = this.context;
    const { source } = this.#segment;
    return world.evaluator.batch({
      sides,
      want: spec.want as BatchWant,
      smallest: spec.smallest,
      list: spec.keep === 'findings',
      ...(source.kind === 'random' && {
        kind: source.of,
        seed: BigInt(source.seed),
        ranges: source.ranges,
      }),
    });
  }

  #refuse(path: string, count: bigint): void {
    const first = { point: this.point(this.#segment.first), combination: this.combination };
    countRefusal(this.context.tally, first, path, count);
  }

  #counted(batch: Batch): BatchCounts {
    const { source, first, count } = this.#segment;
    const { smallest } = this.context.spec;
    if (source.kind === 'random') return batch.run(first, Number(count));
    let counts = batch.runLayouts(first, []);
    for (let done = 0n; done < count; done += MADE_AT_ONCE) {
      const some = count - done < MADE_AT_ONCE ? count - done : MADE_AT_ONCE;
      const layouts = Array.from({ length: Number(some) }, (_, at) =>
        writesOf(source, first + done + BigInt(at)),
      );
      counts = addBatchCounts(counts, batch.runLayouts(first + done, layouts), smallest);
    }
    return counts;
  }

  /** Asks a sample again: one layout in so many of `auto`, fewer of the reference. */
  #verify(batch: Batch): void {
    const { spec, world, tally } = this.context;
    const { first, count, source } = this.#segment;
    for (const [oneIn, evaluator] of [
      [spec.verify.auto, world.evaluator],
      [spec.verify.reference, world.witness],
    ] as const) {
      if (oneIn === 0) continue;
      const step = BigInt(oneIn);
      for (let layout = ((first + step - 1n) / step) * step; layout < first + count; layout += step) {
        tally.add('verified');
        const held =
          source.kind === 'random'
            ? batch.disagreement(layout, evaluator)
            : batch.layoutDisagreement(layout, writesOf(source, layout), evaluator);
        if (held) this.contradict(layout, `batches and the views of ${evaluator.engine} count differently`);
      }
    }
  }
}

function writesOf(source: EnumeratedLayouts, layout: bigint): readonly MsrWrite[] {
  return enumeratedLayout(source, layout).map(([msr, value]) => ({ msr, value }));
}

/**
 * Asks every combination of a segment.
 *
 * @throws the signal's reason between two combinations
 */
export async function askMade(
  context: AskContext,
  segment: MadeSegment,
  question: MadeQuestion,
  signal: AbortSignal | undefined,
): Promise<void> {
  const combinations = new Combinations(context.spec, context.world);
  for (let index = 0; index < combinationCount(context.spec); index++) {
    signal?.throwIfAborted();
    await new MadeRun(context, segment, combinations, index).ask(question);
  }
}
