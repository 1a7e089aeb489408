/** A guest of the lab: a VM and what happens to it, within what the emulated machine has. */
import type { Policy, Quirk } from '../../src/policy/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import type { Slot, Vm } from '../../src/vm/index.ts';

/** See the head of the file. */
export interface LabCase {
  readonly name: string;
  /** Its slots contain the system slot, where the guest's code and page tables stand. */
  readonly vm: Vm;
  readonly events: readonly ReplayEvent[];
  /** KVM's parameter eager_page_split; undefined: as the release has it. */
  readonly eagerSplit: boolean | undefined;
  /** KVM's parameter nx_huge_pages: large entries are not executable. */
  readonly nxHugePages: boolean;
  /** First frame of the system slot. */
  readonly systemGfn: number;
}

/** What a run can do, beside its kernel. */
export interface Abilities {
  /** Whether there is a module that stands for a device with non-coherent DMA. */
  readonly dma: boolean;
  /** Whether it maps host MMIO by 2M pages. */
  readonly largeMmio: boolean;
}

/** Address bits of the emulated CPU. */
export const ADDRESS_BITS = 40;
/** Two page tables and one page of code. */
export const SYSTEM_FRAMES = 3;
/** The guest's tables map this many frames, by 1G pages. */
export const REACHABLE_FRAMES = 2 ** 27;
/** Memory that slots are made of: by 2M pages of the host, and by 4K pages. */
export const POOL_FRAMES = { large: 2 ** 16, small: 2 ** 13 } as const;
/** Frames of the machine's address space that nothing answers to: a hole below its firmware. */
export const MMIO_FRAMES = { start: 0xd0000, end: 0xe0000 } as const;

/** Whether a slot is backed by host MMIO, as a whole. */
export function isMmio(vm: Pick<Vm, 'mmio'>, { gfn, count }: Pick<Slot, 'gfn' | 'count'>): boolean {
  return vm.mmio.some(({ start, end }) => start <= gfn && gfn + count <= end);
}

/** KVM's numbers of quirks, for KVM_CAP_DISABLE_QUIRKS2. */
const QUIRK_BITS: Readonly<Record<Quirk, number>> = { 'cd-nw-cleared': 1 << 1, 'ignore-guest-pat': 1 << 9 };

/** What KVM is told to disable: quirks that this kernel does not list are not named to it. */
export function disabledQuirks(policy: Policy, on: readonly Quirk[]): number {
  const off = policy.defaultQuirks.filter((quirk) => !on.includes(quirk));
  return off.reduce((mask, quirk) => mask | QUIRK_BITS[quirk], 0);
}
