/**
 * What of a VM events can change besides registers: which vCPUs there are and run, slots with their MMIO and dirty
 * logging, how many devices have non-coherent DMA, the time. It judges an event before it happens.
 */
import { clipped } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, mmioOfSlot, type Slot, type SlotInit, type Vm } from '../vm/index.ts';
import { addresses, addressText } from '../words.ts';
import type { EventProblem, ReplayEvent } from './event.ts';
import type { StartState } from './options.ts';
import { RunStates } from './run-states.ts';

/** A slot with what a replay needs to know of it. */
export interface ReplaySlot extends Slot {
  readonly dirtyLog: boolean;
  /** Host MMIO behind it, as frames of the guest. */
  readonly mmio: readonly GfnRange[];
}

const PFN_END = 2 ** 40;

function rangeText({ gfn, count }: Pick<SlotInit, 'gfn' | 'count'>): string {
  return addresses({ start: gfn, end: gfn + count });
}

/**
 * See the head of the file.
 *
 * @internal
 */
export class Inventory {
  readonly #frames: number;
  /** Which vCPUs there are, and what they are doing. */
  readonly vcpus: RunStates;
  #slots: ReplaySlot[];
  #dmaDevices: number;
  #time = Number.NEGATIVE_INFINITY;

  constructor(vm: Vm, start?: StartState) {
    this.#frames = frameCount(vm.maxphyaddr);
    this.vcpus = new RunStates(vm, start);
    this.#dmaDevices = vm.noncoherentDma ? 1 : 0;
    this.#slots = vm.slots.map((slot) => {
      const range = { start: slot.gfn, end: slot.gfn + slot.count };
      const mmio = clipped(vm.mmio, range);
      return { ...slot, dirtyLog: false, mmio };
    });
  }

  /** Ascending, without overlap. */
  get slots(): readonly ReplaySlot[] {
    return this.#slots;
  }
  get noncoherentDma(): boolean {
    return this.#dmaDevices > 0;
  }
  get mmio(): readonly GfnRange[] {
    return this.#slots.flatMap(({ mmio }) => mmio);
  }

  slotStartingAt(gfn: number): ReplaySlot | undefined {
    return this.#slots.find((slot) => slot.gfn === gfn);
  }

  /** Why an event cannot happen, or undefined. */
  problemOf(event: ReplayEvent): EventProblem | undefined {
    if (event.at !== undefined && !(event.at >= this.#time)) {
      return { key: 'at', message: `time goes backwards: ${event.at} after ${this.#time}` };
    }
    if ('vcpu' in event) {
      const problem = this.vcpus.problemOf(event);
      if (problem) return problem;
    }
    switch (event.kind) {
      case 'touch':
        return this.#rangeProblem(event.range);
      case 'slot-add':
        return this.#slotProblem(event.slot);
      case 'slot-move': {
        const slot = this.slotStartingAt(event.gfn);
        if (!slot) return this.#noSlot(event.gfn);
        return this.#slotProblem({ ...slot, gfn: event.to }, slot, 'to');
      }
      case 'slot-remove':
      case 'dirty-log':
        return this.slotStartingAt(event.gfn) ? undefined : this.#noSlot(event.gfn);
      case 'dma':
        return event.on || this.noncoherentDma
          ? undefined
          : { key: 'noncoherentDma', message: 'stops, but no device has non-coherent DMA' };
      default:
        return undefined;
    }
  }

  #rangeProblem({ start, end }: GfnRange): EventProblem | undefined {
    if (start >= 0 && start < end && end <= this.#frames) return undefined;
    return { key: 'range', message: `expected a range below ${addressText(this.#frames)}` };
  }

  #noSlot(gfn: number): EventProblem {
    const starts = this.#slots.slice(0, 8).map((slot) => addressText(slot.gfn));
    const more = this.#slots.length > 8 ? ', ...' : '';
    return {
      key: 'slot',
      message: `no slot starts at ${addressText(gfn)}: there are ${starts.join(', ') || 'none'}${more}`,
    };
  }

  #slotProblem(slot: SlotInit, moved?: ReplaySlot, key = 'range'): EventProblem | undefined {
    const { gfn, count, pfn } = slot;
    if (count < 1 || gfn < 0 || gfn + count > this.#frames) {
      return { key, message: `expected a slot below ${addressText(this.#frames)}, got ${rangeText(slot)}` };
    }
    if (pfn < 0 || pfn + count > PFN_END)
      return { key: 'hpa', message: 'expected host addresses below 2^52' };
    const other = this.#slots.find(
      (one) => one !== moved && one.gfn < gfn + count && gfn < one.gfn + one.count,
    );
    return other && { key, message: `overlaps the slot ${rangeText(other)}` };
  }

  /** Lets time pass to an event. */
  pass({ at }: ReplayEvent): void {
    if (at !== undefined) this.#time = at;
  }

  /** Takes note of an event that has no problem. */
  apply(event: ReplayEvent): void {
    if ('vcpu' in event) this.vcpus.apply(event);
    switch (event.kind) {
      case 'dma':
        this.#dmaDevices += event.on ? 1 : -1;
        return;
      case 'slot-add': {
        const { gfn, count, pfn, readonly = false, maxLevel = 3 } = event.slot;
        const mmio = event.mmio ? mmioOfSlot({ gfn, count, pfn }) : [];
        this.#replace(undefined, { gfn, count, pfn, readonly, maxLevel, dirtyLog: false, mmio });
        return;
      }
      case 'slot-move': {
        const slot = this.slotStartingAt(event.gfn)!;
        const shift = event.to - slot.gfn;
        const mmio = slot.mmio.map(({ start, end }) => ({ start: start + shift, end: end + shift }));
        this.#replace(slot, { ...slot, gfn: event.to, mmio });
        return;
      }
      case 'slot-remove':
        this.#replace(this.slotStartingAt(event.gfn), undefined);
        return;
      case 'dirty-log': {
        const slot = this.slotStartingAt(event.gfn)!;
        this.#replace(slot, { ...slot, dirtyLog: event.on });
      }
    }
  }

  #replace(before: ReplaySlot | undefined, after: ReplaySlot | undefined): void {
    this.#slots = this.#slots.filter((slot) => slot !== before);
    if (after) this.#slots.push(after);
    this.#slots.sort((a, b) => a.gfn - b.gfn);
  }
}
