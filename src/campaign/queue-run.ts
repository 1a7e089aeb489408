/**
 * Computes blocks that a queue hands out. The queue is a hint and the folder the truth: whoever coordinates keeps no
 * state, and every few seconds puts in again what has no result; whoever works looks into the folder before it computes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { blockAt } from '../sweep/index.ts';
import type { BlockQueue } from './queue.ts';
import { connectionProblem } from './queue-server.ts';
import { blocksThere, readBlock } from './results.ts';
import type { RunEnd } from './run.ts';
import { readFailures } from './starts.ts';
import { type Performed, type PoolOptions, WorkerPool } from './worker-pool.ts';

/** How often the folder is looked at, and missing blocks are put in. */
const LOOK_MS = 3_000;
/** Blocks that are put in at once: the first ones that are missing. */
const BLOCKS_AHEAD = 2_000;
/** A taker that gets nothing for so long while blocks wait has lost its connection without knowing: it is replaced. */
const IDLE_MS = 30_000;
/** A server that is gone answers no farewell. */
const FAREWELL_MS = 5_000;

/** How blocks of a queue are computed. */
export interface QueueRunOptions extends PoolOptions {
  readonly queue: BlockQueue;
  /** Whether missing blocks are put in here. */
  readonly isCoordinator: boolean;
  /** Takes nothing more. */
  readonly finish: AbortSignal;
  readonly onBlock?: (index: number, performed: Performed) => void;
  /** Told how many blocks are done, by whomever. */
  readonly onLook?: (done: number) => void;
  /** Told, in a sentence, what went wrong with the queue; it is tried again. */
  readonly onNotice?: (text: string) => void;
  /** {@link LOOK_MS}, for tests. */
  readonly lookMs?: number;
  /** {@link IDLE_MS}, for tests. */
  readonly idleMs?: number;
}

/** What is done of a campaign, as its folder shows it; every block is read once. */
class Missing {
  readonly #options: QueueRunOptions;
  readonly #done = new Set<number>();

  constructor(options: QueueRunOptions) {
    this.#options = options;
  }

  get done(): number {
    return this.#done.size;
  }

  /** Looks at the folder. @returns the first blocks that are neither done nor given up */
  async look(): Promise<number[]> {
    const { folder, campaign } = this.#options;
    for (const index of blocksThere(folder, campaign)) {
      if (this.#done.has(index)) continue;
      const file = readBlock(folder, campaign, await blockAt(campaign, index));
      if (typeof file === 'object') this.#done.add(index);
    }
    const failed = new Set(readFailures(folder).map(({ block }) => block));
    const missing: number[] = [];
    for (let index = 0; index < campaign.blocks && missing.length < BLOCKS_AHEAD; index++) {
      if (!this.#done.has(index) && !failed.has(index)) missing.push(index);
    }
    return missing;
  }
}

/** Takes blocks of the queue, and starts anew where it gets none though some wait. */
class Taker {
  readonly #queue: BlockQueue;
  readonly #work: (index: number) => Promise<void>;
  readonly #atOnce: number;
  readonly #idleMs: number;
  #stop: () => Promise<void>;
  #inHand = 0;
  #heardAt = Date.now();

  constructor(
    queue: BlockQueue,
    work: (index: number) => Promise<void>,
    { threads, idleMs = IDLE_MS }: QueueRunOptions,
  ) {
    this.#queue = queue;
    this.#atOnce = threads;
    this.#idleMs = idleMs;
    this.#work = async (index) => {
      this.#inHand += 1;
      try {
        await work(index);
      } finally {
        this.#inHand -= 1;
        this.#heardAt = Date.now();
      }
    };
    this.#stop = queue.take(this.#work, threads);
  }

  /** @returns whether it was started anew */
  async refresh(): Promise<boolean> {
    if (this.#inHand > 0 || Date.now() - this.#heardAt < this.#idleMs) return false;
    this.#heardAt = Date.now();
    if ((await this.#queue.states()).waiting === 0) return false;
    void this.#stop().catch(() => undefined);
    this.#stop = this.#queue.take(this.#work, this.#atOnce);
    return true;
  }

  /** Takes nothing more. @returns when nothing is in hand */
  async stop(): Promise<void> {
    const stopped = this.#stop().catch(() => undefined);
    while (this.#inHand > 0) await Promise.race([stopped, sleep(100)]);
    await withFarewell(stopped);
  }
}

function withFarewell(work: Promise<unknown>): Promise<unknown> {
  const timer = new AbortController();
  const silence = sleep(FAREWELL_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  return Promise.race([work.catch(() => undefined).finally(() => timer.abort()), silence]);
}

/** Does one thing at a time with a server that may be away for long; more is left out while it waits. */
function oneAtATime(onNotice: (text: string) => void): (work: () => Promise<unknown>) => void {
  let isBusy = false;
  return (work) => {
    if (isBusy) return;
    isBusy = true;
    work()
      .catch((error: Error) => onNotice(connectionProblem(error)))
      .finally(() => {
        isBusy = false;
      });
  };
}

/**
 * Works for a queue until the folder has all blocks, or all but those that were given up.
 *
 * @throws as `runBlocks`
 */
export async function runQueue(options: QueueRunOptions): Promise<RunEnd> {
  const { queue, isCoordinator, threads, finish, onBlock, onLook } = options;
  const { onNotice = () => undefined, lookMs = LOOK_MS } = options;
  let computed = 0;
  let failure: { readonly error: unknown } | undefined;
  const pool = await WorkerPool.start(options);
  const work = async (index: number): Promise<void> => {
    if (failure) return;
    try {
      const performed = await pool.perform(index);
      if (performed.kind === 'done') computed += 1;
      onBlock?.(index, performed);
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  const missing = new Missing(options);
  const taker = threads > 0 ? new Taker(queue, work, options) : undefined;
  const atServer = oneAtATime(onNotice);
  try {
    for (let rest = await missing.look(); rest.length > 0; rest = await missing.look()) {
      onLook?.(missing.done);
      if (finish.aborted || failure) break;
      atServer(async () => {
        if (isCoordinator) await queue.ensure(rest);
        if (await taker?.refresh()) onNotice('blocks wait and none came: the connection was made anew');
      });
      await sleep(lookMs, undefined, { signal: finish }).catch(() => undefined);
    }
    await taker?.stop();
    if (failure) throw failure.error;
    if (isCoordinator && !finish.aborted) await withFarewell(queue.clear());
    return { computed, audited: 0, differing: [] };
  } finally {
    await withFarewell(queue.close());
    pool.dispose();
  }
}
