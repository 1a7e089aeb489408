/**
 * Workers that sweep chunks, each with a Wasm instance of its own: a shared memory would be no faster, and
 * nothing has to be shared. A worker that dies is replaced, and its chunk swept once more; a chunk that kills
 * two workers is an error.
 */
import { Worker } from 'node:worker_threads';
import { EptsweepError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import type { SweepJob, SweepOptions, Swept, SweptChunk } from './job.ts';

/** As it is built, found from this file as from the bundle beside its folder: Node runs no TypeScript in a worker. */
const WORKER = new URL('../sweep/worker.js', import.meta.url);

/** Sweeps chunks in several threads; takes a chunk whenever a worker is free. */
export class Crew {
  readonly #job: SweepJob;
  readonly #options: SweepOptions;
  readonly #chunks: Iterator<GfnRange>;
  readonly #workers = new Set<Worker>();
  readonly #swept = new Map<number, SweptChunk>();
  readonly #redone = new Set<number>();
  #failure: unknown;
  #wake: () => void = () => {};
  readonly #onAbort = (): void => this.#wake();

  /**
   * @param chunks - ascending, each beginning where the one before it ends
   * @param threads - workers to start
   */
  constructor(job: SweepJob, chunks: Iterator<GfnRange>, threads: number, options: SweepOptions) {
    this.#job = job;
    this.#chunks = chunks;
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort);
    for (let thread = 0; thread < threads; thread++) {
      const { value, done } = chunks.next();
      if (done) break;
      this.#hire(value);
    }
  }

  #hire(chunk: GfnRange): void {
    const worker = new Worker(this.#options.worker ?? WORKER, {
      workerData: this.#job,
    });
    this.#workers.add(worker);
    let current = chunk;
    let reason = 'it ended by itself';
    worker.on('message', (swept: Swept) => {
      this.#swept.set(current.start, { ...current, ...swept });
      this.#wake();
      const { value, done } = this.#chunks.next();
      if (done) this.#dismiss(worker);
      else {
        current = value;
        worker.postMessage(current);
      }
    });
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
    });
    worker.on('exit', () => {
      if (this.#workers.delete(worker)) this.#replace(current, reason);
    });
    worker.postMessage(chunk);
  }

  #replace(chunk: GfnRange, reason: string): void {
    const pages = `pages 0x${chunk.start.toString(16)}-0x${(chunk.end - 1).toString(16)}`;
    if (this.#redone.has(chunk.start)) {
      this.#failure = new EptsweepError('internal', `two workers died at ${pages}: ${reason}`);
      this.#wake();
      return;
    }
    this.#redone.add(chunk.start);
    this.#options.onNotice?.(`a worker died (${reason}): ${pages} are swept again`);
    this.#hire(chunk);
  }

  #dismiss(worker: Worker): void {
    this.#workers.delete(worker);
    void worker.terminate();
  }

  /**
   * The chunk that starts at a frame, once it is swept.
   *
   * @throws EptsweepError where it cannot be swept; the signal's reason
   */
  async take(start: number): Promise<SweptChunk> {
    const { signal } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      const swept = this.#swept.get(start);
      if (swept && this.#swept.delete(start)) return swept;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends all workers, whatever they are doing. */
  dispose(): void {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    for (const worker of this.#workers) this.#dismiss(worker);
  }
}
