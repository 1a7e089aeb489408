/** What a campaign and a worker of it (a thread, or a process for one block) say to each other. */
import type { Campaign, Counters } from '../sweep/index.ts';

/** What a worker is told first. */
export interface WorkerSetup {
  /** Of the program that asks; a worker of another one refuses. */
  readonly version: string;
  /** The results folder. */
  readonly folder: string;
  readonly campaign: Campaign;
}

/** A block to be computed. */
export interface BlockRequest {
  readonly kind: 'block';
  readonly index: number;
  /** Whether it is not written, but held against what is there. */
  readonly isAudit: boolean;
}

/** To a worker. */
export type WorkerRequest = { readonly kind: 'open'; readonly setup: WorkerSetup } | BlockRequest;

/** How a block ended in a worker that lived. */
export type BlockEnd =
  | { readonly kind: 'done'; readonly counters: Counters }
  /** In an audit: what is there is not what was computed now. */
  | { readonly kind: 'differs'; readonly path: string }
  | { readonly kind: 'failed'; readonly error: string; readonly log: string }
  /** The disk takes nothing more: no fault of the block. */
  | { readonly kind: 'storage'; readonly file: string; readonly reason: string };

/** From a worker: that it is ready, or why it will not work; then one end for each block. */
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly reason: string }
  | BlockEnd;
