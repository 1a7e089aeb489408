/**
 * A worker as the campaign's own thread sees it: it takes one block at a time, and may die of it. Threads serve most
 * blocks; one that took whole processes down with it gets a process of its own.
 */
import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CampaignError } from './campaign-error.ts';
import type { BlockEnd, BlockRequest, WorkerReply, WorkerRequest, WorkerSetup } from './messages.ts';

/** As it is bundled, found from this file as from the bundle itself. */
const WORKER = new URL('../bin/sweep-worker.cjs', import.meta.url);
/** Of what a worker writes to standard error, this much is kept. */
const LOG_CHARACTERS = 2_000;

/** How a block ended: as the worker says, or with it. */
export type BlockOutcome = BlockEnd | { readonly kind: 'died'; readonly error: string; readonly log: string };

/** A thread or a process. */
interface Carrier {
  post(request: WorkerRequest): void;
  end(): void;
}

/** Told by a carrier. */
interface Listener {
  onReply(reply: WorkerReply): void;
  onEnd(reason: string): void;
  readonly stderr: (text: string) => void;
}

function heard(stream: Readable | null, listener: (text: string) => void): void {
  stream?.on('data', (bytes: Buffer) => listener(bytes.toString()));
}

function startThread(program: URL, { onReply, onEnd, stderr }: Listener): Carrier {
  // What this process was told on its command line, a loader for instance, is of no use to the bundle.
  const thread = new Worker(program, { execArgv: [], stderr: true });
  let reason = '';
  heard(thread.stderr, stderr);
  thread.on('message', onReply);
  thread.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  thread.on('exit', (code) => onEnd(reason || `its thread ended with exit code ${code}`));
  return { post: (request) => thread.postMessage(request), end: () => void thread.terminate() };
}

function startProcess(program: URL, { onReply, onEnd, stderr }: Listener): Carrier {
  const child = fork(fileURLToPath(program), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  heard(child.stderr, stderr);
  child.on('message', onReply);
  child.on('error', ({ message }) => onEnd(message));
  child.on('close', (code, signal) =>
    onEnd(`its process ended ${signal ? `by ${signal}` : `with exit code ${code}`}`),
  );
  return { post: (request) => child.send(request), end: () => child.kill('SIGKILL') };
}

/** How workers are started. */
export interface WorkerOptions {
  /** Another worker program, for tests. */
  readonly program?: URL | undefined;
  /** Whether it is a process of its own. Default: a thread. */
  readonly isProcess?: boolean;
}

/** One worker. */
export class BlockWorker {
  readonly #carrier: Carrier;
  #log = '';
  #reply: ((reply: WorkerReply) => void) | undefined;
  #end: string | undefined;

  /** Starts it; {@link ready} tells whether it will work. */
  constructor({ program = WORKER, isProcess = false }: WorkerOptions = {}) {
    const listener: Listener = {
      onReply: (reply) => this.#reply?.(reply),
      onEnd: (reason) => {
        this.#end ??= reason;
        this.#reply?.({ kind: 'refused', reason });
      },
      stderr: (text) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
      },
    };
    this.#carrier = isProcess ? startProcess(program, listener) : startThread(program, listener);
  }

  /** Whether it has ended, so that a block needs another one. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  #asked(request: WorkerRequest): Promise<WorkerReply> {
    return new Promise((resolve) => {
      this.#reply = (reply) => {
        this.#reply = undefined;
        resolve(reply);
      };
      if (this.#end === undefined) this.#carrier.post(request);
      else this.#reply({ kind: 'refused', reason: this.#end });
    });
  }

  /** Tells it what it works for. @throws CampaignError where it refuses, or does not come up */
  async open(setup: WorkerSetup): Promise<void> {
    const reply = await this.#asked({ kind: 'open', setup });
    if (reply.kind === 'ready') return;
    const reason = reply.kind === 'refused' ? reply.reason : reply.kind;
    throw new CampaignError(
      `a worker did not start: ${reason}${this.#log === '' ? '' : ` (${this.#log.trim()})`}`,
    );
  }

  /** Has a block computed; one at a time. */
  async run(request: BlockRequest): Promise<BlockOutcome> {
    this.#log = '';
    const reply = await this.#asked(request);
    switch (reply.kind) {
      case 'ready':
        return { kind: 'died', error: 'its worker began anew', log: this.#log };
      case 'refused':
        return { kind: 'died', error: reply.reason, log: this.#log };
      case 'failed':
        return { ...reply, log: (this.#log + reply.log).slice(-LOG_CHARACTERS) };
      default:
        return reply;
    }
  }

  /** Ends it, whatever it is doing: {@link run} then gives `died`. */
  end(): void {
    this.#carrier.end();
  }
}
