/**
 * A policy is a hypervisor's (or the architecture's) rule for turning MTRRs, CR0.CD and PAT into an EPT type:
 * flags, which change from release to release, and traits, which its hypervisor always has.
 */
import { InputRangeError } from '../errors.ts';
import type { Want } from '../types.ts';
import type { Commit } from './commits.ts';
import type { PolicyFlags, Quirk, Vendor, ZapFlags } from './flags.ts';
import type { PeerRules } from './peer-rules.ts';
import type { Release } from './release.ts';

/** What all policies of one hypervisor have in common. */
export interface PolicyTraits {
  /** Whose rules these are, for people and lists: what follows from it stands in the other traits. */
  readonly system: 'sdm' | 'kvm' | 'peer';
  /** Variable ranges that a vCPU has: a number whatever is asked, or as many as its VCNT says, at most 40. */
  readonly variableRanges: number | 'vcnt';
  /** Whether it is known which entries an event zaps, so that entries can be followed through time. */
  readonly hasZapRules: boolean;
  /** Whether guest memory is mapped through slots, so that frames outside of every slot have no entry. */
  readonly requiresSlots: boolean;
  /** What the registers that decide are called in front of people. */
  readonly mtrrLabel: 'MTRR' | 'guest MTRR';
  /** What can be asked, unless the flags leave no answer. */
  readonly wants: readonly Want[];
  /** Host CPUs that its rules are about. */
  readonly vendors: readonly Vendor[];
}

/** A named rule, frozen. */
export interface Policy {
  /** The name as it was asked for. */
  readonly name: string;
  /** The row of the rule table that the name stands for: `sdm`, `kvm-4.7`, `kvm-6.7`, ... */
  readonly row: string;
  /** Of a kernel: the release that it is, or that a custom policy starts from. */
  readonly release?: Release;
  readonly traits: PolicyTraits;
  /** Name of the policy of what this system writes into its EPT, where this one is its lookup of MTRRs alone. */
  readonly entriesBy?: string;
  /** Rules of another system; there if and only if `flags.mtrr` is `peer`. */
  readonly peer?: PeerRules;
  readonly flags: PolicyFlags;
  /** What becomes of entries; there if and only if `traits.hasZapRules`. */
  readonly zaps?: ZapFlags;
  /** Quirks that this kernel enables by default. */
  readonly defaultQuirks: readonly Quirk[];
  /** Commits whose effect the flags contain, oldest first. */
  readonly commits: readonly Commit[];
  /** What the model takes on trust for this release, in a sentence each; empty for most. */
  readonly assumptions: readonly string[];
}

/**
 * The wants that a policy can answer.
 *
 * @param policy - any policy
 * @returns wants in the order of {@link Want}; KVM from 6.11 on computes no MTRR type, so `mtrr` is missing there;
 * of peers only `mtrr` and `ept` are known
 * @example
 * wantsOf(policy('kvm-6.11')); // ['ept', 'effective', 'levels', 'leaf']
 */
export function wantsOf(policy: Policy): readonly Want[] {
  const { traits, flags } = policy;
  return flags.mtrr === 'none' ? traits.wants.filter((want) => want !== 'mtrr') : traits.wants;
}

/**
 * Refuses a want that the policy has no answer for.
 *
 * @param policy - a policy
 * @param want - what is to be asked under it
 * @throws InputError with path `want`
 * @example
 * requireWant(policy('kvm-5.16'), 'mtrr'); // undefined
 */
export function requireWant(policy: Policy, want: Want): void {
  if (wantsOf(policy).includes(want)) return;
  const reason = policy.peer
    ? `${policy.name} is known for its types alone: ask for "mtrr" or "ept"`
    : `${policy.name} computes no MTRR type: KVM from 6.11 on does not use the guest's MTRRs; ask for "ept"`;
  throw new InputRangeError('want', reason);
}
