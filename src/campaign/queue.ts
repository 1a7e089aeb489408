/**
 * The only place that knows BullMQ: a queue of block numbers on Redis or Valkey, or (young in BullMQ) PostgreSQL. It is
 * a hint of what is to be done, and may forget all of it at any time; what is done, the results folder says.
 */
import { optionalPackage } from './optional-package.ts';
import { queueServer } from './queue-server.ts';

/** A queue of block numbers. */
export interface BlockQueue {
  /** Puts in blocks that are not in it. */
  ensure(blocks: readonly number[]): Promise<void>;
  /**
   * Takes blocks, and leaves those whose taker dies to others.
   *
   * @param work - done with a block when it resolves; what it rejects with ends nothing
   * @param atOnce - how many
   * @returns stops taking, and waits for what is in hand
   */
  take(work: (block: number) => Promise<void>, atOnce: number): () => Promise<void>;
  /** How many blocks wait, and how many somebody has in hand. */
  states(): Promise<{ readonly waiting: number; readonly active: number }>;
  /** What about the server loses or forgets blocks, a line each. */
  warnings(): Promise<string[]>;
  /** Removes the queue and all that is in it. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

interface Closable {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

interface Job {
  readonly data: { readonly block: number };
}

interface Queue extends Closable {
  addBulk(jobs: readonly object[]): Promise<unknown>;
  obliterate(options: object): Promise<void>;
  getJobCounts(...states: string[]): Promise<Record<string, number>>;
}

/** What is used of BullMQ. */
interface BullMq {
  readonly Queue: new (name: string, options: object, backend?: unknown) => Queue;
  readonly Worker: new (
    name: string,
    work: (job: Job) => Promise<void>,
    options: object,
    backend?: unknown,
  ) => Closable;
  readonly createPostgresBackend: unknown;
}

/** A job that was done or failed leaves nothing behind: it can be put in again. */
const FORGOTTEN = { removeOnComplete: true, removeOnFail: true };
/** A job whose taker was not heard of for so long is given to another one; locks are renewed twice as often. */
const LOCK_MS = 30_000;
/**
 * However many takers die of a block: that is counted in the folder, and must not lose it here. The most that an integer
 * of PostgreSQL holds.
 */
const TAKER = {
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS / 2,
  maxStalledCount: 2 ** 31 - 1,
};

/**
 * Opens a queue.
 *
 * @param url - `redis://`, `rediss://`, or `postgres://`
 * @param name - of the queue; its jobs are of one campaign and folder
 * @param onError - told what goes wrong with the connection, which is tried again
 * @throws CampaignError where the packages are missing, or the address is none
 */
export function openQueue(url: string, name: string, onError: (error: Error) => void): BlockQueue {
  const server = queueServer(url, onError);
  const { Queue, Worker, createPostgresBackend } = optionalPackage<BullMq>(
    'bullmq',
    '--queue',
    server.install,
  );
  const { connection } = server;
  const backend = server.isPostgres ? createPostgresBackend : undefined;
  const queue = new Queue(name, { connection, defaultJobOptions: FORGOTTEN }, backend);
  queue.on('error', onError);
  return {
    ensure: async (blocks) => {
      // A job whose id is there already is not added.
      const jobs = blocks.map((block) => ({
        name: 'block',
        data: { block },
        opts: { jobId: `block-${block}` },
      }));
      await queue.addBulk(jobs);
    },
    take: (work, atOnce) => {
      const options = { connection, concurrency: atOnce, ...TAKER, ...FORGOTTEN };
      const worker = new Worker(name, ({ data }) => work(data.block), options, backend);
      worker.on('error', onError);
      return () => worker.close();
    },
    states: async () => {
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
      return { waiting, active };
    },
    warnings: server.warnings,
    clear: () => queue.obliterate({ force: true }),
    close: () => queue.close(),
  };
}
