/** What can happen to a VM while its vCPUs share one EPT. Plain data; frames, not addresses. */
import type { Quirk } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import type { SlotInit } from '../vm/index.ts';

/** What all events have. */
interface EventBase {
  /** When, in any unit; never before an earlier event's. */
  readonly at?: number;
  /** What the event is, or follows from, for people: function and file, say. Changes nothing. */
  readonly note?: string;
}

/** A vCPU, or the VMM for it (KVM_SET_MSRS), writes a register; the same rules hold for both. */
export interface WrmsrEvent extends EventBase {
  readonly kind: 'wrmsr';
  readonly vcpu: number;
  readonly msr: number;
  readonly value: bigint;
}

/** CR0.CD becomes 0 or 1. */
export interface CacheDisableEvent extends EventBase {
  readonly kind: 'cr0cd';
  readonly vcpu: number;
  readonly on: boolean;
}

/** A device with non-coherent DMA is attached or detached. */
export interface DmaEvent extends EventBase {
  readonly kind: 'dma';
  readonly on: boolean;
}

/** A vCPU accesses every page of a range, ascending; those without an entry fault. */
export interface TouchEvent extends EventBase {
  readonly kind: 'touch';
  readonly vcpu: number;
  readonly range: GfnRange;
  readonly access: 'read' | 'write';
}

/** A memory slot is added. */
export interface SlotAddEvent extends EventBase {
  readonly kind: 'slot-add';
  readonly slot: SlotInit;
  /** Whether its host pages are MMIO. */
  readonly mmio?: boolean;
}

/** The slot that starts at a frame is moved to another. */
export interface SlotMoveEvent extends EventBase {
  readonly kind: 'slot-move';
  readonly gfn: number;
  readonly to: number;
}

/** The slot that starts at a frame is removed. */
export interface SlotRemoveEvent extends EventBase {
  readonly kind: 'slot-remove';
  readonly gfn: number;
}

/** Dirty logging of the slot that starts at a frame is switched. */
export interface DirtyLogEvent extends EventBase {
  readonly kind: 'dirty-log';
  readonly gfn: number;
  readonly on: boolean;
}

/** A KVM quirk is switched. */
export interface QuirkEvent extends EventBase {
  readonly kind: 'quirk';
  readonly quirk: Quirk;
  readonly on: boolean;
}

/** RESET sets CR0.CD; INIT keeps it. KVM changes no MTRR on either: what the VMM writes then are events of their own. */
export interface ResetEvent extends EventBase {
  readonly kind: 'reset' | 'init';
  readonly vcpu: number;
}

/** A vCPU is added, as after reset: CR0.CD=1, every MTRR 0. What the VMM writes then are events of their own. */
export interface HotplugEvent extends EventBase {
  readonly kind: 'hotplug';
  readonly vcpu: number;
}

/** A vCPU is taken away. */
export interface UnplugEvent extends EventBase {
  readonly kind: 'unplug';
  readonly vcpu: number;
}

/** Nothing happens, but a report is made. */
export interface ReportEvent extends EventBase {
  readonly kind: 'report';
}

/** One thing that happens. */
export type ReplayEvent =
  | WrmsrEvent
  | CacheDisableEvent
  | DmaEvent
  | TouchEvent
  | SlotAddEvent
  | SlotMoveEvent
  | SlotRemoveEvent
  | DirtyLogEvent
  | QuirkEvent
  | ResetEvent
  | HotplugEvent
  | UnplugEvent
  | ReportEvent;
