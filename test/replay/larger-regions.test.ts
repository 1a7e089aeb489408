/** Which regions could be mapped by one larger entry, against asking entry by entry. */
import { describe, expect, it } from 'vitest';
import { LEAF_FRAMES } from '../../src/ranges.ts';
import type { ReplaySlot } from '../../src/replay/inventory.ts';
import { largerRegions } from '../../src/replay/larger-regions.ts';
import { type LargerRegion, SharedEpt } from '../../src/replay/shared-ept.ts';
import { Rng } from '../generators/rng.ts';

const [F2M, F1G] = [LEAF_FRAMES[2]!, LEAF_FRAMES[3]!];
const FRAMES = 4 * F1G;

interface Entry {
  readonly start: number;
  readonly level: 1 | 2 | 3;
  readonly code: number;
}

/** By the rule: the largest leaf above the entry's level that the slot's shape allows, each region once. */
function expected(slot: ReplaySlot, entries: readonly Entry[]): readonly LargerRegion[] {
  const regions: LargerRegion[] = [];
  const end = slot.gfn + slot.count;
  for (const entry of entries) {
    if (entry.start < (regions.at(-1)?.end ?? 0)) continue;
    const level = ([3, 2] as const).find((one) => {
      const frames = LEAF_FRAMES[one]!;
      const start = Math.floor(entry.start / frames) * frames;
      const isOther = slot.mmio.some((mmio) => mmio.start < start + frames && start < mmio.end);
      const fits = start >= slot.gfn && start + frames <= end && (slot.gfn - slot.pfn) % frames === 0;
      return one > entry.level && one <= slot.maxLevel && fits && !isOther;
    });
    if (level === undefined) continue;
    const frames = LEAF_FRAMES[level]!;
    const start = Math.floor(entry.start / frames) * frames;
    regions.push({ start, end: start + frames, level, code: entry.code });
  }
  return regions;
}

function slotOf(rng: Rng): ReplaySlot {
  const gfn = rng.pick([0, F2M, F1G, F1G - F2M, F1G + 1]);
  const count = Math.min(FRAMES - gfn, rng.pick([F1G, 2 * F1G, 2 * F1G + F2M, 2 * F1G - 1, F2M, F2M + 1]));
  const pfn = gfn + rng.pick([0, 0, F1G, F2M, 1]);
  const at = gfn + rng.below(count);
  const mmio = rng.chance(0.4) ? [{ start: at, end: Math.min(gfn + count, at + rng.pick([1, F2M])) }] : [];
  return { gfn, count, pfn, readonly: false, maxLevel: rng.pick([1, 2, 3] as const), dirtyLog: false, mmio };
}

/** Entries of the slot, ascending, many of them next to each other and at edges. */
function entriesOf(rng: Rng, { gfn, count }: ReplaySlot): readonly Entry[] {
  const entries: Entry[] = [];
  let at = gfn;
  while (entries.length < 60) {
    const level = rng.pick([1, 1, 1, 2, 2, 3] as const);
    const frames = LEAF_FRAMES[level]!;
    const start = Math.ceil(at / frames) * frames;
    if (start + frames > gfn + count) {
      if (level === 1) break;
      continue;
    }
    entries.push({ start, level, code: rng.pick([0, 6, 14]) });
    at = start + frames;
    if (rng.chance(0.4)) at += rng.pick([1, F2M - 1, F2M, 3 * F2M + 7, F1G]);
  }
  return entries;
}

describe('larger regions', () => {
  it('are those that a look at each entry finds', () => {
    const rng = new Rng(12);
    const seen = { 2: 0, 3: 0 };
    for (let n = 0; n < 1500; n++) {
      const slot = slotOf(rng);
      const entries = entriesOf(rng, slot);
      const ept = new SharedEpt(FRAMES);
      for (const { start, level, code } of entries)
        ept.recover({ start, end: start + LEAF_FRAMES[level]!, level: level as 2 | 3, code });
      const regions = largerRegions(ept, slot);
      expect(regions).toEqual(expected(slot, entries));
      for (const { level } of regions) seen[level] += 1;
    }
    expect(Math.min(seen[2], seen[3])).toBeGreaterThan(50);
  });
});
