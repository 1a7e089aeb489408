/** What a thread that sweeps and the one that it works for say to each other; what belongs together bears one id. */
import type { GfnRange } from '../types.ts';
import type { Visited } from './job.ts';

/** To a worker. */
export type WorkerRequest = { readonly kind: 'visit'; readonly id: number; readonly chunk: GfnRange };

/** From a worker: what it found, or why it could not. */
export type WorkerReply =
  | { readonly kind: 'visited'; readonly id: number; readonly visited: Visited }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
