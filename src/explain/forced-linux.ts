/**
 * What Linux 6.18 in a confidential guest of KVM makes of a request to map WB. It reads no MTRRs: `kvm_init_platform`
 * (arch/x86/kernel/kvm.c) forces a state by `guest_force_mtrr_state`, E=1, default WB, and since 0dccbc75e18d the hole
 * between the end of low RAM and 4 GiB as UC. No fixed range counts.
 */
import { clipped, FOUR_GIB, without } from '../ranges.ts';
import { type GfnRange, UC_MINUS, WB } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import { type LinuxStory, linuxStory } from './access.ts';

/** From the end of low RAM to 4 GiB; undefined where RAM reaches that far. RAM is what slots map writable. */
function pciHoleOf({ slots, mmio }: Vcpu): GfnRange | undefined {
  const writable = slots
    .filter((slot) => !slot.readonly)
    .map(({ gfn, count }) => ({ start: gfn, end: gfn + count }));
  const low = clipped(without(writable, mmio), { start: 0, end: FOUR_GIB });
  const start = low.at(-1)?.end ?? 0;
  return start < FOUR_GIB ? { start, end: FOUR_GIB } : undefined;
}

/** What Linux in a confidential guest makes of a request to map a frame WB. */
export function forcedLinuxStory(guest: Vcpu, gfn: number): LinuxStory {
  const pciHole = pciHoleOf(guest);
  const found = pciHole && { pciHole };
  const plain = linuxStory(gfn, WB);
  if (plain.rule === 'untracked') return { ...plain, ...found };
  const isHole = pciHole !== undefined && pciHole.start <= gfn && gfn < pciHole.end;
  return isHole
    ? { rule: 'forced-uc', granted: UC_MINUS, pciHole }
    : { rule: 'forced-wb', granted: WB, ...found };
}
