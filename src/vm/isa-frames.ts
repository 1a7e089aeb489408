/**
 * Host frames of the ISA range, 0xa0-0xff: KVM never takes them for MMIO, whatever the host's own type of them is
 * (arch/x86/kvm/mmu/spte.c, `kvm_is_mmio_pfn`; arch/x86/mm/pat/memtype.c, `pat_pfn_immune_to_uc_mtrr`).
 */
import type { GfnRange } from '../types.ts';
import type { Slot } from './vcpu.ts';

/** The ISA range, in host frames. */
export const ISA_FRAMES: GfnRange = { start: 0xa0, end: 0x100 };

/** A slot's guest frames, and the host frames behind them. */
type Backing = Pick<Slot, 'gfn' | 'count' | 'pfn'>;

/** Guest frames of a slot whose host frames lie in the ISA range; undefined where none does. */
export function isaPartOf({ gfn, count, pfn }: Backing): GfnRange | undefined {
  const start = Math.max(pfn, ISA_FRAMES.start);
  const end = Math.min(pfn + count, ISA_FRAMES.end);
  return start < end ? { start: gfn + start - pfn, end: gfn + end - pfn } : undefined;
}

/** Guest frames of a slot of host MMIO that KVM takes for MMIO: all but those of the ISA range. */
export function mmioOfSlot(slot: Backing): readonly GfnRange[] {
  const { gfn, count } = slot;
  const isa = isaPartOf(slot);
  if (!isa) return [{ start: gfn, end: gfn + count }];
  return [
    { start: gfn, end: isa.start },
    { start: isa.end, end: gfn + count },
  ].filter(({ start, end }) => start < end);
}
