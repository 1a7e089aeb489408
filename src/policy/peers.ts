/**
 * Other systems that turn MTRRs into EPT types, as rows of rules. What each does was established by running
 * its own code, in snapshots of 2025 and 2026.
 */
import type { PolicyFlags } from './flags.ts';
import type { PeerRules } from './peer-rules.ts';
import type { Policy, PolicyTraits } from './policy.ts';
import { SDM } from './sdm.ts';

/** A peer's row. */
export interface Peer {
  /** Name of the policy. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  readonly rules: PeerRules;
  /** As `Policy.entriesBy`. */
  readonly entriesBy?: string;
}

const MANUAL: PeerRules = {
  disabled: 'uc',
  fixed: 'applied',
  match: 'mask',
  overlap: 'manual-or-last',
  tom2: 'not-looked-at',
};

/** All peers that can be asked. */
export const PEERS: readonly Peer[] = [
  {
    name: 'peer-xen',
    title: "Xen's lookup of a guest's MTRRs (hvm/mtrr.c)",
    rules: MANUAL,
    entriesBy: 'peer-xen-ept',
  },
  {
    name: 'peer-linux-6.4',
    title: "Linux 4.3..6.4, lookup of the host's MTRRs",
    rules: { ...MANUAL, disabled: 'undefined', overlap: 'wt-or-uc', tom2: 'wins' },
  },
  {
    name: 'peer-linux-6.5',
    title: "Linux from 6.5 on, the map built of the host's MTRRs",
    rules: { ...MANUAL, match: 'size-of-mask', overlap: 'wt-or-uc', tom2: 'wins' },
  },
  {
    name: 'peer-hyperdbg',
    title: 'HyperDbg, a debugging hypervisor for Windows',
    rules: { ...MANUAL, match: 'lowest-bit', overlap: 'hyperdbg' },
  },
  {
    name: 'peer-hyperplatform',
    title: 'HyperPlatform, a research hypervisor for Windows',
    rules: { ...MANUAL, disabled: 'not-looked-at', match: 'lowest-bit', overlap: 'uc-ends' },
  },
  {
    name: 'peer-hvpp',
    title: 'hvpp, a small hypervisor for Windows (one of two outcomes)',
    rules: {
      ...MANUAL,
      disabled: 'not-looked-at',
      fixed: 'uc-only',
      match: 'lowest-bit',
      overlap: 'uc-or-nothing',
    },
  },
  {
    name: 'peer-jonomango',
    title: "jonomango's hv, a small hypervisor for Windows",
    rules: { ...MANUAL, fixed: 'all-uc', overlap: 'lowest' },
  },
];

/** What all peers have in common. */
export const PEER_TRAITS: PolicyTraits = Object.freeze({
  ...SDM.traits,
  system: 'peer',
  mtrrLabel: 'guest MTRR',
  wants: Object.freeze(['mtrr', 'ept'] as const),
});

/** The peers' policies, in the order of {@link PEERS}. */
export const PEER_POLICIES: readonly Policy[] = PEERS.map(({ name, rules, entriesBy }) =>
  Object.freeze({
    ...SDM,
    name,
    row: name,
    ...(entriesBy !== undefined && { entriesBy }),
    traits: PEER_TRAITS,
    peer: Object.freeze(rules),
    flags: Object.freeze({ ...SDM.flags, mtrr: 'peer' } satisfies PolicyFlags),
  } satisfies Policy),
);
