/** What backs a guest frame: its memory slot, and whether the host page behind it is MMIO. */
import type { Slot, Vcpu } from '../vm/index.ts';

/** How many of `count` items, for which `isBefore` holds up to some index and never after, come before. */
export function countBefore(count: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The slot that maps a frame; slots ascend and do not overlap. */
export function slotOf(vcpu: Vcpu, gfn: number): Slot | undefined {
  const slot = vcpu.slots[countBefore(vcpu.slots.length, (i) => vcpu.slots[i]!.gfn <= gfn) - 1];
  return slot && gfn < slot.gfn + slot.count ? slot : undefined;
}

/** Frames of `start <= gfn < end` that are MMIO: none of them, all of them, or some; ranges are disjoint. */
export function mmioPart(vcpu: Vcpu, start: number, end: number): 'none' | 'all' | 'some' {
  const range = vcpu.mmio[countBefore(vcpu.mmio.length, (i) => vcpu.mmio[i]!.end <= start)];
  if (!range || range.start >= end) return 'none';
  return range.start <= start && end <= range.end ? 'all' : 'some';
}

/** Whether the host page behind a frame is MMIO: a property of the host page, not of the guest. */
export function isMmio(vcpu: Vcpu, gfn: number): boolean {
  return mmioPart(vcpu, gfn, gfn + 1) === 'all';
}
