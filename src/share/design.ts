/** Ways in which vCPUs share an EPT, or do not, and what each costs and gets wrong. */
import type { Demand } from './demand.ts';
import type { WithoutVcpuPart } from './needs-vcpu.ts';
import type { StateDifference } from './register-differences.ts';
import type { RoleBits } from './role-bits.ts';
import type { WrongEntries } from './shared-entries.ts';

/** A way in which vCPUs share EPT entries, or do not. */
export type Design =
  | 'first-fault'
  | 'vcpu0'
  | 'role'
  | 'uniform'
  | 'max-cd'
  | 'zap-on-cd'
  | 'fine-zap'
  | 'try-without-vcpu';
/** All designs. */
export const DESIGNS: readonly Design[] = [
  'first-fault',
  'vcpu0',
  'role',
  'uniform',
  'max-cd',
  'zap-on-cd',
  'fine-zap',
  'try-without-vcpu',
];

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

/** CR0.CD of all vCPUs counts as 1 while any of them has it; MTRRs are those of whoever faults first. */
export interface MaxCacheDisable {
  readonly design: 'max-cd';
  /** Whether any vCPU has CR0.CD=1. */
  readonly on: boolean;
  /** In any order of faults. */
  readonly wrong: WrongEntries;
}

/** Other zaps, the same types: what is wrong is what whoever faults first makes of it. */
export interface OtherZaps {
  readonly design: 'zap-on-cd' | 'fine-zap';
  /** In any order of faults. */
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

/** vCPUs in a state that differs from the first vCPU's in some register. */
export interface RefusedVcpus {
  readonly ids: readonly number[];
  readonly differences: readonly StateDifference[];
  /** Pages, where entries can exist, for which they demand something else than the first vCPU. */
  readonly pages: bigint;
}

/** Every vCPU has to have the first one's state. */
export interface Uniform {
  readonly design: 'uniform';
  /** Id of the vCPU that sets the rule: the first one. */
  readonly first: number;
  /** Those whose state makes a difference for some page. */
  readonly refused: readonly RefusedVcpus[];
  /** Those whose registers differ without effect on any page that can be mapped. */
  readonly withoutEffect: readonly RefusedVcpus[];
  readonly wrong: WrongEntries;
}

/** What a design costs and gets wrong. */
export type DesignResult =
  | FirstFault
  | OneDecides
  | TryWithoutVcpu
  | RolePerState
  | Uniform
  | MaxCacheDisable
  | OtherZaps;
