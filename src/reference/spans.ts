/** Spans and totals of a range: the blocks of a {@link Partition}, joined. */
import { EptsweepError } from '../errors.ts';
import type { GfnRange, SpanOf, TotalOf, Want } from '../types.ts';
import { compareTotals } from '../vm/index.ts';
import { type Answer, isSameAnswer, spanOf, totalOf } from './answers.ts';
import type { Block, Partition } from './cuts.ts';

/** More spans than the protocol carries are not worth a page-by-page engine's time. */
const MAX_SPANS = 65536;

/** Joins neighbouring blocks of one answer. */
export function* joined(blocks: Iterable<Block<Answer>>): Generator<Block<Answer>> {
  let current: Block<Answer> | undefined;
  for (const block of blocks) {
    if (current && isSameAnswer(current.answer, block.answer)) {
      current = { ...current, end: block.end };
    } else {
      if (current) yield current;
      current = block;
    }
  }
  if (current) yield current;
}

/**
 * The maximal spans of a range in ascending order.
 *
 * @throws EptsweepError `too-many-spans` after {@link MAX_SPANS}
 */
export function* spansOf<W extends Want>(
  partition: Partition<Answer>,
  want: W,
  range: GfnRange,
): Generator<SpanOf<W>> {
  let count = 0;
  for (const block of joined(partition.blocks(range))) {
    if (count === MAX_SPANS) {
      throw new EptsweepError(
        'too-many-spans',
        `more than ${MAX_SPANS} spans: ask for a shorter range, or use the engine "auto"`,
      );
    }
    count++;
    yield spanOf(want, block, block.answer);
  }
}

/** Page counts of a range by answer, ascending. */
export function totalsOf<W extends Want>(
  partition: Partition<Answer>,
  want: W,
  range: GfnRange,
): readonly TotalOf<W>[] {
  const withoutPages = (answer: Answer): TotalOf<W> => totalOf(want, answer, 0n);
  return partition
    .tally(range, (a, b) => compareTotals(withoutPages(a), withoutPages(b)) === 0)
    .map(({ answer, frames }) => totalOf(want, answer, BigInt(frames)))
    .sort(compareTotals);
}
