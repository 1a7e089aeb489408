/** Computes a block. */
import { askCheck } from './asks/check.ts';
import { askCompare } from './asks/compare.ts';
import { type AskContext, countRefusal, type PointAsker } from './asks/context.ts';
import { askOracle } from './asks/oracle.ts';
import { askPages } from './asks/pages.ts';
import { askTotals } from './asks/totals.ts';
import type { BlockAnswer } from './block-answer.ts';
import type { Block, Campaign } from './campaign.ts';
import { casesOf, isRefusal } from './cases.ts';
import { Rows } from './rows.ts';
import type { Ask } from './spec.ts';
import { Tally } from './tally.ts';
import type { World } from './world.ts';

const ASKERS: Readonly<Record<Ask, (context: AskContext) => PointAsker>> = {
  totals: askTotals,
  compare: askCompare,
  check: askCheck,
  oracle: askOracle,
  pages: askPages,
};

/**
 * Computes a block: every point that is not excluded is asked. What a point cannot be asked is counted, not thrown.
 *
 * @param campaign - whose block it is
 * @param world - see {@link World}
 * @param signal - aborts between two layouts
 * @throws the signal's reason; EptsweepError where another program gives no answer; what a file cannot be read with
 */
export async function runBlock(
  campaign: Campaign,
  block: Block,
  world: World,
  signal?: AbortSignal,
): Promise<BlockAnswer> {
  const { spec } = campaign;
  const tally = new Tally(spec.smallest);
  const rows = new Rows(spec);
  const ask = ASKERS[spec.ask]({ campaign, spec, block, world, tally, rows });
  for await (const one of casesOf(campaign, block, world, signal)) {
    // A point that is cut into shards is counted with the first.
    if (!block.shard || block.shard.index === 0) tally.add('points');
    if (!isRefusal(one)) await ask(one);
    else {
      countRefusal(tally, one, one.path);
      if (one.path === 'file') {
        const finding = { point: String(one.point), registers: 0, pages: '0', text: one.problem };
        tally.finding(finding);
      }
      await tally.answer(`${one.point} refused ${one.problem}`);
    }
  }
  return { counters: await tally.counters(), tables: rows.tables() };
}
