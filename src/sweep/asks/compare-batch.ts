/**
 * `compare` of layouts that are made, not read: thousands in a call. Counts the same as {@link askCompare} does point
 * by point; a sample is asked of views again, of `auto` and of the reference.
 */
import { addBatchCounts, type Batch } from '../../engine/index.ts';
import { EptsweepError } from '../../errors.ts';
import type { BatchCounts, BatchWant } from '../../vm/index.ts';
import { vcpuOf, vm } from '../../vm/index.ts';
import {
  againstOf,
  type Case,
  Combinations,
  isRefusal,
  machineAt,
  OpenedLayout,
  refusalOf,
} from '../cases.ts';
import { enumeratedLayout } from '../enumerate.ts';
import { combinationCount, type Segment } from '../points.ts';
import type { EnumeratedLayouts, RandomLayouts, SweepSpec } from '../spec.ts';
import { type Compared, compareVcpu, differingPairs, keepRow, pairsText } from './compare.ts';
import { type AskContext, countContradiction, countRefusal, sumOf } from './context.ts';

/** A segment of layouts that are made. */
type MadeSegment = Segment & { readonly source: RandomLayouts | EnumeratedLayouts };

/** Axes that leave the registers alone, which each layout brings. */
const SWITCHES: readonly string[] = [
  'policy',
  'noncoherentDma',
  'quirks',
  'cr0cd',
  'guestHasMtrr',
  'host.selfSnoop',
];
/** Layouts of a grid that are made before they are asked. */
const MADE_AT_ONCE = 4096n;

/** Whether a segment can be asked in batches. */
export function isMade(spec: SweepSpec, segment: Segment): segment is MadeSegment {
  const { ask, want, keep, dimensions, include } = spec;
  const paths = [
    ...dimensions.flatMap((one) => one.paths),
    ...include.flatMap((entry) => Object.keys(entry)),
  ];
  return (
    (segment.source.kind === 'random' || segment.source.kind === 'enumerate') &&
    ask === 'compare' &&
    (want === 'ept' || want === 'mtrr') &&
    keep !== 'all' &&
    paths.every((path) => SWITCHES.includes(path))
  );
}

/** A combination over the layouts of a segment. */
class Run {
  readonly #context: AskContext;
  readonly #segment: MadeSegment;
  readonly #combinations: Combinations;
  readonly #index: number;
  readonly #perLayout: bigint;

  constructor(context: AskContext, segment: MadeSegment, combinations: Combinations, index: number) {
    this.#context = context;
    this.#segment = segment;
    this.#combinations = combinations;
    this.#index = index;
    this.#perLayout = BigInt(combinationCount(context.spec));
  }

  /** Number of the point of one of the source's layouts. */
  #point(layout: bigint): bigint {
    return (this.#segment.offset + layout) * this.#perLayout + BigInt(this.#index);
  }

  /** The point of one of the source's layouts, as it is asked alone. */
  async #case(layout: bigint): Promise<Case> {
    const { spec, world } = this.#context;
    const opened = new OpenedLayout(spec, await machineAt(spec, this.#segment.offset + layout, world));
    const one = opened.case(this.#point(layout), this.#index, this.#combinations.at(this.#index)!);
    if (isRefusal(one))
      throw new EptsweepError('internal', `a layout that was made is refused: ${one.problem}`);
    return one;
  }

  /** Counts all layouts of the segment; none where the combination is excluded. */
  async run(): Promise<void> {
    const combination = this.#combinations.at(this.#index);
    if (!combination) return;
    const { tally, world, spec } = this.#context;
    const { source, first, count } = this.#segment;
    tally.add('points', count);
    const common = { point: this.#point(first), combination: this.#index };
    let batch: Batch;
    try {
      const bare = combination.change(vm({ maxphyaddr: source.maxphyaddr }));
      const [vcpu, own] = [vcpuOf(bare, 0), combination.policy ?? bare.policy];
      batch = world.evaluator.batch({
        sides: [againstOf(spec), own].map((policy) => ({ vcpu, policy })),
        want: spec.want as BatchWant,
        smallest: spec.smallest,
        list: spec.keep === 'findings',
        ...(source.kind === 'random' && {
          kind: source.of,
          seed: BigInt(source.seed),
          ranges: source.ranges,
        }),
      });
    } catch (error) {
      return countRefusal(tally, common, refusalOf(error).path, count);
    }
    try {
      await this.#count(batch);
    } finally {
      batch.dispose();
    }
  }

  async #count(batch: Batch): Promise<void> {
    const { spec } = this.#context;
    const { first, count } = this.#segment;
    const counts = this.#counted(batch, first, count);
    this.#tally(counts);
    for (const { index, ranges, pages } of counts.smallest) {
      const compared = await this.#compared(index);
      if (compared?.pages === pages && compared.registers === ranges) {
        this.#context.tally.keep({
          point: String(this.#point(index)),
          registers: ranges,
          pages: String(pages),
          text: pairsText(compared.pairs),
        });
      } else this.#contradict(index, `batches count ${pages} pages, views ${compared?.pages ?? 'none'}`);
    }
    this.#verify(batch);
    if (spec.keep === 'findings') await this.#keepRows(counts.found);
  }

  /** Counts layouts whose numbers follow on each other. */
  #counted(batch: Batch, first: bigint, count: bigint): BatchCounts {
    const { source } = this.#segment;
    const { smallest } = this.#context.spec;
    if (source.kind === 'random') return batch.run(first, Number(count));
    let counts = batch.runLayouts(first, []);
    for (let done = 0n; done < count; done += MADE_AT_ONCE) {
      const some = count - done < MADE_AT_ONCE ? count - done : MADE_AT_ONCE;
      const layouts = Array.from({ length: Number(some) }, (_, at) =>
        writesOf(enumeratedLayout(source, first + done + BigInt(at))),
      );
      counts = addBatchCounts(counts, batch.runLayouts(first + done, layouts), smallest);
    }
    return counts;
  }

  #tally(counts: BatchCounts): void {
    const { tally, spec } = this.#context;
    const { layouts, refused, matrix, byRanges, digest, first } = counts;
    const sum = (name: string, amount: bigint): void => {
      if (amount > 0n) tally.add(sumOf({ combination: this.#index }, name), amount);
    };
    tally.add('states', layouts);
    const combination = this.#index;
    if (refused > 0n) {
      countRefusal(tally, { point: this.#point(this.#segment.first), combination }, 'msrs', refused);
    }
    sum('compared', layouts);
    for (const [ranges, one] of byRanges.entries()) {
      sum(`ranges/${ranges}/compared`, one.layouts);
      sum(`ranges/${ranges}/differing`, one.differing);
      sum(`ranges/${ranges}/pages`, one.pages);
    }
    const differing = byRanges.reduce((total, one) => total + one.differing, 0n);
    sum('differing', differing);
    sum(
      'pages',
      byRanges.reduce((total, one) => total + one.pages, 0n),
    );
    for (const [pair, pages] of differingPairs(spec.want, matrix)) sum(`pairs/${pair}`, pages);
    if (differing > 0n) tally.add('findings', differing);
    if (first !== undefined)
      tally.least(sumOf({ combination: this.#index }, 'differing'), this.#point(first));
    // Odd factors: what two combinations answer to one layout does not cancel.
    tally.digest(digest * BigInt(2 * this.#index + 1));
  }

  async #compared(layout: bigint): Promise<Compared | undefined> {
    const one = await this.#case(layout);
    return compareVcpu(this.#context, one, one.vcpus[0]!);
  }

  #contradict(layout: bigint, text: string): void {
    countContradiction(this.#context.tally, this.#point(layout), text);
  }

  /** Asks a sample again: one layout in so many of `auto`, fewer of the reference. */
  #verify(batch: Batch): void {
    const { spec, world, tally } = this.#context;
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
            : batch.layoutDisagreement(layout, writesOf(enumeratedLayout(source, layout)), evaluator);
        if (held) this.#contradict(layout, `batches and the views of ${evaluator.engine} count differently`);
      }
    }
  }

  /** Keeps a row of each layout that differs. */
  async #keepRows(found: BatchCounts['found']): Promise<void> {
    for (const { index } of found) {
      const one = await this.#case(index);
      const asked = one.vcpus[0]!;
      const compared = await compareVcpu(this.#context, one, asked);
      if (compared) keepRow(this.#context, one, asked.id, compared);
    }
  }
}

function writesOf(layout: ReturnType<typeof enumeratedLayout>) {
  return layout.map(([msr, value]) => ({ msr, value }));
}

/**
 * Asks every combination of a segment.
 *
 * @throws the signal's reason between two combinations
 */
export async function compareMade(
  context: AskContext,
  segment: MadeSegment,
  signal: AbortSignal | undefined,
): Promise<void> {
  const combinations = new Combinations(context.spec, context.world);
  for (let index = 0; index < combinationCount(context.spec); index++) {
    signal?.throwIfAborted();
    await new Run(context, segment, combinations, index).run();
  }
}
