/**
 * One EPT for many vCPUs: on which pages their states demand different entries, and what each way of sharing
 * makes of it. Equal states are evaluated once; nothing is visited page by page.
 */

import { requireArray, requireFunction, requireKeys, requireWord, wrongKind } from '../arguments.ts';
import { type Evaluator, requireEvaluator } from '../engine/evaluator.ts';
import type { View } from '../engine/view.ts';
import { InputRangeError } from '../errors.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import {
  frameCount,
  requireGfnRange,
  requireRange,
  requireVm,
  type VcpuGroup,
  type Vm,
  vcpuGroups,
  vcpuOf,
} from '../vm/index.ts';
import { DemandCursor } from './cursor.ts';
import { type Demand, type DemandCode, demandOf } from './demand.ts';
import { stretches } from './merge.ts';
import { needsVcpu, reasonBesideMmio, type WithoutVcpuPart, withoutVcpuParts } from './needs-vcpu.ts';
import { pageTablePages, TABLE_BYTES } from './page-tables.ts';
import { type StateDifference, stateDifferences } from './register-differences.ts';
import { type RoleBits, roleBitsOf } from './role-bits.ts';
import { NOTHING_WRONG, SharedEntries, type WrongEntries } from './shared-entries.ts';

/** A way in which vCPUs share EPT entries, or do not. */
export type Design = 'first-fault' | 'vcpu0' | 'try-without-vcpu' | 'role' | 'uniform';
/** All designs. */
export const DESIGNS: readonly Design[] = ['first-fault', 'vcpu0', 'try-without-vcpu', 'role', 'uniform'];

/** Pages on which the vCPUs' states demand one and the same set of entries. */
export interface DemandSet {
  /** Ascending by type, then IPAT. More than one: the vCPUs disagree, and each of them is a possible outcome. */
  readonly demands: readonly Demand[];
  readonly pages: bigint;
}

/** What KVM does: whoever faults first decides. */
export interface FirstFault {
  readonly design: 'first-fault';
  /** What can be wrong: each page in any order of faults. */
  readonly anyOrder: WrongEntries;
  /** Ids of the vCPUs in the order that was asked for. */
  readonly order: readonly number[];
  /** What is wrong if every vCPU touches every page in that order: the first one decides all of them. */
  readonly inOrder: WrongEntries;
}

/** One vCPU's state decides for all. */
export interface OneDecides {
  readonly design: 'vcpu0';
  /** Id of the vCPU that decides: the first one. */
  readonly id: number;
  readonly wrong: WrongEntries;
}

/** What can be answered without a vCPU is; the rest is left to whoever faults. */
export interface TryWithoutVcpu {
  readonly design: 'try-without-vcpu';
  readonly parts: readonly WithoutVcpuPart[];
  /** Pages that only a vCPU can answer. */
  readonly needVcpu: bigint;
  /** Of these, pages on which the vCPUs disagree: what a change of the interface does not settle. */
  readonly disagree: bigint;
  /** In any order of faults. */
  readonly wrong: WrongEntries;
}

/** The state becomes part of the role: an EPT for each set of vCPUs that demand the same everywhere. */
export interface RolePerState {
  readonly design: 'role';
  /** Sets of vCPUs that demand the same everywhere. */
  readonly roles: number;
  /** States that differ in some register, whether it matters or not. */
  readonly states: number;
  /** Bits that number the roles. */
  readonly bits: number;
  /** Bits that are free in this release's role; undefined where the policy is no kernel. */
  readonly free: RoleBits | undefined;
  readonly fits: boolean | undefined;
  readonly moreRoots: number;
  /** Page-table pages with everything mapped: one EPT, by the first vCPU's levels, and one for each role. */
  readonly tablePages: { readonly shared: number; readonly perRole: number };
  readonly moreBytes: bigint;
  readonly wrong: WrongEntries;
}

/** vCPUs that a uniform VM refuses. */
export interface RefusedVcpus {
  readonly ids: readonly number[];
  readonly differences: readonly StateDifference[];
  /** Pages for which they demand something else than the first vCPU. None: they are refused for nothing. */
  readonly pages: bigint;
}

/** Every vCPU has to have the first one's state. */
export interface Uniform {
  readonly design: 'uniform';
  readonly refused: readonly RefusedVcpus[];
  readonly wrong: WrongEntries;
}

/** What a design costs and gets wrong. */
export type DesignResult = FirstFault | OneDecides | TryWithoutVcpu | RolePerState | Uniform;

/** Frames on which vCPUs disagree, with who gets what. */
export interface Disagreement extends GfnRange {
  /** What is demanded, ascending, each with the ids of the vCPUs whose state demands it. */
  readonly who: readonly { readonly demand: Demand; readonly ids: readonly number[] }[];
}

/** What comes of {@link share}. */
export interface Sharing {
  readonly vm: Vm;
  readonly policy: Policy;
  readonly range: GfnRange;
  readonly pages: bigint;
  /** Pages on which the vCPUs' states demand different entries. */
  readonly disagree: bigint;
  /** All pages by the set of entries that the vCPUs demand, most pages first. */
  readonly sets: readonly DemandSet[];
  /** Groups of vCPUs in one state. */
  readonly groups: readonly VcpuGroup[];
  /** In the order of {@link DESIGNS}. */
  readonly designs: readonly DesignResult[];
  /**
   * The frames on which they disagree.
   *
   * @returns maximal spans, ascending, found as they are asked for
   */
  disagreements(): IterableIterator<Disagreement>;
}

/** What {@link share} takes besides the VM. */
export interface ShareOptions {
  /** Default: the VM's. */
  readonly policy?: Policy;
  /** Default: the whole space. */
  readonly range?: GfnRange;
  /** Default: all. */
  readonly designs?: readonly Design[];
  /** Ids of vCPUs in the order in which they fault; those that are left out follow, ascending. */
  readonly order?: readonly number[];
  /** What evaluates. */
  readonly evaluator?: Evaluator;
  /** Instead of it: opens the vCPU at a position of `vm.vcpus`, under the policy. */
  readonly open?: (index: number, policy: Policy) => View;
}

const OPTION_KEYS: readonly string[] = ['policy', 'range', 'designs', 'order', 'evaluator', 'open'];

/** How vCPUs are opened. */
function openerOf(vm: Vm, { evaluator, open }: ShareOptions): (index: number, policy: Policy) => View {
  if (open !== undefined) {
    requireFunction('open', open, 'a function that opens a vCPU');
    return open;
  }
  const opener = requireEvaluator(evaluator);
  return (index, policy) => opener.view(vcpuOf(vm, index), policy);
}

function requireOptions(vm: Vm, options: ShareOptions): void {
  requireVm(vm);
  requireKeys('', options, OPTION_KEYS, 'options such as { evaluator }');
  openerOf(vm, options);
  if (options.policy !== undefined) requirePolicy('policy', options.policy);
  requireGfnRange('range', options.range);
  requireRange(options, vm);
  requireArray('designs', options.designs ?? []).forEach((one, index) => {
    requireWord(`designs.${index}`, one, DESIGNS);
  });
  requireArray('order', options.order ?? []).forEach((id, index) => {
    if (typeof id !== 'number') throw wrongKind(`order.${index}`, 'the id of a vCPU', id);
  });
}

function completeOrder(vm: Vm, order: readonly number[]): readonly number[] {
  const ids = vm.vcpus.map(({ id }) => id);
  const seen = new Set<number>();
  for (const [index, id] of order.entries()) {
    if (!ids.includes(id)) throw new InputRangeError(`order.${index}`, `no vCPU ${id}`);
    if (seen.has(id)) throw new InputRangeError(`order.${index}`, `vCPU ${id} is given twice`);
    seen.add(id);
  }
  return [...order, ...ids.filter((id) => !seen.has(id))];
}

function demandsOf(set: number): readonly Demand[] {
  return Array.from({ length: 16 }, (_, code) => code)
    .filter((code) => (set >> code) & 1)
    .map(demandOf)
    .sort((a, b) => a.type - b.type || a.ipat - b.ipat);
}

/** The vCPUs of one VM under one policy over one range. */
class GroupedVm {
  readonly groups: readonly VcpuGroup[];
  readonly ids: readonly (readonly number[])[];

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly range: GfnRange,
    readonly open: (index: number, policy: Policy) => View,
  ) {
    this.groups = vcpuGroups(vm);
    this.ids = this.groups.map(({ indexes }) => indexes.map((index) => vm.vcpus[index]!.id));
  }

  openGroup(group: number): View {
    return this.open(this.groups[group]!.indexes[0]!, this.policy);
  }

  withCursors<Result>(use: (cursors: readonly DemandCursor[], weights: readonly number[]) => Result): Result {
    const cursors: DemandCursor[] = [];
    try {
      for (const group of this.groups.keys()) {
        cursors.push(new DemandCursor(this.openGroup(group), this.range));
      }
      return use(
        cursors,
        this.ids.map(({ length }) => length),
      );
    } finally {
      for (const cursor of cursors) cursor.close();
    }
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
      for (const group of this.groups.keys()) {
        cursors.push(new DemandCursor(this.openGroup(group), this.range));
      }
      const weights = this.ids.map(({ length }) => length);
      for (const { start, end, present } of stretches(cursors, weights, this.range, { changes })) {
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
    return demandsOf(present).map((demand) => {
      const code = [...members.keys()].find((one) => {
        const { type, ipat } = demandOf(one);
        return type === demand.type && ipat === demand.ipat;
      });
      return { demand, ids: (members.get(code!) ?? []).sort((a, b) => a - b) };
    });
  }
}

interface Merged {
  readonly disagree: number;
  readonly sets: ReadonlyMap<number, number>;
  readonly anyOrder: SharedEntries;
  /** By the group whose demands are installed. */
  readonly byGroup: ReadonlyMap<number, SharedEntries>;
  readonly fingerprints: readonly string[];
}

function merged(guest: GroupedVm, deciding: readonly number[]): Merged {
  const count = guest.groups.length;
  const sets = new Map<number, number>();
  const anyOrder = new SharedEntries(count);
  const byGroup = new Map(deciding.map((group) => [group, new SharedEntries(count)]));
  const demands = new Uint8Array(count);
  const take = (group: number, before: DemandCode | -1): void => {
    anyOrder.demanded(group, before);
    for (const entries of byGroup.values()) entries.demanded(group, before);
  };
  if (guest.range.end === guest.range.start) {
    return { disagree: 0, sets, anyOrder, byGroup, fingerprints: guest.groups.map(() => '') };
  }
  return guest.withCursors((cursors, weights) => {
    let disagree = 0;
    const visitor = {
      changes: (group: number, before: DemandCode | -1, now: DemandCode) => {
        take(group, before);
        demands[group] = now;
      },
      ends: take,
    };
    for (const { start, end, present } of stretches(cursors, weights, guest.range, visitor)) {
      const pages = end - start;
      sets.set(present, (sets.get(present) ?? 0) + pages);
      if ((present & (present - 1)) !== 0) disagree += pages;
      anyOrder.stretch(pages, present);
      for (const [group, entries] of byGroup) entries.stretch(pages, 1 << demands[group]!);
    }
    return { disagree, sets, anyOrder, byGroup, fingerprints: cursors.map((one) => one.fingerprint) };
  });
}

/** First groups of the sets of groups that demand the same everywhere. */
function distinctGroups(fingerprints: readonly string[]): readonly number[] {
  const firsts = new Map<string, number>();
  fingerprints.forEach((fingerprint, group) => {
    if (!firsts.has(fingerprint)) firsts.set(fingerprint, group);
  });
  return [...firsts.values()];
}

function roleResult(guest: GroupedVm, roles: readonly number[]): RolePerState {
  const { maxphyaddr } = guest.vm;
  const counts = roles.map((group) => {
    const view = guest.openGroup(group);
    try {
      return pageTablePages(view.spansOf('levels'), maxphyaddr);
    } finally {
      view.dispose();
    }
  });
  const shared = counts[0]!;
  const perRole = counts.reduce((sum, one) => sum + one, 0);
  const bits = Math.ceil(Math.log2(roles.length));
  const free = roleBitsOf(guest.policy);
  return {
    design: 'role',
    roles: roles.length,
    states: guest.groups.length,
    bits,
    free,
    fits: free && bits <= free.free,
    moreRoots: roles.length - 1,
    tablePages: { shared, perRole },
    moreBytes: BigInt(perRole - shared) * BigInt(TABLE_BYTES),
    wrong: NOTHING_WRONG,
  };
}

function uniformResult(guest: GroupedVm, byFirst: WrongEntries): Uniform {
  const rule = guest.groups[0]!.state;
  const pagesOf = new Map(byFirst.byVcpu.map(({ ids, pages }) => [ids, pages]));
  const refused = guest.groups.slice(1).flatMap(({ state }, index): RefusedVcpus[] => {
    const differences = stateDifferences(state, rule);
    const ids = guest.ids[index + 1]!;
    return differences.length === 0 ? [] : [{ ids, differences, pages: pagesOf.get(ids) ?? 0n }];
  });
  return { design: 'uniform', refused, wrong: NOTHING_WRONG };
}

/**
 * Holds the vCPUs of a VM against each other, and the designs against what each vCPU's own state demands.
 *
 * @param vm - up to 4,096 vCPUs
 * @param options - evaluator, policy, range, designs, order of first faults
 * @returns exact totals; spans are found as they are asked for
 * @throws WrmsrFault where a register write is refused; InputTypeError, InputRangeError for options that cannot be;
 * EptsweepError `too-many-spans` where masks with holes cut the range into more than eight million stretches
 * @example
 * const guest = vm({ maxphyaddr: 36, noncoherentDma: true, vcpus: [{ msrs: { 0x2ff: 0x806n } }, {}] });
 * const evaluator = createEvaluatorSync();
 * share(guest, { policy: policy('kvm-6.6'), evaluator }).disagree; // 16777216n: the MTRRs of the second are off
 */
export function share(vm: Vm, options: ShareOptions): Sharing {
  requireOptions(vm, options);
  const policy = options.policy ?? vm.policy;
  const range = options.range ?? { start: 0, end: frameCount(vm.maxphyaddr) };
  const designs = options.designs ?? DESIGNS;
  const order = completeOrder(vm, options.order ?? []);
  const guest = new GroupedVm(vm, policy, range, openerOf(vm, options));
  const first = guest.groupOf(order[0]!);
  const result = merged(guest, [...new Set([0, first])]);
  const wrongIf = (group: number) => result.byGroup.get(group)!.wrong(guest.ids, result.disagree);
  const anyOrder = result.anyOrder.wrong(guest.ids, result.disagree);
  const made: Readonly<Record<Design, () => DesignResult>> = {
    'first-fault': () => ({ design: 'first-fault', anyOrder, order, inOrder: wrongIf(first) }),
    vcpu0: () => ({ design: 'vcpu0', id: vm.vcpus[0]!.id, wrong: wrongIf(0) }),
    'try-without-vcpu': () => {
      const parts = withoutVcpuParts(vcpuOf(vm, 0), policy, range);
      const needVcpu = parts.reduce((sum, part) => (part.needsVcpu ? sum + part.pages : sum), 0n);
      const disagree = needsVcpu(reasonBesideMmio(vcpuOf(vm, 0), policy)) ? BigInt(result.disagree) : 0n;
      return { design: 'try-without-vcpu', parts, needVcpu, disagree, wrong: anyOrder };
    },
    role: () => roleResult(guest, distinctGroups(result.fingerprints)),
    uniform: () => uniformResult(guest, wrongIf(0)),
  };
  return {
    vm,
    policy,
    range,
    pages: BigInt(range.end - range.start),
    disagree: BigInt(result.disagree),
    sets: [...result.sets]
      .sort(([a, pagesA], [b, pagesB]) => pagesB - pagesA || a - b)
      .map(([set, pages]) => ({ demands: demandsOf(set), pages: BigInt(pages) })),
    groups: guest.groups,
    designs: DESIGNS.filter((design) => designs.includes(design)).map((design) => made[design]()),
    disagreements: () => guest.disagreements(),
  };
}
