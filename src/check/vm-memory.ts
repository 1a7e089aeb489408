/** What lies in a VM's memory, from its slots. */
import { joined, without } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, type Vm } from '../vm/index.ts';
import type { MemoryMap } from './input.ts';

/** Device and ROM windows below 1 MiB, in frames: no RAM in them has to be WB. */
const LEGACY_WINDOW = { start: 0xa0, end: 0x100 };

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
