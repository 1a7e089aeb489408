/** What every format of `map` is written from. */
import type { View } from '../../engine/index.ts';
import type { HostFacts, HostLinuxStretch } from '../../explain/index.ts';
import type { Want } from '../../types.ts';
import type { EngineName, Evidence, Query, Vm } from '../../vm/index.ts';
import type { By } from '../format/range-columns.ts';
import { type Basis, basisOf } from '../json/basis.ts';

/** What is printed, resolved. */
export interface MapJob {
  readonly vm: Vm;
  readonly view: View;
  /** Position of the vCPU that the view is of. */
  readonly vcpu: number;
  /** Ids of all that are in its state, where several vCPUs were asked for. */
  readonly ids?: readonly number[] | undefined;
  readonly engine: EngineName;
  readonly wants: readonly Want[];
  readonly query: Query;
  readonly by: By;
  readonly limit: number;
  /** Told that rows were left out, where a format's rows cannot say so themselves. */
  readonly onTruncated?: () => void;
  /** What had to be assumed to read the config. */
  readonly assumptions?: readonly string[] | undefined;
  /** How each thing is known that a dump's machine is made of. */
  readonly evidence?: readonly Evidence[] | undefined;
  /** What a dump says of its machine beside the MTRRs. */
  readonly host?: HostFacts | undefined;
  /** What the machine's Linux makes of the range, where it is asked for. */
  readonly linux?: (() => Iterable<HostLinuxStretch>) | undefined;
}

/** What a map rests on. */
export function mapBasis({ vm, view, vcpu, ids, assumptions, evidence, wants }: MapJob): Basis {
  return basisOf(vm, view.policy, { vcpus: ids ?? [vm.vcpus[vcpu]!.id], assumptions, evidence, wants });
}
