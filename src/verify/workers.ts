/**
 * Threads that visit chunks: workers, each with a Wasm instance of its own (a shared memory would be no faster,
 * and nothing has to be shared), and the calling thread where it helps. A worker that dies is replaced, and its
 * chunk visited once more; a chunk that kills two workers is an error.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { EptsweepError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import type { VerifyJob, Visited, VisitedChunk, VisitOptions } from './job.ts';
import type { WorkerReply, WorkerRequest } from './messages.ts';

/**
 * As it is bundled, found from this file as from the bundle itself: a worker that loads some fifty modules
 * answers 80 ms later.
 */
const WORKER = new URL('../bin/verify-worker.cjs', import.meta.url);
/** Chunks that a worker has at once, so that it need not wait while this thread is busy. */
const CHUNKS_AHEAD = 2;

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Cuts a range into chunks, as long as each taker wants them. */
export class ChunkQueue {
  readonly #end: number;
  #at: number;

  constructor({ start, end }: GfnRange) {
    this.#at = start;
    this.#end = end;
  }

  /** The next chunk, at most `frames` long; undefined where nothing is left. */
  next(frames: number): GfnRange | undefined {
    if (this.#at >= this.#end) return undefined;
    const start = this.#at;
    this.#at = Math.min(this.#end, start + frames);
    return { start, end: this.#at };
  }
}

/** Sweeps chunks in several threads; each takes one whenever it is free. */
export class WorkerPool {
  readonly #job: VerifyJob;
  readonly #options: VisitOptions;
  readonly #queue: ChunkQueue;
  readonly #frames: number;
  readonly #workers = new Set<Worker>();
  readonly #visited = new Map<number, VisitedChunk>();
  readonly #redone = new Set<number>();
  #isDisposed = false;
  #failure: unknown;
  #wake: () => void = () => {};
  readonly #onAbort = (): void => this.#wake();

  /**
   * @param workers - to start; fewer where there is less to do
   * @param frames - of a worker's chunk
   */
  constructor(job: VerifyJob, queue: ChunkQueue, workers: number, frames: number, options: VisitOptions) {
    this.#job = job;
    this.#queue = queue;
    this.#frames = frames;
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort);
    for (let worker = 0; worker < workers; worker++) {
      const chunk = queue.next(frames);
      if (!chunk) break;
      this.#spawn([chunk]);
    }
  }

  /** Starts a worker with chunks that it is to visit first. */
  #spawn(chunks: GfnRange[]): void {
    // What this process was told on its command line, a loader for instance, is of no use to the bundle.
    const worker = new Worker(this.#options.worker ?? WORKER, { workerData: this.#job, execArgv: [] });
    this.#workers.add(worker);
    let reason = 'it ended by itself';
    // The chunk's first frame is its id: no other chunk has it.
    const ask = (chunk: GfnRange): void =>
      worker.postMessage({ kind: 'visit', id: chunk.start, chunk } satisfies WorkerRequest);
    const take = (): void => {
      while (chunks.length < CHUNKS_AHEAD) {
        const chunk = this.#queue.next(this.#frames);
        if (!chunk) break;
        chunks.push(chunk);
        ask(chunk);
      }
    };
    worker.on('message', (reply: WorkerReply) => {
      const [chunk] = chunks;
      if (chunk?.start !== reply.id) return;
      if (reply.kind === 'failed') {
        reason = firstLine(reply.reason);
        void worker.terminate();
        return;
      }
      chunks.shift();
      this.#put(chunk, reply.visited);
      take();
      if (chunks.length === 0) this.#close(worker);
    });
    worker.on('error', (error) => {
      reason = firstLine(error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', () => {
      if (this.#workers.delete(worker)) this.#replace(chunks, reason);
    });
    for (const chunk of chunks) ask(chunk);
    // Only once it runs: chunks that wait for it to start are better visited by others.
    worker.on('online', take);
  }

  #put(chunk: GfnRange, visited: Visited): void {
    this.#visited.set(chunk.start, { ...chunk, ...visited });
    this.#wake();
  }

  /** Gives the chunks of a worker that died to another one; the first of them is to blame. */
  #replace(chunks: GfnRange[], reason: string): void {
    const chunk = chunks[0]!;
    const pages = `pages 0x${chunk.start.toString(16)}-0x${(chunk.end - 1).toString(16)}`;
    if (this.#redone.has(chunk.start)) {
      this.#failure = new EptsweepError('internal', `two workers died at ${pages}: ${reason}`);
      this.#wake();
      return;
    }
    this.#redone.add(chunk.start);
    this.#options.onNotice?.(`a worker died (${reason}): ${pages} are visited again`);
    this.#spawn(chunks);
  }

  #close(worker: Worker): void {
    this.#workers.delete(worker);
    void worker.terminate();
  }

  /**
   * Lets this thread take chunks as well until none is left, with a turn of the event loop after each.
   *
   * @param visitChunk - what the workers do
   * @param frames - of its chunks, short ones
   */
  async help(visitChunk: (chunk: GfnRange) => Visited, frames: number): Promise<void> {
    try {
      while (!this.#isDisposed) {
        const chunk = this.#queue.next(frames);
        if (!chunk) break;
        this.#put(chunk, visitChunk(chunk));
        await nextTurn();
      }
    } catch (error) {
      this.#failure = error;
      this.#wake();
    }
  }

  /**
   * The chunk that starts at a frame, once it is visited.
   *
   * @throws EptsweepError where it cannot be visited; the signal's reason
   */
  async take(start: number): Promise<VisitedChunk> {
    const { signal } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      const visited = this.#visited.get(start);
      if (visited && this.#visited.delete(start)) return visited;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends all workers, whatever they are doing. */
  dispose(): void {
    this.#isDisposed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    for (const worker of this.#workers) this.#close(worker);
  }
}
