/** What is visited, and how. */
import type { Evaluator } from '../engine/index.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { DifferingPages, PageVisit, Vcpu } from '../vm/index.ts';

/** One vCPU under one policy: what every thread is told. */
export interface VerifyJob {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  /** Another policy, under which every page of the vCPU is asked once more and compared. */
  readonly against?: Policy;
}

/** What a visit finds of a chunk. */
export interface Visited extends PageVisit {
  /** Where the job compares: pages whose EPT type or IPAT differs. */
  readonly differing?: DifferingPages;
}

/** A visited part of the range. */
export interface VisitedChunk extends GfnRange, Visited {}

/** Opens a job in an engine that goes page by page; gives what sweeps a chunk. */
export function visitorOf(
  engine: Evaluator,
  { vcpu, policy, against }: VerifyJob,
): (chunk: GfnRange) => Visited {
  const view = engine.view(vcpu, policy);
  if (!against) return (chunk) => view.visit(chunk);
  const other = engine.view(vcpu, against);
  return (chunk) => ({ ...view.visit(chunk), differing: view.differences(other, chunk) });
}

/** How to visit. */
export interface VisitOptions {
  /** Worker threads at the most. Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** Frames of a chunk. */
  readonly chunkFrames?: number;
  /** Stops the visit; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told, in a sentence, what went wrong and was mended. */
  readonly onNotice?: (text: string) => void;
  /** Another worker program, for what runs from sources: tests and benches. */
  readonly worker?: URL;
}
