/** `compare` of layouts that are made: counts the same as {@link askCompare} does point by point. */
import type { BatchCounts } from '../../vm/index.ts';
import { againstOf } from '../cases.ts';
import { compareVcpu, differingPairs, keepRow, pairsText } from './compare.ts';
import { sumOf } from './context.ts';
import type { MadeQuestion, MadeRun } from './made.ts';

function count(run: MadeRun, { layouts, matrix, byRanges, first }: BatchCounts): void {
  const { tally, spec } = run.context;
  const sum = (name: string, amount: bigint): void => {
    if (amount > 0n) tally.add(sumOf(run, name), amount);
  };
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
  if (first !== undefined) tally.least(sumOf(run, 'differing'), run.point(first));
}

/** Names the smallest layouts that differ, as views answer them. */
async function keepSmallest(run: MadeRun, { smallest }: BatchCounts): Promise<void> {
  for (const { index, ranges, pages } of smallest) {
    const one = await run.case(index);
    const compared = await compareVcpu(run.context, one, one.vcpus[0]!);
    if (compared?.pages === pages && compared.registers === ranges) {
      run.context.tally.keep({
        point: String(run.point(index)),
        registers: ranges,
        pages: String(pages),
        text: pairsText(compared.pairs),
      });
    } else run.contradict(index, `batches count ${pages} pages, views ${compared?.pages ?? 'none'}`);
  }
}

/** Keeps a row of each layout that differs. */
async function keepRows(run: MadeRun, { found }: BatchCounts): Promise<void> {
  for (const { index } of found) {
    const one = await run.case(index);
    const asked = one.vcpus[0]!;
    const compared = await compareVcpu(run.context, one, asked);
    if (compared) keepRow(run.context, one, asked.id, compared);
  }
}

/** Compares. */
export const COMPARE_MADE: MadeQuestion = {
  sides: ({ spec }, own) => [againstOf(spec), own],
  async take(run, counts) {
    count(run, counts);
    await keepSmallest(run, counts);
    await keepRows(run, counts);
  },
};
