/** The vCPUs of one VM under one policy over one range, those in an equal state taken together. */
import type { View } from '../engine/view.ts';
import type { Policy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { type VcpuGroup, type Vm, vcpuGroups } from '../vm/index.ts';
import { DemandCursor } from './cursor.ts';
import { codesOf, type Demand, type DemandCode, demandCode, demandOf } from './demand.ts';
import { stretches } from './merge.ts';

/** Frames on which vCPUs disagree, with who gets what. */
export interface Disagreement extends GfnRange {
  /** What is demanded, ascending, each with the ids of the vCPUs whose state demands it. */
  readonly who: readonly { readonly demand: Demand; readonly ids: readonly number[] }[];
}

/** The demands of a set of codes (bit `code`), ascending by type, then IPAT. */
export function demandsOf(set: number): readonly Demand[] {
  return [...codesOf(set)].map(demandOf).sort((a, b) => a.type - b.type || a.ipat - b.ipat);
}

/** See the head of the file. */
export class GroupedVm {
  readonly groups: readonly VcpuGroup[];
  readonly ids: readonly (readonly number[])[];

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly range: GfnRange,
    /** Where in it entries can exist. */
    readonly mapped: readonly GfnRange[],
    readonly open: (index: number, policy: Policy) => View,
  ) {
    this.groups = vcpuGroups(vm);
    this.ids = this.groups.map(({ indexes }) => indexes.map((index) => vm.vcpus[index]!.id));
  }

  openGroup(group: number): View {
    return this.open(this.groups[group]!.indexes[0]!, this.policy);
  }

  /** @param mapped - ranges outside of which nothing counts as demanded */
  withCursors<Result>(
    mapped: readonly GfnRange[],
    use: (cursors: readonly DemandCursor[], weights: readonly number[]) => Result,
  ): Result {
    const cursors: DemandCursor[] = [];
    try {
      this.#openAll(cursors, mapped);
      return use(cursors, this.#weights());
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }

  /** Fills the list, so that what is open can be closed where a later one cannot be opened. */
  #openAll(cursors: DemandCursor[], mapped: readonly GfnRange[]): void {
    for (const group of this.groups.keys())
      cursors.push(new DemandCursor(this.openGroup(group), this.range, mapped));
  }

  #weights(): readonly number[] {
    return this.ids.map(({ length }) => length);
  }

  groupOf(id: number): number {
    return this.ids.findIndex((members) => members.includes(id));
  }

  *disagreements(): Generator<Disagreement, void, undefined> {
    if (this.range.end === this.range.start) return;
    const cursors: DemandCursor[] = [];
    const demands = new Uint8Array(this.groups.length);
    const changes = (group: number, _before: number, now: DemandCode): void => {
      demands[group] = now;
    };
    try {
      this.#openAll(cursors, this.mapped);
      for (const { start, end, present } of stretches(cursors, this.#weights(), this.range, { changes })) {
        if ((present & (present - 1)) === 0) continue;
        yield { start, end, who: this.#who(demands, present) };
      }
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }

  #who(demands: Uint8Array, present: number): Disagreement['who'] {
    const members = new Map<DemandCode, number[]>();
    this.ids.forEach((ids, group) => {
      const known = members.get(demands[group]!);
      if (known) known.push(...ids);
      else members.set(demands[group]!, [...ids]);
    });
    return demandsOf(present).map((demand) => ({
      demand,
      ids: members.get(demandCode(demand))!.sort((a, b) => a - b),
    }));
  }
}
