/** The kernel commits that changed KVM's rule, in the words of what they do to a page's type. */
export interface Commit {
  readonly id: string;
  /** First release with it. */
  readonly since: string;
  readonly effect: string;
}

const table = {
  d5e90a699858: {
    since: '6.0',
    effect: 'the guest MTRRs limit the mapping level only where they are used, with non-coherent DMA',
  },
  c9f65a3f2d92: {
    since: '6.7',
    effect: 'CR0.CD=1 with the quirk cd-nw-cleared gives WB instead of WB with IPAT',
  },
  '0a7b73559b39': { since: '6.11', effect: "the guest's MTRRs no longer decide the EPT memory type" },
  e1548088ff54: { since: '6.11', effect: 'CR0.CD=1 no longer forces UC' },
  '377b2f359d1f': { since: '6.11-rc1', effect: "the guest's PAT is honoured on CPUs with self-snoop" },
  '9d70f3fec144': { since: '6.11', effect: "reverts 377b2f359d1f: the guest's PAT is ignored again" },
  c9c1e20b4c7d: {
    since: '6.16 (backported to 6.12.78)',
    effect: "KVM_X86_QUIRK_IGNORE_GUEST_PAT: a VMM may have the guest's PAT honoured",
  },
} as const;

/** The abbreviated id of a commit in {@link COMMITS}. */
export type CommitId = keyof typeof table;

/** Every commit that a policy can cite, by abbreviated id. */
export const COMMITS: Readonly<Record<CommitId, Commit>> = Object.freeze(
  Object.fromEntries(
    Object.entries(table).map(([id, text]) => [id, Object.freeze({ id, ...text })]),
  ) as Record<CommitId, Commit>,
);
