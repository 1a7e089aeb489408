/** The single changes between two policies: commits and flags between two kernels, else all of it at once. */
import { COMMITS, type Commit, type CommitId, type Policy, type PolicyFlags } from '../policy/index.ts';
import type { Want } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import type { Change, Setup } from './change.ts';

type Flag = keyof PolicyFlags;

/** Flags in the order in which kernels went through their values, with the commit that led to each value. */
const HISTORY: Readonly<Partial<Record<Flag, readonly (readonly [string, CommitId | undefined])[]>>> = {
  mtrr: [
    ['kvm', undefined],
    ['none', '0a7b73559b39'],
  ],
  cacheDisable: [
    ['wb-ipat', undefined],
    ['wb', 'c9f65a3f2d92'],
    ['ignored', 'e1548088ff54'],
  ],
  levelCheck: [
    ['kvm', undefined],
    ['kvm-noncoherent-dma', 'd5e90a699858'],
    ['none', '0a7b73559b39'],
  ],
};

/** `ignorePat` went to and fro, so that the commit depends on both values. */
const IGNORE_PAT_COMMITS: Readonly<Record<string, CommitId>> = {
  'always without-self-snoop': '377b2f359d1f',
  'without-self-snoop always': '9d70f3fec144',
  'always quirk': 'c9c1e20b4c7d',
  'quirk always': 'c9c1e20b4c7d',
  'without-self-snoop quirk': 'c9c1e20b4c7d',
  'quirk without-self-snoop': 'c9c1e20b4c7d',
};

const SUPPRESS_VE_TEXT = 'KVM sets suppress-#VE (bit 63) in every entry from 6.10 on';

function commitBetween(
  flag: Flag,
  from: string,
  to: string,
): { commit: Commit; isForward: boolean } | undefined {
  if (flag === 'ignorePat') {
    const id = IGNORE_PAT_COMMITS[`${from} ${to}`];
    return id && { commit: COMMITS[id], isForward: from !== 'quirk' };
  }
  const values = HISTORY[flag] ?? [];
  const [before, after] = [from, to].map((value) => values.findIndex(([name]) => name === value));
  if (before! < 0 || after! < 0) return undefined;
  const id = values[Math.max(before!, after!)]?.[1];
  return id && { commit: COMMITS[id], isForward: after! > before! };
}

function policyChange(a: Policy, b: Policy, flags: readonly Flag[]): Change {
  const [flag] = flags as [Flag];
  const apply = (setup: Setup): Setup => {
    const taken = Object.fromEntries(flags.map((one) => [one, b.flags[one]]));
    const merged = { ...setup.policy.flags, ...taken } as PolicyFlags;
    const quirks = flags.includes('ignorePat') ? { defaultQuirks: b.defaultQuirks } : {};
    return { ...setup, policy: { ...setup.policy, flags: merged, ...quirks } };
  };
  const made = commitBetween(flag, a.flags[flag], b.flags[flag]);
  if (made) {
    const { commit, isForward } = made;
    const text = isForward ? commit.effect : `without this commit: ${commit.effect}`;
    return { kind: 'policy', name: commit.id, commit, text: () => text, apply };
  }
  const text =
    flag === 'leaf' ? SUPPRESS_VE_TEXT : `policy flag ${flag}: ${a.flags[flag]} -> ${b.flags[flag]}`;
  return { kind: 'policy', name: flag, text: () => text, apply };
}

/** Flags that differ; without MTRRs there are none for a level check to look at, so these two go together. */
function flagGroups(a: Policy, b: Policy): readonly (readonly Flag[])[] {
  const differing = (Object.keys(a.flags) as Flag[]).filter((flag) => a.flags[flag] !== b.flags[flag]);
  const hasBoth = differing.includes('mtrr') && differing.includes('levelCheck');
  if (!hasBoth) return differing.map((flag) => [flag]);
  const alone = differing.filter((flag) => flag !== 'mtrr' && flag !== 'levelCheck');
  return [['mtrr', 'levelCheck'], ...alone.map((flag) => [flag])];
}

/** What a KVM makes of a page that the manual's rules do not: it has no commit, it is what KVM is. */
function kvmText({ flags }: Policy, vcpu: Vcpu, want: Want, gfn: number): string {
  if (want === 'levels') {
    const asks = flags.levelCheck === 'kvm' || (flags.levelCheck !== 'none' && vcpu.noncoherentDma);
    return asks
      ? "KVM's own test for one type limits the level"
      : 'the MTRRs do not limit the level that KVM takes';
  }
  if (vcpu.mmio.some(({ start, end }) => start <= gfn && gfn < end)) {
    return 'KVM writes UC for host MMIO, whatever the MTRRs say';
  }
  if (want !== 'mtrr') {
    if (!vcpu.noncoherentDma) return "without non-coherent DMA KVM does not look at the guest's MTRRs";
    if (flags.cacheDisable !== 'ignored' && vcpu.cr0cd) {
      return 'KVM answers CR0.CD=1 by its quirk cd-nw-cleared, whatever the MTRRs say';
    }
    if (flags.mtrr === 'none') return COMMITS['0a7b73559b39'].effect;
  }
  return 'KVM folds contiguous ranges by descending base and may stop early; the manual weighs all that match';
}

/** One change for all of a policy, where no mixture of the two is a machine that exists. */
function wholePolicy(b: Setup, text: (gfn: number) => string): Change {
  return {
    kind: 'policy',
    name: b.policy.name,
    text,
    apply: (setup) => ({ ...setup, policy: b.policy }),
  };
}

/**
 * The changes that lead from one policy to another.
 *
 * @param want - what is asked, since it decides which of KVM's rules are of interest
 */
export function policyChanges(a: Setup, b: Setup, want: Want): readonly Change[] {
  const [from, to] = [a.policy, b.policy];
  if (from.peer || to.peer) {
    if (from.name === to.name) return [];
    return [wholePolicy(b, () => `${to.name} reads the MTRRs by rules of its own, ${from.name} by others`)];
  }
  if (from.model !== to.model) {
    const kvm = from.model === 'kvm' ? from : to;
    return [wholePolicy(b, (gfn) => kvmText(kvm, a.vcpu, want, gfn))];
  }
  const changes = flagGroups(from, to).map((flags) => policyChange(from, to, flags));
  const isSameIgnorePat = from.flags.ignorePat === to.flags.ignorePat;
  if (isSameIgnorePat && `${from.defaultQuirks}` !== `${to.defaultQuirks}`) {
    changes.push({
      kind: 'policy',
      name: 'defaultQuirks',
      text: () => `quirks enabled by default: ${to.defaultQuirks.join(', ') || 'none'}`,
      apply: (setup) => ({ ...setup, policy: { ...setup.policy, defaultQuirks: to.defaultQuirks } }),
    });
  }
  return changes;
}
