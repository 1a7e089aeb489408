/**
 * The level of the leaf that maps a frame. KVM: arch/x86/kvm/mmu/mmu.c, `kvm_tdp_page_fault` picks the largest
 * level that its MTRR check allows (5.16 as the base, nested page tables of AMD included; from 6.0, d5e90a699858, only
 * with EPT and non-coherent DMA; from 6.11 no check), then `kvm_mmu_hugepage_adjust` and the slots limit it. Policy `sdm`: the largest level whose
 * pages all have one defined type.
 */
import type { Level } from '../types.ts';
import type { Slot } from '../vm/index.ts';
import { isConsistentForKvm } from './consistency.ts';
import { addressOf, type Machine } from './mtrr.ts';
import { isNested } from './npt.ts';
import { mmioPart, slotOf } from './slots.ts';

/** Frames that a leaf of each level covers: 4 KiB, 2 MiB, 1 GiB (Intel SDM vol. 3C, 30.3.2). */
export const LEAF_FRAMES: Readonly<Record<1 | 2 | 3, number>> = { 1: 1, 2: 512, 3: 262144 };

/** First frame of the aligned region of a level that holds a frame. */
export function alignDown(gfn: number, level: 1 | 2 | 3): number {
  return gfn - (gfn % LEAF_FRAMES[level]);
}

/** Whether an aligned region of frames has one defined MTRR type throughout. */
export type HasOneType = (start: number, count: number) => boolean;

/** The largest level whose region passes KVM's consistency check; level 1 is never checked. */
function largestConsistentLevel(machine: Machine, gfn: number): 1 | 2 | 3 {
  const { levelCheck } = machine.policy.flags;
  if (levelCheck === 'none') return 3;
  const usesMtrrs = machine.vcpu.noncoherentDma && !isNested(machine.vcpu);
  if (levelCheck === 'kvm-noncoherent-dma' && !usesMtrrs) return 3;
  for (const level of [3, 2] as const) {
    const start = alignDown(gfn, level);
    const end = start + LEAF_FRAMES[level];
    if (isConsistentForKvm(machine.registers, machine.walk, addressOf(start), addressOf(end))) return level;
  }
  return 1;
}

/** Whether a slot can back the region around a frame with one page of that level. */
function slotAllows(slot: Slot, gfn: number, level: 2 | 3): boolean {
  const start = alignDown(gfn, level);
  const liesInside = slot.gfn <= start && start + LEAF_FRAMES[level] <= slot.gfn + slot.count;
  // `lpage_info`: GFN and PFN must have the same offset within a page of the level.
  const isCongruent = slot.gfn % LEAF_FRAMES[level] === slot.pfn % LEAF_FRAMES[level];
  return level <= slot.maxLevel && liesInside && isCongruent;
}

/**
 * Whether the host pages of a region can be one leaf: none is MMIO, or all are. Up to 5.19 a reserved or invalid
 * pfn leaves `kvm_mmu_hugepage_adjust` (before 5.6 `transparent_hugepage_adjust`) at once, by 4K; from 6.0 on
 * (a8ac499bb6ab) the host's page tables decide.
 */
function mmioAllows({ vcpu, policy }: Machine, start: number, end: number): boolean {
  const part = mmioPart(vcpu, start, end);
  return part === 'none' || (part === 'all' && policy.flags.mmioLevel === 'host');
}

/**
 * Level of the leaf that maps a frame, 0 where no slot does.
 *
 * @param hasOneType - asked under policy `sdm` only
 */
export function levelOf(machine: Machine, gfn: number, hasOneType: HasOneType): Level {
  const { vcpu, policy } = machine;
  const slot = slotOf(vcpu, gfn);
  if (!slot) return 0;
  const isArchitectural = policy.flags.levelCheck === 'one-type';
  const limit = isArchitectural ? 3 : largestConsistentLevel(machine, gfn);
  for (const level of [3, 2] as const) {
    if (level > limit || !slotAllows(slot, gfn, level)) continue;
    const start = alignDown(gfn, level);
    // The architecture's policy knows no MMIO.
    const isOneKind = isArchitectural
      ? hasOneType(start, LEAF_FRAMES[level])
      : mmioAllows(machine, start, start + LEAF_FRAMES[level]);
    if (isOneKind) return level;
  }
  return 1;
}
