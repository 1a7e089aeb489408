/** One side of a diff: a vCPU under a policy, asked of an engine, or what another program says. */
import type { Evaluator, View } from '../engine/index.ts';
import { WrmsrFault } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { Vcpu } from '../vm/index.ts';
import type { SpanSource } from './compare.ts';
import { tileSource } from './tiles.ts';

/** A vCPU under a policy, asked of an engine. */
export interface Side {
  /** What it is called beside the other. */
  readonly label: string;
  /** Name of the config that it is of. */
  readonly config: string;
  /** Id of the vCPU. */
  readonly id: number;
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  readonly engine: Evaluator;
  /** Position of the vCPU in the config that a refused write is blamed on. */
  readonly index: number;
  /** The vCPUs that the side stands for, where it is a state of several. */
  readonly ids?: readonly number[];
}

/** Ids of the vCPUs whose answers a side gives. */
export function vcpusOfSide({ id, ids }: Side): readonly number[] {
  return ids ?? [id];
}

/** A side, opened: its answers, or the write that it refuses. */
export interface OpenedSide extends Side {
  readonly view: View | undefined;
  readonly source: SpanSource | undefined;
  readonly fault: WrmsrFault | undefined;
}

/**
 * Opens a side; a refused write is kept, since the other side may accept it.
 *
 * @internal
 */
export function openSide(side: Side, byPage: boolean): OpenedSide {
  try {
    const view = side.engine.view(side.vcpu, side.policy);
    return { ...side, view, source: byPage ? tileSource(view) : view, fault: undefined };
  } catch (fault) {
    if (!(fault instanceof WrmsrFault)) throw fault;
    return { ...side, view: undefined, source: undefined, fault };
  }
}
