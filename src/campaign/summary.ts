/** What all blocks of a folder say together: a fold over them in their order, and its digest. */
import { addCounters, type Campaign, type Counters, emptyCounters, resultDigest } from '../sweep/index.ts';
import { writeDurably } from './durable.ts';
import { type Scan, scanBlocks } from './results.ts';
import { SUMMARY_FILE } from './results-layout.ts';

const SUMMARY_FORMAT = 'eptsweep/sweep-summary@1';

/** What the blocks of a folder say. */
export interface Folded extends Scan {
  readonly campaign: Campaign;
  readonly counters: Counters;
  readonly isComplete: boolean;
  /** Of the campaign and the counters of the blocks that are there: 64 hexadecimal digits. */
  readonly digest: string;
}

/** Folds the blocks of a folder. */
export async function foldBlocks(folder: string, campaign: Campaign): Promise<Folded> {
  let counters = emptyCounters(campaign.spec.smallest);
  const scan = await scanBlocks(folder, campaign, (file) => {
    counters = addCounters(counters, file.counters);
  });
  return {
    ...scan,
    campaign,
    counters,
    isComplete: scan.done.size === campaign.blocks,
    digest: await resultDigest(campaign, counters),
  };
}

/** Writes `summary.json` where all blocks are there; of a part there is none. @throws StorageError */
export function writeSummary(folder: string, { campaign, counters, digest, isComplete }: Folded): void {
  if (!isComplete) return;
  const { id, ask, blocks } = campaign;
  const content = {
    format: SUMMARY_FORMAT,
    campaign: id,
    ask,
    blocks,
    points: String(campaign.points),
    counters,
    digest,
  };
  writeDurably(folder, SUMMARY_FILE, `${JSON.stringify(content, null, 2)}\n`);
}
