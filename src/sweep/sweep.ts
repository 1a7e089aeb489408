/** Every page of a range with the direct engine, in as many threads as pay, in order. */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEngine } from '../engine/registry.ts';
import { InputError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import { requireRange } from '../vm/index.ts';
import { Crew } from './crew.ts';
import { type SweepJob, type SweepOptions, type SweptChunk, sweeper } from './job.ts';

/** Starting workers costs 50 to 100 ms, in which one thread sweeps this many pages. */
const PAYING_PAGES = 100_000_000;
/** About 30 ms of work. */
const CHUNK_FRAMES = 2 ** 24;
/** A chunk of the thread that also has to notice signals. */
const CHUNK_FRAMES_HERE = 2 ** 21;

/** Most threads that can be asked for. */
export const MOST_THREADS = 256;

function* cut({ start, end }: GfnRange, frames: number): Generator<GfnRange, void, undefined> {
  for (let at = start; at < end; at += frames) yield { start: at, end: Math.min(end, at + frames) };
}

/**
 * Threads that a sweep takes: 1 where starting workers would cost more than they save.
 *
 * @param pages - pages of the range
 * @param asked - threads at the most; default as many as the machine runs at once
 */
export function threadsOf(pages: number, asked: number = availableParallelism()): number {
  if (!Number.isInteger(asked) || asked < 1 || asked > MOST_THREADS) {
    throw new InputError('threads', `expected 1..${MOST_THREADS}, got ${asked}`);
  }
  return pages < PAYING_PAGES ? 1 : asked;
}

/** A refused register write is the caller's, and no reason for workers to die. */
function requireAccepted(job: SweepJob): void {
  const engine = createEngine('direct');
  sweeper(engine, job);
  engine.dispose();
}

async function* sweepHere(
  job: SweepJob,
  range: GfnRange,
  { chunkFrames = CHUNK_FRAMES_HERE, signal }: SweepOptions,
): AsyncGenerator<SweptChunk, void, undefined> {
  const engine = createEngine('direct');
  try {
    const sweepChunk = sweeper(engine, job);
    for (const chunk of cut(range, chunkFrames)) {
      signal?.throwIfAborted();
      yield { ...chunk, ...sweepChunk(chunk) };
      await nextTurn();
    }
    signal?.throwIfAborted();
  } finally {
    engine.dispose();
  }
}

/** {@link sweep} in worker threads, however few pages there are. */
export async function* sweepInWorkers(
  job: SweepJob,
  range: GfnRange,
  threads: number,
  options: SweepOptions = {},
): AsyncGenerator<SweptChunk, void, undefined> {
  const frames = options.chunkFrames ?? CHUNK_FRAMES;
  const crew = new Crew(job, cut(range, frames), threads, options);
  try {
    for (const { start } of cut(range, frames)) yield await crew.take(start);
  } finally {
    crew.dispose();
  }
}

/**
 * Sweeps a range page by page. What comes out, joined, is the same whatever the number of threads.
 *
 * @param range - half-open frames
 * @returns chunks in ascending order
 * @throws WrmsrFault for the first register write that is refused; InputError for a range outside the space or
 * an impossible number of threads; EptsweepError `internal` where two workers died at one chunk; the signal's
 * reason
 */
export async function* sweep(
  job: SweepJob,
  range: GfnRange,
  options: SweepOptions = {},
): AsyncGenerator<SweptChunk, void, undefined> {
  const { start, end } = requireRange({ range }, job.vcpu);
  const threads = threadsOf(end - start, options.threads);
  options.signal?.throwIfAborted();
  requireAccepted(job);
  if (threads === 1) yield* sweepHere(job, range, options);
  else yield* sweepInWorkers(job, range, threads, options);
}
