/** What a thread that sweeps and the one that it works for say to each other; what belongs together bears one id. */
import type { GfnRange } from '../types.ts';
import type { Swept } from './job.ts';

/** To a worker. */
export type WorkerRequest = { readonly kind: 'sweep'; readonly id: number; readonly chunk: GfnRange };

/** From a worker: what it found, or why it could not. */
export type WorkerReply =
  | { readonly kind: 'swept'; readonly id: number; readonly swept: Swept }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
