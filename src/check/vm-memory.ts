/** What lies in a VM's memory, from its slots. */
import type { GfnRange } from '../types.ts';
import { frameCount, type Vm } from '../vm/index.ts';
import type { MemoryMap } from './input.ts';

/** Device and ROM windows below 1 MiB, in frames: no RAM in them has to be WB. */
const LEGACY_WINDOW = { start: 0xa0, end: 0x100 };

/**
 * Ranges, joined, without what lies in others.
 *
 * @internal
 */
export function without(ranges: readonly GfnRange[], holes: readonly GfnRange[]): readonly GfnRange[] {
  const cuts = joined(holes);
  const rest: GfnRange[] = [];
  let first = 0;
  for (const { start, end } of joined(ranges)) {
    let from = start;
    while (first < cuts.length && cuts[first]!.end <= from) first += 1;
    for (let at = first; at < cuts.length && cuts[at]!.start < end; at++) {
      if (from < cuts[at]!.start) rest.push({ start: from, end: cuts[at]!.start });
      from = Math.max(from, cuts[at]!.end);
    }
    if (from < end) rest.push({ start: from, end });
  }
  return rest;
}

/**
 * Ranges ascending, those that touch joined.
 *
 * @internal
 */
export function joined(ranges: readonly GfnRange[]): readonly GfnRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const made: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = made.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else if (start < end) made.push({ start, end });
  }
  return made;
}

/**
 * RAM as rules take it: joined, without the windows below 1 MiB.
 *
 * @internal
 */
export function ramOf(ranges: readonly GfnRange[]): readonly GfnRange[] {
  return without(joined(ranges), [LEGACY_WINDOW]);
}

/**
 * The memory of a VM: its writable slots are RAM. A VM of one slot over the whole space, the default, says
 * nothing of what is RAM.
 *
 * @param vm - a VM
 * @returns RAM, what is described at all, and device memory, as whole frames
 * @example
 * memoryOfVm(preset('ovmf-q35')).ram[0]; // { start: 0, end: 160 }
 */
export function memoryOfVm(vm: Vm): MemoryMap {
  const { slots, mmio, maxphyaddr } = vm;
  const [first] = slots;
  const isWhole = slots.length === 1 && first!.gfn === 0 && first!.count === frameCount(maxphyaddr);
  const named = mmio.map((range) => ({ ...range, name: 'host MMIO' }));
  if (isWhole) return { ram: undefined, described: [], mmio: named };
  const all = slots.map(({ gfn, count }) => ({ start: gfn, end: gfn + count }));
  const writable = slots.flatMap(({ gfn, count, readonly }) =>
    readonly ? [] : [{ start: gfn, end: gfn + count }],
  );
  return {
    ram: without(ramOf(writable), mmio),
    described: joined([...all, ...mmio]),
    mmio: named,
  };
}
