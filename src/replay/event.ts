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

/**
 * Who does it: the guest, by an instruction of that vCPU, or the VMM, by an ioctl (KVM_SET_SREGS, KVM_SET_MSRS). A
 * vCPU that does not run does nothing by itself.
 */
export type Actor = 'guest' | 'vmm';

/** A vCPU, or the VMM for it (KVM_SET_MSRS), writes a register; the same zap rules hold for both. */
export interface WrmsrEvent extends EventBase {
  readonly kind: 'wrmsr';
  readonly vcpu: number;
  /** Default `guest`. */
  readonly by?: Actor;
  readonly msr: number;
  readonly value: bigint;
}

/** CR0.CD becomes 0 or 1. Entries are zapped for it by the guest's MOV CR0 alone. */
export interface CacheDisableEvent extends EventBase {
  readonly kind: 'cr0cd';
  readonly vcpu: number;
  readonly on: boolean;
  /** Default `guest`. */
  readonly by?: Actor;
}

/** Bits of CR0 are written; those that are left out stay. */
export interface Cr0Event extends EventBase {
  readonly kind: 'cr0';
  readonly vcpu: number;
  /** Paging. */
  readonly pg?: boolean;
  /** Write protect. */
  readonly wp?: boolean;
  /** Cache disable. */
  readonly cd?: boolean;
  /** Not write-through: no type depends on it, KVM and hardware ignore it. */
  readonly nw?: boolean;
  /** Default `guest`. */
  readonly by?: Actor;
}

/** IA32_EFER.NXE is written. */
export interface EferEvent extends EventBase {
  readonly kind: 'efer';
  readonly vcpu: number;
  readonly nx: boolean;
  /** Default `guest`. */
  readonly by?: Actor;
}

/**
 * `smi`: the vCPU enters SMM, with paging and EFER off; `rsm`: it leaves SMM, CR0 and EFER as they were before. What
 * SMM writes to MTRRs stays.
 */
export interface SmmEvent extends EventBase {
  readonly kind: 'smi' | 'rsm';
  readonly vcpu: number;
}

/** The vCPU enters a nested guest, or leaves it. Ranges that it touches meanwhile are the addresses of the VM. */
export interface NestedEvent extends EventBase {
  readonly kind: 'nested';
  readonly vcpu: number;
  readonly on: boolean;
}

/**
 * `sipi`: a vCPU that waits for the start-up interrupt runs (any other ignores it); `stop`: the VMM runs a vCPU no
 * longer; `start`: it does again.
 */
export interface RunEvent extends EventBase {
  readonly kind: 'sipi' | 'stop' | 'start';
  readonly vcpu: number;
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

/**
 * RESET sets CR0.CD; INIT keeps it; both leave SMM and a nested guest. KVM changes no MTRR and zaps nothing on either:
 * what the VMM writes then are events of their own.
 */
export interface ResetEvent extends EventBase {
  readonly kind: 'reset' | 'init';
  readonly vcpu: number;
  /** Who asks for it; it is the same either way. */
  readonly by?: Actor;
  /** Whether the vCPU waits for SIPI from then on, as an AP does. Default: it runs. */
  readonly waits?: boolean;
  /**
   * What becomes of paging, CR0.WP and EFER.NX: `off`, as the architecture has it, or `kept`, the default: a VMM that
   * resets a vCPU by KVM_SET_SREGS may set any of them.
   */
  readonly paging?: 'off' | 'kept';
}

/** A vCPU is added, as after reset: CR0.CD=1, no paging, every MTRR 0. What the VMM writes then are events of their own. */
export interface HotplugEvent extends EventBase {
  readonly kind: 'hotplug';
  readonly vcpu: number;
  /** Whether it waits for SIPI. Default: it runs. */
  readonly waits?: boolean;
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
  | Cr0Event
  | EferEvent
  | SmmEvent
  | NestedEvent
  | RunEvent
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

/** What is wrong with an event. */
export interface EventProblem {
  /** Key of the event's value. */
  readonly key: string;
  readonly message: string;
}

/**
 * How an event ended: `#GP`: the write was refused and changed nothing; `ignored`: the kernel takes the request
 * and does nothing; `refused`: it does not take it.
 */
export type EventOutcome = 'done' | '#GP' | 'ignored' | 'refused';
