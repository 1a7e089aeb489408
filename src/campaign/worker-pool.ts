/**
 * The workers of one process, and what becomes of each block: it is there already, it is computed, it fails and is
 * begun again, or it is given up. Where blocks come from (a list, a queue) is for others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Block, blockAt, type Campaign, type Counters } from '../sweep/index.ts';
import { VERSION } from '../version.ts';
import { type BlockOutcome, BlockWorker } from './block-worker.ts';
import { StorageError } from './durable.ts';
import type { BlockRequest, WorkerSetup } from './messages.ts';
import { readBlock } from './results.ts';
import {
  beginStart,
  endStart,
  endsOf,
  type Failure,
  failStart,
  giveUp,
  HEARTBEAT_MS,
  isInHand,
  keepAlive,
  MOST_STARTS,
  readStarts,
  type StartFile,
} from './starts.ts';

/** How often one looks whether another process is through with a block. */
const LOOK_MS = 500;

/** What became of a block. */
export type Performed =
  | { readonly kind: 'done'; readonly counters: Counters }
  /** Another one had computed it. */
  | { readonly kind: 'present' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The run was told to drop what was in hand. */
  | { readonly kind: 'dropped' };

/** Who works, and for what. */
export interface PoolOptions {
  /** The results folder, which is open. */
  readonly folder: string;
  readonly campaign: Campaign;
  /** Workers. */
  readonly threads: number;
  /** Ends the blocks in hand. */
  readonly drop: AbortSignal;
  /** Another worker program, for tests. */
  readonly program?: URL | undefined;
}

/** Workers that compute blocks of one campaign into one folder. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #setup: WorkerSetup;
  readonly #idle: BlockWorker[] = [];
  readonly #all = new Set<BlockWorker>();
  readonly #inHand = new Set<StartFile>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onDrop = (): void => {
    for (const worker of this.#all) worker.end();
  };

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#setup = { version: VERSION, folder: options.folder, campaign: options.campaign };
    this.#heartbeat = setInterval(() => keepAlive(this.#inHand), HEARTBEAT_MS);
    options.drop.addEventListener('abort', this.#onDrop);
  }

  /** Starts the workers. @throws CampaignError where they refuse or do not come up */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      const workers = Array.from({ length: options.threads }, () => pool.#spawn(false));
      pool.#idle.push(...(await Promise.all(workers)));
      return pool;
    } catch (error) {
      pool.dispose();
      throw error;
    }
  }

  async #spawn(isProcess: boolean): Promise<BlockWorker> {
    const worker = new BlockWorker({ program: this.#options.program, isProcess });
    this.#all.add(worker);
    await worker.open(this.#setup);
    return worker;
  }

  #close(worker: BlockWorker): void {
    this.#all.delete(worker);
    worker.end();
  }

  /** Has a request answered by an idle worker, of which there is one for everybody who asks at once. */
  async #compute(request: BlockRequest, isAlone: boolean): Promise<BlockOutcome> {
    const idle = isAlone ? undefined : this.#idle.pop();
    const worker = idle && !idle.hasEnded ? idle : await this.#spawn(isAlone);
    const outcome = await worker.run(request);
    if (isAlone || worker.hasEnded) this.#close(worker);
    else this.#idle.push(worker);
    return outcome;
  }

  #isThere(block: Block): boolean {
    const { folder, campaign } = this.#options;
    return typeof readBlock(folder, campaign, block) === 'object';
  }

  /** Lets others who have the block in hand finish it. */
  async #whileOthersWork(block: Block): Promise<void> {
    const { folder, drop } = this.#options;
    while (!drop.aborted && !this.#isThere(block) && readStarts(folder, block).some(isInHand)) {
      await sleep(LOOK_MS);
    }
  }

  /**
   * Sees to a block: computed now, or there already, or given up after three failures.
   *
   * @throws StorageError where the folder takes nothing more; CampaignError where no worker can be had
   */
  async perform(index: number): Promise<Performed> {
    const { folder, campaign, drop } = this.#options;
    const block = await blockAt(campaign, index);
    await this.#whileOthersWork(block);
    while (!drop.aborted) {
      if (this.#isThere(block)) return { kind: 'present' };
      const { failures, deaths } = endsOf(readStarts(folder, block));
      if (failures.length >= MOST_STARTS) return { kind: 'failed', failure: giveUp(folder, block, failures) };
      const outcome = await this.#attempt(block, deaths >= MOST_STARTS);
      if (outcome?.kind === 'done') return outcome;
    }
    return { kind: 'dropped' };
  }

  /**
   * One start of a block, and its end in words for those who come after.
   *
   * @returns undefined where another process was through with it by the time that it was begun
   */
  async #attempt(block: Block, isAlone: boolean): Promise<BlockOutcome | undefined> {
    const start = beginStart(this.#options.folder, block, isAlone);
    this.#inHand.add(start);
    try {
      if (this.#isThere(block)) {
        endStart(start);
        return undefined;
      }
      const outcome = await this.#compute({ kind: 'block', index: block.index, isAudit: false }, isAlone);
      if (outcome.kind === 'failed' || (outcome.kind === 'died' && !this.#options.drop.aborted)) {
        failStart(start, outcome.error, outcome.log);
      } else if (start.number === 1 || outcome.kind !== 'done') endStart(start);
      if (outcome.kind === 'storage') throw new StorageError(outcome.file, outcome.reason);
      return outcome;
    } finally {
      this.#inHand.delete(start);
    }
  }

  /**
   * Computes a block that is there once more.
   *
   * @returns the file that holds something else than what was computed now; undefined where all are the same
   */
  async audit(index: number): Promise<string | undefined> {
    const outcome = await this.#compute({ kind: 'block', index, isAudit: true }, false);
    if (outcome.kind === 'done') return undefined;
    if (outcome.kind === 'differs') return outcome.path;
    return `block ${index}: ${outcome.kind === 'storage' ? outcome.reason : outcome.error}`;
  }

  /** Ends all workers. */
  dispose(): void {
    clearInterval(this.#heartbeat);
    this.#options.drop.removeEventListener('abort', this.#onDrop);
    for (const worker of this.#all) worker.end();
  }
}
