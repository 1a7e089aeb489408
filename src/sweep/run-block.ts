/** Computes a block. */
import { askCheck } from './asks/check.ts';
import { askCompare } from './asks/compare.ts';
import { COMPARE_MADE } from './asks/compare-batch.ts';
import { type AskContext, countRefusal, type PointAsker } from './asks/context.ts';
import { askMade, asksInBatches, isMade, type MadeQuestion } from './asks/made.ts';
import { askOracle } from './asks/oracle.ts';
import { askPages } from './asks/pages.ts';
import { askTotals } from './asks/totals.ts';
import { TOTALS_MADE } from './asks/totals-batch.ts';
import type { BlockAnswer } from './block-answer.ts';
import type { Block, Campaign } from './campaign.ts';
import { casesOf, isRefusal } from './cases.ts';
import { segmentsOf } from './points.ts';
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
/** The same of layouts by the thousand. */
const MADE: Readonly<Partial<Record<Ask, MadeQuestion>>> = { totals: TOTALS_MADE, compare: COMPARE_MADE };

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
  const context: AskContext = { campaign, spec, block, world, tally, rows };
  const ask = ASKERS[spec.ask](context);
  const made = asksInBatches(spec, campaign.points) ? MADE[spec.ask] : undefined;
  if (made) await askSegments(context, ask, made, BigInt(campaign.combinations), signal);
  else await askEach(context, ask, block, signal);
  return { counters: await tally.counters(), tables: rows.tables() };
}

/** Asks whole layouts: those that are made in batches, the others one by one. */
async function askSegments(
  context: AskContext,
  ask: PointAsker,
  made: MadeQuestion,
  perLayout: bigint,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { spec, block } = context;
  for (const segment of segmentsOf(spec, block.first / perLayout, block.points / perLayout)) {
    const { offset, first, count } = segment;
    const points = { first: (offset + first) * perLayout, points: count * perLayout };
    if (isMade(segment)) await askMade(context, segment, made, signal);
    else await askEach(context, ask, points, signal);
  }
}

/** Asks points one by one. */
async function askEach(
  context: AskContext,
  ask: PointAsker,
  points: Pick<Block, 'first' | 'points'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { spec, block, world, tally } = context;
  // A point that is cut into shards is counted with the first.
  const isCounted = !block.shard || block.shard.index === 0;
  for await (const one of casesOf(spec, points, world, signal)) {
    if (isCounted) tally.add('points');
    if (!isRefusal(one)) await ask(one);
    else if (isCounted) {
      countRefusal(tally, one, one.path);
      if (one.path === 'file') {
        tally.finding({ point: String(one.point), registers: 0, pages: '0', text: one.problem });
      }
      await tally.answer(`${one.point} refused ${one.problem}`);
    }
  }
}
