/** KVM's policies: a release's flags are those of the first one, changed by every commit that it contains. */
import { WANTS } from '../types.ts';
import { assumptionsOf } from './assumptions.ts';
import {
  FIRST_FLAGS,
  FIRST_QUIRKS,
  FIRST_RELEASE,
  FIRST_ZAPS,
  HISTORY,
  type KernelChange,
  quirksWith,
} from './commits.ts';
import { type PolicyFlags, VENDORS, type ZapFlags } from './flags.ts';
import type { Policy, PolicyTraits } from './policy.ts';
import { parseRelease, type Release, releaseAtLeast, releaseText } from './release.ts';

const TRAITS: PolicyTraits = Object.freeze({
  system: 'kvm',
  // arch/x86/include/asm/kvm_host.h, `KVM_NR_VAR_MTRR`, and the VCNT field of its IA32_MTRRCAP, 0x508.
  variableRanges: 8,
  hasZapRules: true,
  requiresSlots: true,
  mtrrLabel: 'guest MTRR',
  wants: WANTS,
  vendors: VENDORS,
});

const byAge = (a: Release, b: Release): number => a.major - b.major || a.minor - b.minor || a.patch - b.patch;

/** Whether a release has a change: its own, or backported to its series. */
function contains(release: Release, { release: first, backports, isLate }: KernelChange): boolean {
  const isOfSeries = (one: Release): boolean => release.major === one.major && release.minor === one.minor;
  if (backports.some((one) => isOfSeries(one) && releaseAtLeast(release, one))) return true;
  if (isLate && release.isCandidate && isOfSeries(first)) return false;
  return releaseAtLeast(release, first);
}

function flagsOf(release: Release): PolicyFlags {
  const changes = HISTORY.filter((change) => contains(release, change));
  return Object.assign({}, FIRST_FLAGS, ...changes.map(({ flags }) => flags));
}

/** What decides a page's type, and so the row: neither levels nor the layout of an entry do. */
function ruleOf({ mtrr, cacheDisable, ignorePat }: PolicyFlags): string {
  return `${mtrr} ${cacheDisable} ${ignorePat}`;
}

/** Whether {@link ruleOf} may tell a kernel with a change from one without. */
function decides({ flags: { mtrr, cacheDisable, ignorePat } }: KernelChange): boolean {
  return mtrr !== undefined || cacheDisable !== undefined || ignorePat !== undefined;
}

/** Names of the rows by what they decide: each is named after the first release that decides so. */
const ROWS: ReadonlyMap<string, string> = rowsOf();

function rowsOf(): Map<string, string> {
  const rows = new Map<string, string>();
  const add = (release: Release): void => {
    const rule = ruleOf(flagsOf(release));
    if (!rows.has(rule)) rows.set(rule, `kvm-${releaseText(release)}`);
  };
  const finished = new Set(HISTORY.filter(({ isLate }) => isLate).map(({ release }) => releaseText(release)));
  add(FIRST_RELEASE);
  for (const { release } of HISTORY.filter(decides)) {
    if (finished.has(releaseText(release))) add({ ...release, isCandidate: true });
    add(release);
  }
  return rows;
}

/** The rows of KVM's rule, oldest first. */
export const KVM_ROWS: readonly string[] = [...ROWS.values()];

function kvmPolicy(name: string, release: Release): Policy {
  const changes = HISTORY.filter((change) => contains(release, change));
  const commits = changes.flatMap(({ commit }) => (commit ? [commit] : []));
  const flags = flagsOf(release);
  return Object.freeze({
    name,
    row: ROWS.get(ruleOf(flags)) ?? name,
    release,
    traits: TRAITS,
    flags: Object.freeze(flags),
    zaps: Object.freeze(Object.assign({}, FIRST_ZAPS, ...changes.map(({ zaps }) => zaps)) as ZapFlags),
    defaultQuirks: Object.freeze([...quirksWith(FIRST_QUIRKS, commits)]),
    commits: Object.freeze(commits),
    assumptions: Object.freeze(assumptionsOf(release, flags)),
  } satisfies Policy);
}

/** The candidates of 6.11 answer as no release does; other candidates are not told from their releases. */
const CANDIDATE = /^6\.11-rc[1-7]?$/;

/**
 * The policy of a KVM release.
 *
 * @param name - `kvm-MAJOR.MINOR[.PATCH]` from 4.7 on, `kvm-6.11-rc` or `kvm-6.11-rc1`..`-rc7`
 * @returns undefined for any other name
 */
export function kvmNamed(name: string): Policy | undefined {
  if (!name.startsWith('kvm-')) return undefined;
  const text = name.slice('kvm-'.length);
  if (CANDIDATE.test(text) && !text.endsWith('\n')) {
    return kvmPolicy(name, { major: 6, minor: 11, patch: 0, isCandidate: true });
  }
  const release = parseRelease(text);
  return release && releaseAtLeast(release, FIRST_RELEASE) ? kvmPolicy(name, release) : undefined;
}

/**
 * Names of the releases at which anything that a policy tells changes: the rows, and those between them whose levels, entries
 * or zaps differ; oldest first. For people and shells that look for a name.
 *
 * @internal
 */
export function changedReleases(): readonly string[] {
  const releases = HISTORY.flatMap(({ release, backports }) => [release, ...backports]);
  const names = [FIRST_RELEASE, ...releases.sort(byAge)].map((release) => `kvm-${releaseText(release)}`);
  return [...new Set(names)];
}
