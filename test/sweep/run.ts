/** Campaigns, run whole for tests. */
import { parseSweep } from '../../src/config/index.ts';
import { openCampaign, type SweepSources } from '../../src/open/sweep/index.ts';
import {
  addCounters,
  type BlockAnswer,
  blockAt,
  type Campaign,
  type Counters,
  emptyCounters,
  type Summary,
  summaryOf,
  type Table,
} from '../../src/sweep/index.ts';

/** What a campaign gave. */
export interface Ran {
  readonly campaign: Campaign;
  readonly counters: Counters;
  readonly summary: Summary;
  readonly tables: readonly Table[];
  readonly answers: readonly BlockAnswer[];
}

/** Runs every block of a spec. */
export async function ran(
  text: string,
  sources: SweepSources & Parameters<typeof parseSweep>[1] = {},
): Promise<Ran> {
  const { spec } = parseSweep(text, sources);
  const { campaign, run, dispose } = await openCampaign(spec, sources);
  const answers: BlockAnswer[] = [];
  try {
    for (let k = 0; k < campaign.blocks; k++) answers.push(await run(campaign, await blockAt(campaign, k)));
  } finally {
    dispose();
  }
  const counters = answers.reduce(
    (sum, answer) => addCounters(sum, answer.counters),
    emptyCounters(spec.smallest),
  );
  const tables = answers.flatMap((answer) => answer.tables);
  return { campaign, counters, summary: summaryOf(campaign, counters), tables, answers };
}
