/** What is swept, and how. */
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { Sweep, Vcpu } from '../vm/index.ts';

/** One vCPU under one policy: what every thread is told. */
export interface SweepJob {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

/** A swept part of the range. */
export interface SweptChunk extends GfnRange, Sweep {}

/** How to sweep. */
export interface SweepOptions {
  /** Worker threads at the most. Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** Frames of a chunk. */
  readonly chunkFrames?: number;
  /** Stops the sweep; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told, in a sentence, what went wrong and was mended. */
  readonly onNotice?: (text: string) => void;
  /** Another worker program, for what runs from sources: tests and benches. */
  readonly worker?: URL;
}
