/** Regions that small leaves are in and that could be mapped large, and what recovering them would take. */
import type { PageReplay } from './by-pages.ts';
import type { PageSlot } from './page-answers.ts';
import { LEAF_PAGES, type Leaf, type PageLeaves } from './page-leaves.ts';
import type { PageRecovery } from './page-report.ts';

/** A region with small leaves. */
export interface Region {
  readonly start: number;
  readonly level: number;
  /** Its leaves, ascending; all are smaller than the region. */
  readonly leaves: readonly Leaf[];
  readonly first: Leaf;
}

/** Whether the slot alone lets a page be mapped at a level; host MMIO stays as it is. */
function fits(slot: PageSlot, page: number, level: number): boolean {
  const pages = LEAF_PAGES[level]!;
  const start = page - (page % pages);
  if (level > slot.maxLevel || slot.gfn % pages !== slot.pfn % pages) return false;
  if (start < slot.gfn || start + pages > slot.gfn + slot.count) return false;
  return !slot.mmio.some((one) => slot.gfn + one.start < start + pages && slot.gfn + one.end > start);
}

/** The regions of a slot that hold a smaller leaf than the slot allows, ascending. */
export function regionsOf(root: PageLeaves, slot: PageSlot): readonly Region[] {
  const regions = new Map<number, { level: number; leaves: Leaf[] }>();
  for (const leaf of root.of((page) => page >= slot.gfn && page < slot.gfn + slot.count)) {
    const level = [3, 2].find((one) => one > leaf.level && fits(slot, leaf.start, one));
    if (level === undefined) continue;
    const start = leaf.start - (leaf.start % LEAF_PAGES[level]!);
    const region = regions.get(start) ?? { level, leaves: [] };
    region.leaves.push(leaf);
    regions.set(start, region);
  }
  return [...regions].map(([start, { level, leaves }]) => ({ start, level, leaves, first: leaves[0]! }));
}

/** What recovering a slot's large pages would take. */
export function recoverPages(replay: PageReplay, slot: PageSlot): PageRecovery {
  const vcpu0 = replay.demandOf(replay.first);
  const running = replay.running.map((cpu) => replay.demandOf(cpu));
  const sum = { regions: 0, withoutVcpu: 0, mixed: 0, retyped: { vcpu0: 0, inherit: 0, refault: 0 } };
  for (const [, root] of replay.roots.all) {
    for (const { leaves, first } of regionsOf(root, slot)) {
      sum.regions += 1;
      if (!replay.needsVcpu) sum.withoutVcpu += 1;
      if (leaves.some(({ type, ipat }) => type !== first.type || ipat !== first.ipat)) sum.mixed += 1;
      for (const { start, pages, type, ipat } of leaves) {
        for (let page = start; page < start + pages; page++) {
          const differs = (answers: { type: Int8Array; ipat: Int8Array }) =>
            answers.type[page] !== type || answers.ipat[page] !== ipat;
          if (differs(vcpu0)) sum.retyped.vcpu0 += 1;
          if (type !== first.type || ipat !== first.ipat) sum.retyped.inherit += 1;
          if (running.some(differs)) sum.retyped.refault += 1;
        }
      }
    }
  }
  return sum;
}
