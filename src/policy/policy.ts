/**
 * A policy is a hypervisor's (or the architecture's) rule for turning MTRRs, CR0.CD and PAT into an EPT type,
 * written as feature flags. KVM's rules changed from release to release; each flag names the commit that
 * changed it. Distribution kernels backport, so flags, not version numbers, are what engines read.
 */
import { EptsweepError, InputError } from '../errors.ts';
import { WANTS, type Want } from '../types.ts';
import { COMMITS, type Commit, type CommitId } from './commits.ts';
import { PEERS, type PeerRules } from './peers.ts';
import { parseRelease, type Release, releaseAtLeast } from './release.ts';

/** Feature flags of a policy: everything an engine needs to know about it. */
export interface PolicyFlags {
  /**
   * How the MTRRs give a type: as the manual says, as KVM 4.7..6.10 folds them, by {@link Policy.peer}'s rules,
   * or not at all.
   */
  readonly mtrr: 'architectural' | 'kvm' | 'peer' | 'none';
  /** What becomes of that type: an entry of that type without IPAT, or KVM's `vmx_get_mt_mask`. */
  readonly ept: 'identity' | 'kvm';
  /** KVM's answer for CR0.CD=1 with the quirk cd-nw-cleared on: WB with IPAT, WB, or CD is not looked at. */
  readonly cacheDisable: 'wb-ipat' | 'wb' | 'ignored';
  /**
   * When KVM sets IPAT for a VM without non-coherent DMA: always, only if the CPU lacks self-snoop, or only
   * while the quirk ignore-guest-pat is on.
   */
  readonly ignorePat: 'always' | 'without-self-snoop' | 'quirk';
  /**
   * What limits the level of a leaf beside the slots: one defined type for all its pages, KVM's MTRR
   * consistency check (always, or only for VMs with non-coherent DMA), or nothing.
   */
  readonly levelCheck: 'one-type' | 'kvm' | 'kvm-noncoherent-dma' | 'none';
  /** Layout of a leaf entry: the architecture's, KVM's, or KVM's since it sets suppress-#VE (bit 63). */
  readonly leaf: 'architectural' | 'kvm' | 'kvm-suppress-ve';
}

/** A KVM quirk that matters here: `KVM_X86_QUIRK_CD_NW_CLEARED`, `KVM_X86_QUIRK_IGNORE_GUEST_PAT`. */
export type Quirk = 'cd-nw-cleared' | 'ignore-guest-pat';
/** All quirks that a VM can name, lower case without prefix. */
export const QUIRKS: readonly Quirk[] = ['cd-nw-cleared', 'ignore-guest-pat'];

/** A named rule, frozen. */
export interface Policy {
  /** The name as it was asked for. */
  readonly name: string;
  /** The row of the rule table that the name stands for: `sdm`, `kvm-4.7`, `kvm-6.7`, ... */
  readonly row: string;
  readonly model: 'sdm' | 'kvm' | 'peer';
  /** Rules of another system; there if and only if `flags.mtrr` is `peer`. */
  readonly peer?: PeerRules;
  readonly flags: PolicyFlags;
  /** Quirks that this kernel enables by default. */
  readonly defaultQuirks: readonly Quirk[];
  /** Commits whose effect the flags contain, oldest first. */
  readonly commits: readonly Commit[];
  /** What the model takes on trust for this release, in a sentence each; empty for most. */
  readonly assumptions: readonly string[];
}

/** Rows of KVM's rule table, oldest first, with the release that each one starts at. */
interface KvmRow extends Pick<PolicyFlags, 'mtrr' | 'cacheDisable' | 'ignorePat'> {
  readonly row: string;
  readonly since: Release;
  readonly quirks: readonly Quirk[];
}

const CD_ONLY: readonly Quirk[] = ['cd-nw-cleared'];
const KVM_ROWS: readonly KvmRow[] = [
  {
    row: 'kvm-4.7',
    since: { major: 4, minor: 7, patch: 0 },
    mtrr: 'kvm',
    cacheDisable: 'wb-ipat',
    ignorePat: 'always',
    quirks: CD_ONLY,
  },
  {
    row: 'kvm-6.7',
    since: { major: 6, minor: 7, patch: 0 },
    mtrr: 'kvm',
    cacheDisable: 'wb',
    ignorePat: 'always',
    quirks: CD_ONLY,
  },
  {
    row: 'kvm-6.11',
    since: { major: 6, minor: 11, patch: 0 },
    mtrr: 'none',
    cacheDisable: 'ignored',
    ignorePat: 'always',
    quirks: CD_ONLY,
  },
  {
    row: 'kvm-6.16',
    since: { major: 6, minor: 16, patch: 0 },
    mtrr: 'none',
    cacheDisable: 'ignored',
    ignorePat: 'quirk',
    quirks: ['cd-nw-cleared', 'ignore-guest-pat'],
  },
];

/** The release candidates of 6.11 honoured the guest's PAT on CPUs with self-snoop; reverted before 6.11. */
const RC_ROW: KvmRow = {
  row: 'kvm-6.11-rc',
  since: { major: 6, minor: 11, patch: 0 },
  mtrr: 'none',
  cacheDisable: 'ignored',
  ignorePat: 'without-self-snoop',
  quirks: CD_ONLY,
};

/** First stable release of 6.12.y with the ignore-guest-pat quirk backported. */
const BACKPORT_6_12: Release = { major: 6, minor: 12, patch: 78 };

const SDM: Policy = Object.freeze({
  name: 'sdm',
  row: 'sdm',
  model: 'sdm',
  flags: Object.freeze({
    mtrr: 'architectural',
    ept: 'identity',
    cacheDisable: 'ignored',
    ignorePat: 'always',
    levelCheck: 'one-type',
    leaf: 'architectural',
  } satisfies PolicyFlags),
  defaultQuirks: Object.freeze([]),
  commits: Object.freeze([]),
  assumptions: Object.freeze([]),
} satisfies Policy);

const PEER_POLICIES: readonly Policy[] = PEERS.map(({ name, rules }) =>
  Object.freeze({
    ...SDM,
    name,
    row: name,
    model: 'peer',
    peer: Object.freeze(rules),
    flags: Object.freeze({ ...SDM.flags, mtrr: 'peer' } satisfies PolicyFlags),
  } satisfies Policy),
);

function rowOf(release: Release): KvmRow | undefined {
  if (release.major === 6 && release.minor === 12 && releaseAtLeast(release, BACKPORT_6_12)) {
    return KVM_ROWS.at(-1);
  }
  return KVM_ROWS.findLast((row) => releaseAtLeast(release, row.since));
}

function commitsOf(row: KvmRow, release: Release): readonly Commit[] {
  const ids: CommitId[] = [];
  if (releaseAtLeast(release, { major: 6, minor: 0, patch: 0 })) ids.push('d5e90a699858');
  if (releaseAtLeast(release, { major: 6, minor: 7, patch: 0 })) ids.push('c9f65a3f2d92');
  if (row.mtrr === 'none') ids.push('0a7b73559b39', 'e1548088ff54', '377b2f359d1f');
  if (row.mtrr === 'none' && row.ignorePat !== 'without-self-snoop') ids.push('9d70f3fec144');
  if (row.ignorePat === 'quirk') ids.push('c9c1e20b4c7d');
  return ids.map((id) => COMMITS[id]);
}

function levelCheckOf(row: KvmRow, release: Release): PolicyFlags['levelCheck'] {
  if (row.mtrr === 'none') return 'none';
  return releaseAtLeast(release, { major: 6, minor: 0, patch: 0 }) ? 'kvm-noncoherent-dma' : 'kvm';
}

function kvmPolicy(name: string, row: KvmRow, release: Release): Policy {
  const modernLeaf = releaseAtLeast(release, { major: 5, minor: 16, patch: 0 });
  return Object.freeze({
    name,
    row: row.row,
    model: 'kvm',
    flags: Object.freeze({
      mtrr: row.mtrr,
      ept: 'kvm',
      cacheDisable: row.cacheDisable,
      ignorePat: row.ignorePat,
      levelCheck: levelCheckOf(row, release),
      leaf: releaseAtLeast(release, { major: 6, minor: 10, patch: 0 }) ? 'kvm-suppress-ve' : 'kvm',
    } satisfies PolicyFlags),
    defaultQuirks: Object.freeze([...row.quirks]),
    commits: Object.freeze(commitsOf(row, release)),
    assumptions: Object.freeze(
      modernLeaf
        ? []
        : ['leaf entries are written in the layout of KVM 5.16; before it the software bits lay elsewhere'],
    ),
  } satisfies Policy);
}

/**
 * The policy that a name stands for.
 *
 * @param name - `sdm`, `kvm-MAJOR.MINOR[.PATCH]` from 4.7 on, `kvm-6.11-rc` or `kvm-6.11-rc1`..`-rc7`, or a
 * name of {@link PEERS}
 * @returns the frozen policy with its flags and the commits behind them
 * @throws {@link EptsweepError} with code `unknown-policy` for any other name
 * @example
 * policy('kvm-6.12.78').row; // 'kvm-6.16': a stable release with a backport
 */
export function policy(name: string): Policy {
  if (name === SDM.name) return SDM;
  const peer = PEER_POLICIES.find((one) => one.name === name);
  if (peer) return peer;
  if (/^kvm-6\.11-rc[1-7]?$/.test(name)) return kvmPolicy(name, RC_ROW, RC_ROW.since);
  const release = name.startsWith('kvm-') ? parseRelease(name.slice(4)) : undefined;
  const row = release && rowOf(release);
  if (!release || !row) {
    throw new EptsweepError(
      'unknown-policy',
      `unknown policy "${name}": expected sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, kvm-6.11-rc1..rc7, or ${PEERS.map((one) => one.name).join(', ')}`,
      'policy',
    );
  }
  return kvmPolicy(name, row, release);
}

/** Names that `policy` accepts for the rows of its table, the ones to list for people. */
export const POLICY_NAMES: readonly string[] = [
  'sdm',
  'kvm-4.7',
  'kvm-6.7',
  'kvm-6.11-rc',
  'kvm-6.11',
  'kvm-6.16',
];

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
  if (policy.model === 'peer') return ['mtrr', 'ept'];
  return policy.flags.mtrr === 'none' ? WANTS.filter((want) => want !== 'mtrr') : WANTS;
}

/**
 * Refuses a want that the policy has no answer for.
 *
 * @throws {@link InputError} with path `want`
 */
export function requireWant(policy: Policy, want: Want): void {
  if (wantsOf(policy).includes(want)) return;
  const reason =
    policy.model === 'peer'
      ? `${policy.name} is known for its types alone: ask for "mtrr" or "ept"`
      : `${policy.name} computes no MTRR type: KVM from 6.11 on does not use the guest's MTRRs; ask for "ept"`;
  throw new InputError('want', reason);
}
