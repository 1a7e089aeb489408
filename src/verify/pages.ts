/** Every page of a range with the direct engine, in as many threads as pay, in order. */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEngine } from '../engine/registry.ts';
import { InputRangeError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import { requireRange } from '../vm/index.ts';
import { type SweepJob, type SweepOptions, type Swept, type SweptChunk, sweeper } from './job.ts';
import { ChunkQueue, WorkerPool } from './workers.ts';

/** Starting workers costs 50 to 100 ms, in which one thread sweeps this many pages. */
const PAYING_PAGES = 100_000_000;
/** About 8 ms of work: the threads end at nearly the same time. */
const CHUNK_FRAMES = 2 ** 22;
/** A chunk of the thread that also has to notice signals and answer workers. */
const CHUNK_FRAMES_HERE = 2 ** 21;

/** Most threads that can be asked for. */
export const MOST_THREADS = 256;

/**
 * Threads that a sweep takes: 1 where starting workers would cost more than they save.
 *
 * @param pages - pages of the range
 * @param asked - threads at the most; default as many as the machine runs at once
 */
export function threadsOf(pages: number, asked: number = availableParallelism()): number {
  if (!Number.isInteger(asked) || asked < 1 || asked > MOST_THREADS) {
    throw new InputRangeError('threads', `expected 1..${MOST_THREADS}, got ${asked}`);
  }
  return pages < PAYING_PAGES ? 1 : asked;
}

async function* sweepHere(
  sweepChunk: (chunk: GfnRange) => Swept,
  range: GfnRange,
  { chunkFrames = CHUNK_FRAMES_HERE, signal }: SweepOptions,
): AsyncGenerator<SweptChunk, void, undefined> {
  const queue = new ChunkQueue(range);
  for (let chunk = queue.next(chunkFrames); chunk; chunk = queue.next(chunkFrames)) {
    signal?.throwIfAborted();
    yield { ...chunk, ...sweepChunk(chunk) };
    await nextTurn();
  }
  signal?.throwIfAborted();
}

/**
 * {@link sweep} in worker threads, however few pages there are.
 *
 * @param sweepChunk - what this thread takes part with; undefined: it only hands out chunks
 */
export async function* sweepInWorkers(
  job: SweepJob,
  range: GfnRange,
  workers: number,
  options: SweepOptions = {},
  sweepChunk?: (chunk: GfnRange) => Swept,
): AsyncGenerator<SweptChunk, void, undefined> {
  const { chunkFrames = CHUNK_FRAMES } = options;
  const pool = new WorkerPool(job, new ChunkQueue(range), workers, chunkFrames, options);
  // What goes wrong in it is thrown by take.
  if (sweepChunk) void pool.help(sweepChunk, Math.min(chunkFrames, CHUNK_FRAMES_HERE));
  try {
    for (let at = range.start; at < range.end; ) {
      const chunk = await pool.take(at);
      at = chunk.end;
      yield chunk;
    }
  } finally {
    pool.dispose();
  }
}

/**
 * Sweeps a range page by page. What comes out, joined, is the same whatever the number of threads; the calling
 * thread is one of them.
 *
 * @param range - half-open frames
 * @returns chunks in ascending order
 * @throws WrmsrFault for the first register write that is refused, and no worker is started for it; InputError for
 * a range outside the space or an impossible number of threads; EptsweepError `internal` where two workers died
 * at one chunk; the signal's reason
 */
export async function* sweep(
  job: SweepJob,
  range: GfnRange,
  options: SweepOptions = {},
): AsyncGenerator<SweptChunk, void, undefined> {
  const { start, end } = requireRange({ range }, job.vcpu);
  const threads = threadsOf(end - start, options.threads);
  options.signal?.throwIfAborted();
  const engine = createEngine('direct');
  try {
    const sweepChunk = sweeper(engine, job);
    if (threads === 1) yield* sweepHere(sweepChunk, range, options);
    else yield* sweepInWorkers(job, range, threads - 1, options, sweepChunk);
  } finally {
    engine.dispose();
  }
}
