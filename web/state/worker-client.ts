/** Questions to the worker as promises. */
import type { FromWorker, Progress, QuestionName, Questions, Request, ToWorker } from '../worker/protocol.ts';
import { Refusal } from './refusal.ts';

/** What is used of a worker: tests give something else. */
export interface MessageEnd {
  postMessage(message: ToWorker): void;
  addEventListener(type: 'message', listener: (event: { data: FromWorker }) => void): void;
  addEventListener(type: 'error', listener: (event: { message?: string }) => void): void;
}

/** How a question is accompanied. */
export interface Asking {
  readonly onProgress?: (progress: Progress) => void;
  /** Gives the question up; it is then refused with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** Asks a worker. */
export type Ask = <Name extends QuestionName>(
  question: Name,
  ask: Questions[Name]['ask'],
  asking?: Asking,
) => Promise<Questions[Name]['answer']>;

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: Refusal) => void;
  readonly onProgress: Asking['onProgress'];
}

/** The page's end of the conversation. */
export class WorkerClient {
  readonly #worker: MessageEnd;
  readonly #waiting = new Map<number, Waiting>();
  /** Settled once the engine is there; rejected where it cannot be. */
  readonly ready: Promise<void>;
  #last = 0;

  constructor(worker: MessageEnd) {
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => {
        if (!('ready' in data)) this.#take(data);
        else if (data.ready) resolve();
        else reject(new Error(data.reason));
      });
      worker.addEventListener('error', ({ message }) => {
        const reason = message ?? 'the worker does not start';
        reject(new Error(reason));
        this.#refuseAll(reason);
      });
    });
  }

  /** @throws Refusal */
  readonly ask: Ask = (question, ask, { onProgress, signal } = {}) => {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, onProgress });
      this.#worker.postMessage({ id, question, ask } as Request);
      const giveUp = () => this.#waiting.has(id) && this.#worker.postMessage({ id, question: 'cancel' });
      if (signal?.aborted) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
    });
  };

  #take(message: Exclude<FromWorker, { ready: boolean }>): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('progress' in message) {
      waiting.onProgress?.(message.progress);
      return;
    }
    this.#waiting.delete(message.id);
    if ('failure' in message) waiting.reject(new Refusal(message.failure));
    else waiting.resolve(message.answer as never);
  }

  #refuseAll(message: string): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new Refusal({ code: 'internal', message, problems: [] }));
    }
    this.#waiting.clear();
  }
}
