/**
 * The level of the leaf that maps a frame, and all that keeps it from being larger. KVM: `kvm_tdp_page_fault`
 * asks its MTRR check for 1G, then 2M; `kvm_mmu_hugepage_adjust` and the slots limit what passed.
 */
import type { View } from '../engine/index.ts';
import { LEAF_FRAMES, overlap, regionOf } from '../ranges.ts';
import { type GfnRange, type Level, type MemoryType, type MtrrType, UNDEFINED } from '../types.ts';
import type { GuestRegisters, Slot, Vcpu } from '../vm/index.ts';
import { consistencyStory } from './consistency.ts';
import type { RegisterMatch } from './matching.ts';

/** What keeps a region from being mapped by one large page. */
export type LevelObstacle =
  | { readonly kind: 'slot-edge'; readonly slot: Slot }
  | { readonly kind: 'slot-max-level'; readonly maxLevel: 1 | 2 | 3 }
  | { readonly kind: 'not-congruent'; readonly gfnOffset: number; readonly pfnOffset: number }
  | { readonly kind: 'mmio-mixed'; readonly ranges: readonly GfnRange[] }
  /** All of it is host MMIO, which this release maps by 4K pages alone. */
  | { readonly kind: 'mmio-4k'; readonly ranges: readonly GfnRange[] }
  /** Policy `sdm`: the type changes at frame `at`, or is undefined there. */
  | { readonly kind: 'types-differ'; readonly type: MtrrType; readonly at: number; readonly other: MtrrType }
  /** KVM's check: registers that touch the region have several types. */
  | {
      readonly kind: 'types-mixed';
      readonly types: readonly MemoryType[];
      readonly registers: readonly RegisterMatch[];
      readonly isFalseAlarm: boolean;
    }
  /** KVM's check: the variable ranges seem to leave a gap, and the default type differs from theirs. */
  | {
      readonly kind: 'gap';
      readonly type: MemoryType;
      readonly defaultType: MemoryType;
      readonly registers: readonly RegisterMatch[];
      /** The pages do have one type: the walk comes in descending order, the test expects ascending. */
      readonly isFalseAlarm: boolean;
    };

/** A large page that was considered. */
export interface LevelTry {
  readonly level: 2 | 3;
  readonly region: GfnRange;
  /** All that speaks against it; empty where it is taken. */
  readonly obstacles: readonly LevelObstacle[];
}

/** Why a leaf is as large as it is. */
export interface LevelStory {
  /** 0: no slot maps the frame. */
  readonly level: Level;
  readonly slot: Slot | undefined;
  /** 1G, then 2M, up to the one that is taken. */
  readonly tries: readonly LevelTry[];
  /** Whether KVM's MTRR check is asked at all under this policy. */
  readonly asksMtrr: boolean;
}

/** The slot that maps a frame. */
export function slotAt(vcpu: Vcpu, gfn: number): Slot | undefined {
  return vcpu.slots.find((slot) => slot.gfn <= gfn && gfn < slot.gfn + slot.count);
}

function slotObstacles(slot: Slot, region: GfnRange, level: 2 | 3): LevelObstacle[] {
  const frames = LEAF_FRAMES[level];
  const obstacles: LevelObstacle[] = [];
  if (slot.maxLevel < level) obstacles.push({ kind: 'slot-max-level', maxLevel: slot.maxLevel });
  if (region.start < slot.gfn || slot.gfn + slot.count < region.end)
    obstacles.push({ kind: 'slot-edge', slot });
  const gfnOffset = slot.gfn % frames;
  const pfnOffset = slot.pfn % frames;
  if (gfnOffset !== pfnOffset) obstacles.push({ kind: 'not-congruent', gfnOffset, pfnOffset });
  return obstacles;
}

/** MMIO that covers a part of a region but not all of it, or any where it is mapped by 4K pages alone. */
function mmioObstacles({ vcpu, policy }: View, region: GfnRange): LevelObstacle[] {
  const ranges = vcpu.mmio.filter((range) => overlap(range, region));
  const [first] = ranges;
  if (!first) return [];
  if (first.start <= region.start && region.end <= first.end) {
    return policy.flags.mmioLevel === '4k' ? [{ kind: 'mmio-4k', ranges }] : [];
  }
  return [{ kind: 'mmio-mixed', ranges }];
}

/** The first place in a region where its MTRR type is not one defined type. */
function typeObstacles(view: View, region: GfnRange): LevelObstacle[] {
  const [first, second] = view.spansOf('mtrr', { range: region });
  if (!first) return [];
  const { type } = first;
  if (type === UNDEFINED) return [{ kind: 'types-differ', type, at: region.start, other: UNDEFINED }];
  return second ? [{ kind: 'types-differ', type, at: second.start, other: second.type }] : [];
}

function isOneType(view: View, region: GfnRange): boolean {
  return view.spansOf('mtrr', { range: region }).next().value?.end === region.end;
}

function consistencyObstacles(view: View, registers: GuestRegisters, region: GfnRange): LevelObstacle[] {
  const story = consistencyStory(registers, region);
  if (story.isConsistent) return [];
  const isFalseAlarm = isOneType(view, region);
  const { types } = story;
  if (types.length > 1) {
    return [{ kind: 'types-mixed', types, registers: story.registers, isFalseAlarm }];
  }
  const { defaultType } = registers;
  return [{ kind: 'gap', type: types[0]!, defaultType, registers: story.registers, isFalseAlarm }];
}

/** Tells why a frame is mapped at its level. */
export function levelStory(view: View, registers: GuestRegisters, gfn: number): LevelStory {
  const { vcpu, policy } = view;
  const { levelCheck } = policy.flags;
  const asksMtrr =
    levelCheck === 'kvm' ||
    (levelCheck === 'kvm-noncoherent-dma' && vcpu.noncoherentDma && vcpu.vendor === 'intel');
  const slot = slotAt(vcpu, gfn);
  if (!slot) return { level: 0, slot, tries: [], asksMtrr };
  const tries: LevelTry[] = [];
  let passedCheck = !asksMtrr;
  for (const level of [3, 2] as const) {
    const region = regionOf(gfn, level);
    const obstacles = slotObstacles(slot, region, level);
    // The architecture's policy knows no MMIO.
    if (policy.flags.ept === 'kvm') obstacles.push(...mmioObstacles(view, region));
    if (levelCheck === 'one-type') obstacles.push(...typeObstacles(view, region));
    // Once a larger region has passed KVM's check, it is not asked again.
    const refusals = passedCheck ? [] : consistencyObstacles(view, registers, region);
    passedCheck ||= refusals.length === 0;
    obstacles.push(...refusals);
    tries.push({ level, region, obstacles });
    if (obstacles.length === 0) return { level, slot, tries, asksMtrr };
  }
  return { level: 1, slot, tries, asksMtrr };
}
