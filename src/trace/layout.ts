/**
 * Where KVM keeps its own bits of an EPT entry, by release: arch/x86/kvm/mmu.c up to 5.5, mmu/mmu.c and mmu/spte.h
 * later. 7.2 as its source reads.
 */
import type { PolicyFlags } from '../policy/index.ts';

/** A layout by the flag of a policy. */
export type LeafLayout = PolicyFlags['leaf'];

/** Bit numbers; undefined where a layout has no such bit. */
export interface SoftwareBits {
  readonly hostWritable: number;
  readonly mmuWritable: number;
  /** `SPTE_MMU_PRESENT_MASK`: set as well where R, W and X are kept elsewhere to track accesses. */
  readonly mmuPresent?: number;
  /** Lowest bit and width of the A/D type. */
  readonly adType: readonly [low: number, width: number];
  /** R and X of an access-tracked entry. */
  readonly savedRead: number;
  readonly savedExecute: number;
}

const SINCE_5_13: SoftwareBits = {
  hostWritable: 57,
  mmuWritable: 58,
  mmuPresent: 11,
  adType: [52, 2],
  savedRead: 54,
  savedExecute: 56,
};
const SINCE_5_4: SoftwareBits = {
  hostWritable: 10,
  mmuWritable: 11,
  adType: [52, 2],
  savedRead: 54,
  savedExecute: 56,
};

const BITS: Readonly<Record<Exclude<LeafLayout, 'architectural'>, SoftwareBits>> = {
  'kvm-4.7': { ...SINCE_5_4, adType: [62, 1], savedRead: 52, savedExecute: 54 },
  'kvm-5.4': SINCE_5_4,
  kvm: SINCE_5_13,
  'kvm-suppress-ve': SINCE_5_13,
  'kvm-7.2': {
    hostWritable: 53,
    mmuWritable: 55,
    mmuPresent: 11,
    adType: [60, 2],
    savedRead: 52,
    savedExecute: 54,
  },
};

/** The layout of releases that most traces come from, for entries of which nothing else is known. */
export const USUAL_LAYOUT = 'kvm-suppress-ve';

/** KVM's bits of a layout; undefined for the architecture's, which has none. */
export function softwareBits(layout: LeafLayout): SoftwareBits | undefined {
  return layout === 'architectural' ? undefined : BITS[layout];
}
