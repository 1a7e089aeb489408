/** Computes blocks of a campaign into its folder: those that are asked for and not there yet. */

import { isSampled } from './audit.ts';
import { Crew, type CrewOptions, type Performed } from './crew.ts';
import { readFailures } from './starts.ts';

/** What a run does, and whom it tells. */
export interface RunOptions extends CrewOptions {
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

/** Blocks one after the other, for several takers. */
function* waiting({ blocks, done, folder, finish }: RunOptions): Generator<number, void, undefined> {
  const failed = new Set(readFailures(folder).map(({ block }) => block));
  for (const index of blocks) {
    if (finish.aborted) return;
    if (!done.has(index) && !failed.has(index)) yield index;
  }
}

/** Lets `threads` takers go through items; the first error ends them all when each has finished what it has. */
async function inTurns(
  threads: number,
  items: Iterator<number>,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let hasFailed = false;
  const take = async (): Promise<void> => {
    for (let next = items.next(); !next.done && !hasFailed; next = items.next()) {
      try {
        await work(next.value);
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
  const { campaign, threads, audit = 0, finish, onBlock } = options;
  const differing: string[] = [];
  let [computed, audited] = [0, 0];
  const crew = await Crew.start(options);
  try {
    await inTurns(threads, waiting(options), async (index) => {
      const performed = await crew.perform(index);
      if (performed.kind === 'done') computed += 1;
      onBlock?.(index, performed);
    });
    const sampled = finish.aborted
      ? []
      : [...options.blocks].filter((index) => isSampled(campaign, index, audit));
    await inTurns(threads, sampled[Symbol.iterator](), async (index) => {
      if (finish.aborted) return;
      const problem = await crew.audit(index);
      audited += 1;
      if (problem !== undefined) differing.push(problem);
    });
    return { computed, audited, differing };
  } finally {
    crew.dispose();
  }
}
