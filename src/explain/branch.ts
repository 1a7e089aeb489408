/**
 * KVM's `vmx_get_mt_mask` as a row of questions, the first that applies wins; each with the commit that brought
 * the answer in. Policy `sdm` has one: the MTRR type is written as it is.
 */

import type { View } from '../engine/index.ts';
import { InputRangeError } from '../errors.ts';
import { COMMITS, type Commit, type CommitId, type Policy, type Quirk } from '../policy/index.ts';
import { type MtrrType, UC, WB } from '../types.ts';
import { quirksOf, type Vcpu } from '../vm/index.ts';

/** A question that the policy asks of a page, in order. */
export type Question =
  /** AMD: nested page tables, whose leaves carry no type. */
  'nested' | 'identity' | 'host-mmio' | 'no-noncoherent-dma' | 'cr0-cd' | 'guest-mtrr' | 'otherwise';

/** Why an entry has IPAT or not, where no non-coherent DMA decides. */
export type PatReason =
  | 'always'
  | 'self-snoop'
  | 'no-self-snoop'
  | 'quirk-on'
  | 'quirk-off'
  | 'quirk-stuck-without-self-snoop';

/** One question and what was found. */
export interface BranchStep {
  readonly question: Question;
  readonly applies: boolean;
  /** Of `no-noncoherent-dma` that applies: why IPAT is set or clear. */
  readonly patReason?: PatReason;
  /** Of `cr0-cd` that applies: whether the quirk cd-nw-cleared is on. */
  readonly quirkOn?: boolean;
  /** Of `cr0-cd`: CD is set, but the policy does not look at it. */
  readonly isIgnored?: true;
  /** Commits that made the policy answer so; none where it has done so since 4.7. */
  readonly commits: readonly Commit[];
}

/** How the entry gets its memory type and IPAT. */
export interface EptStory {
  /** The questions in order, up to the one that applies. */
  readonly steps: readonly BranchStep[];
  /** -1 where the manual leaves the MTRR type undefined. */
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
}

/** What the branches look at. */
export type Subject = Pick<View, 'vcpu' | 'policy'>;

/**
 * Refuses a policy of which only types are known.
 *
 * @throws {@link InputError} with path `policy`
 */
export function requireExplainable({ name, peer }: Policy): void {
  if (!peer) return;
  throw new InputRangeError(
    'policy',
    `${name} cannot be explained, only its types are known: compare it with "diff CONFIG --against policy:${name}"`,
  );
}

/** Whether a quirk is on: as the VM says, else as the policy's kernel has it by default. */
export function hasQuirk({ vcpu, policy }: Subject, quirk: Quirk): boolean {
  return quirksOf(vcpu, policy).includes(quirk);
}

/** Whether the host page behind a frame is MMIO. */
export function isHostMmio(vcpu: Vcpu, gfn: number): boolean {
  return vcpu.mmio.some(({ start, end }) => start <= gfn && gfn < end);
}

/** Those of the commits that the policy has. */
function cited({ policy }: Subject, ...ids: CommitId[]): readonly Commit[] {
  return ids.map((id) => COMMITS[id]).filter((commit) => policy.commits.includes(commit));
}

function patReasonOf(subject: Subject): PatReason {
  const { selfSnoop } = subject.vcpu;
  switch (subject.policy.flags.ignorePat) {
    case 'always':
      return 'always';
    case 'without-self-snoop':
      return selfSnoop ? 'self-snoop' : 'no-self-snoop';
    case 'quirk':
      if (hasQuirk(subject, 'ignore-guest-pat')) return 'quirk-on';
      return selfSnoop ? 'quirk-off' : 'quirk-stuck-without-self-snoop';
  }
}

const PAT_HONOURED: readonly PatReason[] = ['self-snoop', 'quirk-off'];

function coherentStory(subject: Subject, before: readonly BranchStep[]): EptStory {
  const patReason = patReasonOf(subject);
  const { ignorePat } = subject.policy.flags;
  const commits =
    ignorePat === 'quirk'
      ? cited(subject, 'c9c1e20b4c7d')
      : ignorePat === 'without-self-snoop'
        ? cited(subject, '377b2f359d1f')
        : cited(subject, '9d70f3fec144');
  return {
    steps: [...before, { question: 'no-noncoherent-dma', applies: true, patReason, commits }],
    type: WB,
    ipat: PAT_HONOURED.includes(patReason) ? 0 : 1,
  };
}

function cacheDisabledStory(subject: Subject, before: readonly BranchStep[]): EptStory {
  const quirkOn = hasQuirk(subject, 'cd-nw-cleared');
  const withoutIpat = quirkOn && subject.policy.flags.cacheDisable === 'wb';
  const commits = withoutIpat ? cited(subject, 'c9f65a3f2d92') : [];
  return {
    steps: [...before, { question: 'cr0-cd', applies: true, quirkOn, commits }],
    type: quirkOn ? WB : UC,
    ipat: withoutIpat ? 0 : 1,
  };
}

/**
 * Tells how a frame's entry gets its memory type.
 *
 * @param mtrrType - what the policy's own MTRR lookup gives; undefined where it has none
 */
export function eptStory(subject: Subject, gfn: number, mtrrType: MtrrType | undefined): EptStory {
  const { vcpu, policy } = subject;
  if (vcpu.vendor === 'amd') {
    return { steps: [{ question: 'nested', applies: true, commits: [] }], type: WB, ipat: 0 };
  }
  if (policy.flags.ept === 'identity') {
    return { steps: [{ question: 'identity', applies: true, commits: [] }], type: mtrrType!, ipat: 0 };
  }
  const steps: BranchStep[] = [];
  const pass = (question: Question, ...ids: CommitId[]) =>
    steps.push({ question, applies: false, commits: cited(subject, ...ids) });
  if (isHostMmio(vcpu, gfn)) {
    return { steps: [{ question: 'host-mmio', applies: true, commits: [] }], type: UC, ipat: 0 };
  }
  pass('host-mmio');
  if (!vcpu.noncoherentDma) return coherentStory(subject, steps);
  pass('no-noncoherent-dma');
  if (policy.flags.cacheDisable === 'ignored') {
    // Of interest only where the guest does disable its caches.
    if (vcpu.cr0cd) {
      const commits = cited(subject, 'e1548088ff54');
      steps.push({ question: 'cr0-cd', applies: false, isIgnored: true, commits });
    }
  } else {
    if (vcpu.cr0cd) return cacheDisabledStory(subject, steps);
    pass('cr0-cd');
  }
  if (policy.flags.mtrr !== 'none') {
    steps.push({ question: 'guest-mtrr', applies: true, commits: [] });
    return { steps, type: mtrrType!, ipat: 0 };
  }
  pass('guest-mtrr', '0a7b73559b39');
  steps.push({ question: 'otherwise', applies: true, commits: [] });
  return { steps, type: WB, ipat: 0 };
}

/** Whether the MTRR type became the entry's. */
export function usesMtrr({ steps }: EptStory): boolean {
  const last = steps.at(-1)!.question;
  return last === 'identity' || last === 'guest-mtrr';
}
