/** A VM's slots and MMIO with changes. */
import type { GfnRange } from '../../types.ts';
import { frameCount, type Slot, type SlotInit, type Vm } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import { mmioOf, slotsOf } from '../vm/compile.ts';
import type { SlotInput } from '../vm/input.ts';
import { refuse } from './state.ts';
import type { Branch } from './tree.ts';

const LEVELS = { 1: '4K', 2: '2M', 3: '1G' } as const;

/** The one slot of a VM that was given none: it is as large as the space, whatever that becomes. */
function isWholeSpace({ slots: [slot, ...others], maxphyaddr }: Vm): boolean {
  if (!slot || others.length > 0) return false;
  const { gfn, count, pfn, readonly, maxLevel } = slot;
  return gfn === 0 && count === frameCount(maxphyaddr) && pfn === 0 && !readonly && maxLevel === 3;
}

function bytes(frames: number): bigint {
  return BigInt(frames) << 12n;
}

/** A slot in words; host frames that are the guest's are left out, as configs leave them out. */
function slotInWords({ gfn, count, pfn, readonly, maxLevel }: Slot): SlotInput {
  const kind = readonly ? 'readonly' : 'ram';
  const host = pfn === gfn ? {} : { pfn };
  return { base: bytes(gfn), size: bytes(count), ...host, kind, maxLevel: LEVELS[maxLevel] };
}

/** A slot with some of its words changed; those that say the same in another way give way. */
function changedSlot(slot: Slot | undefined, change: SlotInput): SlotInput {
  if (!slot) return change;
  const { base, size, pfn, ...rest } = slotInWords(slot);
  return {
    ...rest,
    ...(change.range === undefined && { base: base ?? 0, size: size ?? 0 }),
    ...(change.hpa === undefined && pfn !== undefined && { pfn }),
    ...change,
  };
}

/** A list with values at some positions changed, at most one more than there were. */
function changedList<T>(
  list: readonly T[],
  tree: Branch,
  key: string,
  change: (at: number, to: unknown) => T,
): T[] {
  const changed = [...list];
  for (const [position, to] of tree.positions()) {
    if (position > changed.length) {
      refuse([key, position], `expected a position 0..${changed.length}, which is a new one`);
    }
    changed[position] = change(position, to);
  }
  return changed;
}

function slotInputs(vm: Vm, tree: Branch): readonly SlotInput[] | undefined {
  const list = tree.value('slots');
  if (list !== undefined) return list as SlotInput[];
  const changes = tree.branch('slots');
  if (!changes) return undefined;
  return changedList<SlotInput>(vm.slots.map(slotInWords), changes, 'slots', (at, to) =>
    changedSlot(vm.slots[at], (to as Branch).values()),
  );
}

function rangeText({ start, end }: GfnRange): string {
  return `${hexText(bytes(start))}-${hexText(bytes(end) - 1n)}`;
}

function mmioTexts(vm: Vm, tree: Branch): readonly string[] {
  const list = tree.value('mmio');
  if (list !== undefined) return list as string[];
  const changes = tree.branch('mmio');
  const texts = vm.mmio.map(rangeText);
  return changes ? changedList<string>(texts, changes, 'mmio', (_, to) => to as string) : texts;
}

/** MMIO without what has become a slot of another kind. */
function without(mmio: readonly GfnRange[], slot: SlotInit): readonly GfnRange[] {
  const end = slot.gfn + slot.count;
  return mmio.flatMap((range) =>
    [
      { start: range.start, end: Math.min(range.end, slot.gfn) },
      { start: Math.max(range.start, end), end: range.end },
    ].filter((part) => part.start < part.end),
  );
}

/** Slots and MMIO as {@link Vm}s are made of them; `slots` is undefined for one over the whole space. */
export interface Memory {
  readonly slots: readonly SlotInit[] | undefined;
  readonly mmio: readonly GfnRange[];
}

/**
 * The memory of a VM with changes.
 *
 * @param tree - `slots` and `mmio` of it are read
 * @param maxphyaddr - the width that it will have
 */
export function changedMemory(vm: Vm, tree: Branch, maxphyaddr: number): Memory {
  const inputs = slotInputs(vm, tree);
  const isAsked = inputs !== undefined || tree.children.has('mmio');
  const whole = isWholeSpace(vm) ? undefined : vm.slots;
  if (!isAsked) return { slots: whole, mmio: vm.mmio };
  const slots = inputs ? slotsOf(inputs, maxphyaddr, refuse) : whole;
  const given = mmioOf({ mmio: [...mmioTexts(vm, tree)], slots: [...(inputs ?? [])] }, maxphyaddr, refuse);
  const ofKind = tree.branch('slots')?.positions() ?? [];
  const mmio = ofKind.reduce<readonly GfnRange[]>((ranges, [position, change]) => {
    const kind = (change as Branch).value('kind');
    const slot = slots?.[position];
    return slot && kind !== undefined && kind !== 'mmio' ? without(ranges, slot) : ranges;
  }, given);
  return { slots, mmio };
}
