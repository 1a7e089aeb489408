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
  /** By level of entries: up to where none of them has a region that fits. Smaller ones there may have one. */
  const barren = Array.from(LEAF_FRAMES, () => slot.gfn);
  ept.each(slot.gfn, slot.gfn + slot.count, (from, to, value) => {
    const level = levelOfValue(value);
    if (level >= slot.maxLevel) return;
    const nextAfter = (gfn: number) => Math.max(gfn, done, barren[level]!);
    for (let at = nextAfter(from); at < to; at = nextAfter(at)) {
      const region = regionAt(slot, at, level);
      if (region) {
        regions.push({ ...region, code: codeOfValue(value) });
        done = region.end;
      } else {
        const frames = LEAF_FRAMES[level + 1]!;
        barren[level] = at - (at % frames) + frames;
      }
    }
  });
  return regions;
}
