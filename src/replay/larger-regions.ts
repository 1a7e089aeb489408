/**
 * Regions that small entries are in, and that the slot's own shape would let be mapped by one large entry: what is
 * zapped, or recovered, when dirty logging ends.
 */
import { LEAF_FRAMES } from '../ranges.ts';
import type { ReplaySlot } from './inventory.ts';
import { codeOfValue, type LargerRegion, levelOfValue, type SharedEpt } from './shared-ept.ts';

/** The largest region above a level that holds a frame and fits the slot; host MMIO stays as it is. */
function regionAt(slot: ReplaySlot, gfn: number, above: number): Omit<LargerRegion, 'code'> | undefined {
  for (const level of [3, 2] as const) {
    const frames = LEAF_FRAMES[level];
    if (level <= above || level > slot.maxLevel || slot.gfn % frames !== slot.pfn % frames) continue;
    const start = gfn - (gfn % frames);
    const end = start + frames;
    if (start < slot.gfn || end > slot.gfn + slot.count) continue;
    if (slot.mmio.some((one) => one.start < end && start < one.end)) continue;
    return { start, end, level };
  }
  return undefined;
}

/** The regions of a slot, ascending. */
export function largerRegions(ept: SharedEpt, slot: ReplaySlot): readonly LargerRegion[] {
  const regions: LargerRegion[] = [];
  let done = slot.gfn;
  ept.each(slot.gfn, slot.gfn + slot.count, (from, to, value) => {
    const level = levelOfValue(value);
    if (level >= slot.maxLevel) return;
    for (let at = Math.max(from, done); at < to; at = done) {
      const region = regionAt(slot, at, level);
      if (region) regions.push({ ...region, code: codeOfValue(value) });
      // Where a region of the next level does not fit, none of its pages has one that does.
      const next = LEAF_FRAMES[level + 1]!;
      done = region ? region.end : at - (at % next) + next;
    }
  });
  return regions;
}
