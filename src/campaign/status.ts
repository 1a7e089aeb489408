/** How far a results folder is: what is done, failed and in hand, how fast it goes, and what takes longest. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blockAt, type Campaign } from '../sweep/index.ts';
import { requireLock } from './lock.ts';
import { blockPath } from './results-layout.ts';
import { type Failure, isInHand, readFailures, readStarts } from './starts.ts';
import { type Folded, foldBlocks } from './summary.ts';

/** The rate is that of this last part of the time. */
const RECENT_MS = 600_000;

/** A block that somebody has in hand. */
export interface BlockInHand {
  readonly block: number;
  readonly host: string;
  readonly pid: number;
  /** Since it was begun. */
  readonly seconds: number;
}

/** How far a campaign is. */
export interface Status {
  readonly campaign: Campaign;
  readonly folded: Folded;
  readonly failures: readonly Failure[];
  /** The oldest first. */
  readonly inHand: readonly BlockInHand[];
  /** Blocks a second, lately; undefined where too few are done to say. */
  readonly rate: number | undefined;
  /** Until all are done; undefined where nobody works. */
  readonly secondsLeft: number | undefined;
}

/** Starts whose block is not done, as their files are named: the first digits of its id. */
function startedIds(folder: string): Set<string> {
  try {
    return new Set(readdirSync(join(folder, 'started')).map((name) => name.replace(/\..*$/, '')));
  } catch {
    return new Set();
  }
}

async function blocksInHand(
  folder: string,
  campaign: Campaign,
  done: ReadonlySet<number>,
): Promise<BlockInHand[]> {
  const ids = startedIds(folder);
  const found: BlockInHand[] = [];
  for (let index = 0; index < campaign.blocks && ids.size > 0; index++) {
    if (done.has(index)) continue;
    const block = await blockAt(campaign, index);
    if (!ids.delete(block.id.slice(0, 16))) continue;
    for (const start of readStarts(folder, block).filter(isInHand)) {
      const { host, pid, at } = start;
      found.push({ block: index, host, pid, seconds: Math.max(0, (Date.now() - at) / 1000) });
    }
  }
  return found.sort((a, b) => b.seconds - a.seconds);
}

/** When blocks were done, milliseconds since 1970, ascending. */
function times(folder: string, blocks: readonly Block[]): number[] {
  const found = blocks.map(
    (block) => statSync(join(folder, blockPath(block)), { throwIfNoEntry: false })?.mtimeMs,
  );
  return found.filter((time) => time !== undefined).sort((a, b) => a - b);
}

/** Blocks a second over the last ten minutes in which some were done. */
function rateOf(all: readonly number[]): number | undefined {
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const recent = all.filter((time) => time >= last - RECENT_MS);
  const seconds = (last - recent[0]!) / 1000;
  return seconds > 0 ? (recent.length - 1) / seconds : undefined;
}

/** Looks at a results folder. @throws CampaignError where it is none */
export async function statusOf(folder: string): Promise<Status> {
  const { campaign } = requireLock(folder);
  const folded = await foldBlocks(folder, campaign);
  const failures = readFailures(folder, folded.done);
  const inHand = await blocksInHand(folder, campaign, folded.done);
  const done = await Promise.all([...folded.done].map((index) => blockAt(campaign, index)));
  const rate = rateOf(times(folder, done));
  const left = campaign.blocks - folded.done.size - failures.length;
  const secondsLeft = rate !== undefined && inHand.length > 0 ? left / rate : undefined;
  return { campaign, folded, failures, inHand, rate, secondsLeft };
}
