/** Every page of a range with the direct engine, in as many threads as pay, in order. */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEvaluatorSync } from '../engine/evaluator.ts';
import { InputRangeError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import { requireRange } from '../vm/index.ts';
import { type VerifyJob, type Visited, type VisitedChunk, type VisitOptions, visitorOf } from './job.ts';
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
 * Threads that a visit takes: 1 where starting workers would cost more than they save.
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

async function* visitHere(
  visitChunk: (chunk: GfnRange) => Visited,
  range: GfnRange,
  { chunkFrames = CHUNK_FRAMES_HERE, signal }: VisitOptions,
): AsyncGenerator<VisitedChunk, void, undefined> {
  const queue = new ChunkQueue(range);
  for (let chunk = queue.next(chunkFrames); chunk; chunk = queue.next(chunkFrames)) {
    signal?.throwIfAborted();
    yield { ...chunk, ...visitChunk(chunk) };
    await nextTurn();
  }
  signal?.throwIfAborted();
}

/**
 * {@link visit} in worker threads, however few pages there are.
 *
 * @param visitChunk - what this thread takes part with; undefined: it only hands out chunks
 */
export async function* visitInWorkers(
  job: VerifyJob,
  range: GfnRange,
  workers: number,
  options: VisitOptions = {},
  visitChunk?: (chunk: GfnRange) => Visited,
): AsyncGenerator<VisitedChunk, void, undefined> {
  const { chunkFrames = CHUNK_FRAMES } = options;
  const pool = new WorkerPool(job, new ChunkQueue(range), workers, chunkFrames, options);
  // What goes wrong in it is thrown by take.
  if (visitChunk) void pool.help(visitChunk, Math.min(chunkFrames, CHUNK_FRAMES_HERE));
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
export async function* visit(
  job: VerifyJob,
  range: GfnRange,
  options: VisitOptions = {},
): AsyncGenerator<VisitedChunk, void, undefined> {
  const { start, end } = requireRange({ range }, job.vcpu);
  const threads = threadsOf(end - start, options.threads);
  options.signal?.throwIfAborted();
  const engine = createEvaluatorSync({ engine: 'direct' });
  try {
    const visitChunk = visitorOf(engine, job);
    if (threads === 1) yield* visitHere(visitChunk, range, options);
    else yield* visitInWorkers(job, range, threads - 1, options, visitChunk);
  } finally {
    engine.dispose();
  }
}
