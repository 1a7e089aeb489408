/** What is swept, and how. */
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { DifferingPages, Engine, Sweep, Vcpu } from '../vm/index.ts';

/** One vCPU under one policy: what every thread is told. */
export interface SweepJob {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  /** Another policy, under which every page of the vCPU is asked once more and compared. */
  readonly against?: Policy;
}

/** What a sweep finds of a chunk. */
export interface Swept extends Sweep {
  /** Where the job compares: pages whose EPT type or IPAT differs. */
  readonly differing?: DifferingPages;
}

/** A swept part of the range. */
export interface SweptChunk extends GfnRange, Swept {}

/** Opens a job in an engine that goes page by page; gives what sweeps a chunk. */
export function sweeper(engine: Engine, { vcpu, policy, against }: SweepJob): (chunk: GfnRange) => Swept {
  const view = engine.open(vcpu, policy);
  if (!against) return (chunk) => view.sweep!(chunk);
  const other = engine.open(vcpu, against);
  return (chunk) => ({ ...view.sweep!(chunk), differing: view.differences!(other, chunk) });
}

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
