/**
 * The history of KVM's rule: every change, oldest first, with the release that it came with, the stable series
 * that took it, and what it does to the flags. Releases, rows and backports all follow from this list.
 */
import type { PolicyFlags, Quirk, ZapFlags } from './flags.ts';
import { parseRelease, type Release } from './release.ts';

/** A kernel commit that changed KVM's rule, in the words of what it does to a page's type. */
export interface Commit {
  /** Abbreviated id, 12 hex digits. */
  readonly id: string;
  /** First release with it, and the stable releases that it was backported to. */
  readonly since: string;
  readonly effect: string;
  /** Flags that it sets. */
  readonly flags: Readonly<Partial<PolicyFlags>>;
  /** Zap flags that it sets. */
  readonly zaps: Readonly<Partial<ZapFlags>>;
  /** Quirks that a kernel with it enables by default on Intel hosts; undefined: as before. */
  readonly defaultQuirks?: readonly Quirk[];
}

/** A change of KVM's rule: a commit, or what a release is known to do without a commit being named. */
export interface KernelChange {
  readonly commit?: Commit;
  /** First release with it. */
  readonly release: Release;
  /** Stable releases from which on their series has it as well. */
  readonly backports: readonly Release[];
  /** Whether it came after the release's candidates, which thus lack it. */
  readonly isLate: boolean;
  readonly flags: Readonly<Partial<PolicyFlags>>;
  readonly zaps: Readonly<Partial<ZapFlags>>;
}

/** The release that the rule is known from, and what it is there. */
export const FIRST_RELEASE: Release = { major: 4, minor: 7, patch: 0 };
/** KVM's flags in {@link FIRST_RELEASE}. */
export const FIRST_FLAGS: PolicyFlags = {
  mtrr: 'kvm',
  ept: 'kvm',
  cacheDisable: 'wb-ipat',
  ignorePat: 'always',
  levelCheck: 'kvm',
  mmioLevel: '4k',
  leaf: 'kvm-4.7',
};
/** What becomes of entries in {@link FIRST_RELEASE}. */
export const FIRST_ZAPS: ZapFlags = {
  dmaZap: 'none',
  slotZap: 'all',
  dirtyLogStart: 'write-protect',
  largeWrite: 'drop',
  dirtyLogEnd: 'zap',
  rootRole: 'paging',
  rootLifetime: 'kept',
};
/** Quirks that {@link FIRST_RELEASE} enables by default. */
export const FIRST_QUIRKS: readonly Quirk[] = ['cd-nw-cleared'];

interface ChangeRow {
  readonly id?: string;
  readonly release: string;
  readonly backports?: readonly string[];
  readonly isLate?: true;
  readonly effect?: string;
  readonly flags?: Readonly<Partial<PolicyFlags>>;
  readonly zaps?: Readonly<Partial<ZapFlags>>;
  readonly defaultQuirks?: readonly Quirk[];
}

const table = [
  {
    id: '4e103134b862',
    release: '5.1',
    effect: 'a slot that is removed or moved takes its own entries with it, where all went',
    zaps: { slotZap: 'slot' },
  },
  {
    id: 'd012a06ab1d2',
    release: '5.3',
    backports: ['5.2.11'],
    effect: 'reverts 4e103134b862: all entries go with a slot again',
    zaps: { slotZap: 'all' },
  },
  { release: '5.4', flags: { leaf: 'kvm-5.4' } },
  // Seen in 5.14-rc5; that 5.13 has it already is inferred.
  { release: '5.13', flags: { leaf: 'kvm' } },
  // The TDP MMU, on by default from here on; the MMU before it keeps its tables and finds them again.
  { release: '5.15', zaps: { rootLifetime: 'last-user' } },
  {
    id: 'a3fe5dbda0a4',
    release: '5.18',
    effect: 'dirty logging splits large entries at once (eager_page_split), and what they held stays',
    zaps: { dirtyLogStart: 'split' },
  },
  // Seen in 5.19; 5.18 was not seen.
  { release: '5.19', zaps: { rootRole: 'constant' } },
  {
    id: 'd5e90a699858',
    release: '6.0',
    effect: 'the guest MTRRs limit the mapping level only where they are used, with non-coherent DMA',
    flags: { levelCheck: 'kvm-noncoherent-dma' },
  },
  {
    id: 'a8ac499bb6ab',
    release: '6.0',
    effect: "the host's page tables decide how large host MMIO is mapped, which was 4K before",
    flags: { mmioLevel: 'host' },
  },
  // Seen in 6.1.192 and 6.5; mainline 6.1 to 6.3.1 did not have it as first released (probably edbdb43fc96b, 6.4 and stable).
  { release: '6.1', zaps: { rootLifetime: 'kept' } },
  // At the latest: 6.2 to 6.4 were not seen.
  { release: '6.5', zaps: { largeWrite: 'split' } },
  {
    id: '362ff6dca541',
    release: '6.7',
    effect: 'all entries go when non-coherent DMA starts or stops',
    zaps: { dmaZap: 'all' },
  },
  {
    id: 'c9f65a3f2d92',
    release: '6.7',
    effect: 'CR0.CD=1 with the quirk cd-nw-cleared gives WB instead of WB with IPAT',
    flags: { cacheDisable: 'wb' },
  },
  { release: '6.10', flags: { leaf: 'kvm-suppress-ve' } },
  {
    id: '0a7b73559b39',
    release: '6.11',
    effect: "the guest's MTRRs no longer decide the EPT memory type",
    // Without types there is nothing left to compare.
    flags: { mtrr: 'none', levelCheck: 'none' },
  },
  {
    id: 'e1548088ff54',
    release: '6.11',
    effect: 'CR0.CD=1 no longer forces UC',
    flags: { cacheDisable: 'ignored' },
  },
  {
    id: '377b2f359d1f',
    release: '6.11',
    effect: "the guest's PAT is honoured on CPUs with self-snoop",
    flags: { ignorePat: 'without-self-snoop' },
  },
  {
    id: '9d70f3fec144',
    release: '6.11',
    isLate: true,
    effect: "reverts 377b2f359d1f: the guest's PAT is ignored again",
    flags: { ignorePat: 'always' },
  },
  {
    id: 'aa8d1f48d353',
    release: '6.12',
    effect: 'KVM_X86_QUIRK_SLOT_ZAP_ALL: a VMM may have a slot take its own entries alone with it',
    zaps: { slotZap: 'quirk' },
  },
  {
    id: '13e2e4f62a4b',
    release: '6.13',
    effect:
      'when dirty logging ends, large entries take the place of small ones at once, with the type of the first',
    zaps: { dirtyLogEnd: 'recover' },
  },
  {
    id: 'c9c1e20b4c7d',
    release: '6.16',
    backports: ['6.12.78'],
    effect: "KVM_X86_QUIRK_IGNORE_GUEST_PAT: a VMM may have the guest's PAT honoured",
    flags: { ignorePat: 'quirk' },
    // cd-nw-cleared, of which no type depends any more, is for AMD hosts from here on.
    defaultQuirks: ['ignore-guest-pat'],
  },
  {
    id: 'be4e45f360a2',
    release: '7.2',
    effect:
      'with a8827c196146: leaf entries with host-writable in 53, MMU-writable in 55, user-execute in 10',
    flags: { leaf: 'kvm-7.2' },
  },
  {
    id: 'a8827c196146',
    release: '7.2',
    effect:
      'with be4e45f360a2: leaf entries with host-writable in 53, MMU-writable in 55, user-execute in 10',
    flags: { leaf: 'kvm-7.2' },
  },
] as const satisfies readonly ChangeRow[];

/** The abbreviated id of a commit in {@link COMMITS}. */
export type CommitId = Extract<(typeof table)[number], { id: string }>['id'];

function releaseNamed(text: string): Release {
  const release = parseRelease(text);
  if (!release) throw new Error(`"${text}" is no release`);
  return release;
}

const rows: readonly ChangeRow[] = table;

/** A commit that was reverted before its release came was in the candidates alone. */
function sinceText({ release, backports = [], id }: ChangeRow): string {
  const isReverted = rows.some((row) => row.release === release && row.effect?.startsWith(`reverts ${id}`));
  const first = isReverted ? `${release}-rc1` : release;
  return backports.length > 0 ? `${first} (backported to ${backports.join(', ')})` : first;
}

function changeOf(row: ChangeRow): KernelChange {
  const { id, release, backports = [], isLate = false, effect = '', flags = {}, zaps = {} } = row;
  const quirks = row.defaultQuirks && { defaultQuirks: row.defaultQuirks };
  const commit = id && Object.freeze({ id, since: sinceText(row), effect, flags, zaps, ...quirks });
  return {
    ...(commit && { commit }),
    release: releaseNamed(release),
    backports: backports.map(releaseNamed),
    isLate,
    flags,
    zaps,
  };
}

/** Every change of KVM's rule, oldest first: the order in which their effects add up. */
export const HISTORY: readonly KernelChange[] = table.map(changeOf);

/** Every commit that a policy can cite, by abbreviated id, oldest first. */
export const COMMITS: Readonly<Record<CommitId, Commit>> = Object.freeze(
  Object.fromEntries(HISTORY.flatMap(({ commit }) => (commit ? [[commit.id, commit]] : []))) as Record<
    CommitId,
    Commit
  >,
);

/** Default quirks of a kernel that takes commits on top of what it has. */
export function quirksWith(quirks: readonly Quirk[], commits: readonly Commit[]): readonly Quirk[] {
  return commits.findLast(({ defaultQuirks }) => defaultQuirks)?.defaultQuirks ?? quirks;
}

/**
 * The commit that an id names.
 *
 * @param id - 7 digits or more
 * @returns undefined where it names none
 */
export function commitNamed(id: string): Commit | undefined {
  if (id.length < 7) return undefined;
  // Its id is cited with other last digits as well, and the tree has those.
  if ('d5e90a699875ce552d0058d05b9b4b458b46fa6a'.startsWith(id)) return COMMITS.d5e90a699858;
  return Object.values(COMMITS).find((one) => id.startsWith(one.id) || one.id.startsWith(id));
}

/**
 * The commit that leads from one value of a flag to another.
 *
 * @param flag - one of a policy's flags
 * @param from - a value of it
 * @param to - another
 * @returns undefined where no commit is named; else whether `to` came after `from`, for values that came and
 * went by the shortest way
 *
 * @internal
 */
export function commitBetween(
  flag: keyof PolicyFlags,
  from: string,
  to: string,
): { readonly commit: Commit; readonly isForward: boolean } | undefined {
  const values: { value: string; commit?: Commit }[] = [{ value: FIRST_FLAGS[flag] }];
  for (const { flags, commit } of HISTORY) {
    const value = flags[flag];
    if (value !== undefined) values.push({ value, ...(commit && { commit }) });
  }
  const placesOf = (wanted: string): number[] =>
    values.flatMap(({ value }, place) => (value === wanted ? [place] : []));
  const steps = placesOf(from).flatMap((start) => placesOf(to).map((end) => ({ start, end })));
  // Of two ways as long as each other the one that the kernel went.
  const [way] = steps.sort(
    (a, b) => Math.abs(a.end - a.start) - Math.abs(b.end - b.start) || b.end - b.start - (a.end - a.start),
  );
  const commit = way && values[Math.max(way.start, way.end)]?.commit;
  return commit && { commit, isForward: way.end > way.start };
}
