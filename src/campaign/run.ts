/** Computes blocks of a campaign into its folder: those that are asked for and not there yet. */

import { isSampled } from './audit.ts';
import { readFailures } from './starts.ts';
import { type Performed, type PoolOptions, WorkerPool } from './worker-pool.ts';

/** What a run does, and whom it tells. */
export interface RunOptions extends PoolOptions {
  /** Numbers of the blocks, in the order in which they are taken. */
  readonly blocks: readonly number[];
  /** Of these, the ones that are there and whole. */
  readonly done: ReadonlySet<number>;
  /** Takes nothing more. */
  readonly finish: AbortSignal;
  /** Share of the blocks that are computed again when all are there: 0..1. */
  readonly audit?: number;
  /** Told of each block that is seen to. */
  readonly onBlock?: (index: number, performed: Performed) => void;
}

/** How a run ended. */
export interface RunEnd {
  /** Blocks that were computed now. */
  readonly computed: number;
  /** Files that hold something else than what an audit computed. */
  readonly differing: readonly string[];
  /** Blocks that were computed again. */
  readonly audited: number;
}

/** Blocks that are to be computed: asked for, not there, and not given up. */
function missingBlocks({ blocks, done, folder }: RunOptions): number[] {
  const failed = new Set(readFailures(folder).map(({ block }) => block));
  return blocks.filter((index) => !done.has(index) && !failed.has(index));
}

/** Lets `threads` takers go through items; the first error ends them all when each has finished what it has. */
async function inTurns(
  { threads, finish }: RunOptions,
  blocks: readonly number[],
  work: (index: number) => Promise<void>,
): Promise<void> {
  let hasFailed = false;
  const items = blocks.values();
  const take = async (): Promise<void> => {
    for (const index of items) {
      if (hasFailed || finish.aborted) return;
      try {
        await work(index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: threads }, take));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * Runs blocks in this process.
 *
 * @throws StorageError where the folder takes nothing more: what is in it is whole; CampaignError where workers refuse
 */
export async function runBlocks(options: RunOptions): Promise<RunEnd> {
  const { campaign, blocks, done, audit = 0, onBlock } = options;
  const missing = missingBlocks(options);
  const sample = audit > 0 ? blocks.filter((index) => isSampled(campaign, index, audit)) : [];
  const differing: string[] = [];
  let [computed, audited] = [0, 0];
  if (missing.length + sample.length === 0) return { computed, audited, differing };
  const there = new Set(done);
  const pool = await WorkerPool.start(options);
  try {
    await inTurns(options, missing, async (index) => {
      const performed = await pool.perform(index);
      if (performed.kind === 'done') computed += 1;
      if (performed.kind === 'done' || performed.kind === 'present') there.add(index);
      onBlock?.(index, performed);
    });
    await inTurns(
      options,
      sample.filter((index) => there.has(index)),
      async (index) => {
        const problem = await pool.audit(index);
        audited += 1;
        if (problem !== undefined) differing.push(problem);
      },
    );
    return { computed, audited, differing };
  } finally {
    pool.dispose();
  }
}
