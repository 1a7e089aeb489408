/** The single changes between two policies: commits and flags between two kernels, else all of it at once. */
import { COMMITS, commitBetween, type Policy, type PolicyFlags } from '../policy/index.ts';
import type { Want } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import type { Change, Setup } from './change.ts';

type Flag = keyof PolicyFlags;

/** What differs between two layouts of a leaf. */
function leafText(from: string, to: string): string {
  if (![from, to].every((layout) => layout === 'kvm' || layout === 'kvm-suppress-ve')) {
    return 'KVM keeps host-writable and MMU-writable in bits 10 and 11 before 5.13, then in 57 and 58, from 7.2 on in 53 and 55';
  }
  return 'KVM sets suppress-#VE (bit 63) in every entry from 6.10 on';
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
  // Only of layouts no one commit made the other.
  const text = leafText(a.flags.leaf, b.flags.leaf);
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

function isMmio({ mmio }: Vcpu, gfn: number): boolean {
  return mmio.some(({ start, end }) => start <= gfn && gfn < end);
}

/** What a KVM makes of a page that the manual's rules do not: it has no commit, it is what KVM is. */
function kvmText({ flags }: Policy, vcpu: Vcpu, want: Want, gfn: number): string {
  if (want === 'levels') {
    const asks = flags.levelCheck === 'kvm' || (flags.levelCheck !== 'none' && vcpu.noncoherentDma);
    if (flags.mmioLevel === '4k' && isMmio(vcpu, gfn)) return 'KVM maps host MMIO by 4K pages alone';
    return asks
      ? "KVM's own test for one type limits the level"
      : 'the MTRRs do not limit the level that KVM takes';
  }
  if (isMmio(vcpu, gfn)) {
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
  if (from.traits !== to.traits) {
    const kvm = from.release ? from : to;
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
