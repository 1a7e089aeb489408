/**
 * Other systems that turn MTRRs into EPT types, as rows of rules. What each does was established by running
 * its own code, in snapshots of 2025 and 2026.
 */

/** How a peer reads MTRRs. */
export interface PeerRules {
  /** What it answers while DEF_TYPE.E = 0: UC, nothing at all, or what the ranges say since E is not looked at. */
  readonly disabled: 'uc' | 'undefined' | 'not-looked-at';
  /**
   * Below 1 MiB with DEF_TYPE.FE = 1: the fixed range's type; the fixed range only where it is UC, else the
   * variable ranges; or UC throughout.
   */
  readonly fixed: 'applied' | 'uc-only' | 'all-uc';
  /**
   * Which frames a variable range covers: those that agree with the base in the mask's bits; from the base as
   * many as the mask's lowest bit says (none for a mask of 0); or from the base, which is not aligned down,
   * 2^MAXPHYADDR less the mask (to the end for a mask of 0).
   */
  readonly match: 'mask' | 'lowest-bit' | 'size-of-mask';
  /**
   * Which type wins where ranges overlap, in register order: the manual's, else the last register's; WT for WB
   * with WT, else UC; the last register's but for a UC one before it, which ends the search too late; UC ends
   * the search, WT stays over WB, else the last; UC where any is UC, other types never count; the lowest number.
   */
  readonly overlap: 'manual-or-last' | 'wt-or-uc' | 'hyperdbg' | 'uc-ends' | 'uc-or-nothing' | 'lowest';
  /** AMD's TOM2 with Tom2ForceMemTypeWB: not looked at, or WB from 4 GiB on even where a range is UC. */
  readonly tom2: 'not-looked-at' | 'wins';
}

/** A peer's row. */
export interface Peer {
  /** Name of the policy. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  readonly rules: PeerRules;
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
  { name: 'peer-xen', title: "Xen's lookup of a guest's MTRRs (hvm/mtrr.c)", rules: MANUAL },
  {
    name: 'peer-linux-6.4',
    title: "Linux 4.3..6.4, lookup of the host's MTRRs",
    rules: { ...MANUAL, disabled: 'undefined', overlap: 'wt-or-uc' },
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
    title: 'hvpp, a small hypervisor for Windows',
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
