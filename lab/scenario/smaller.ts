/** Smaller guests: with events, registers or slots left out, as far as what is left can still happen. */
import { Inventory, type ReplayEvent } from '../../src/replay/index.ts';
import { type Vm, vm } from '../../src/vm/index.ts';
import type { LabCase } from './lab-case.ts';
import { withRuns } from './system-slot.ts';

/** What can be left out: an event, a register of the start, a slot. */
export type Part =
  | { readonly kind: 'event'; readonly event: ReplayEvent }
  | { readonly kind: 'register'; readonly vcpu: number; readonly msr: number }
  | { readonly kind: 'slot'; readonly gfn: number };

/** Whether an event is the touch of the system slot in front of what a guest does. */
function isRun({ systemGfn }: LabCase, event: ReplayEvent): boolean {
  return event.kind === 'touch' && event.range.start === systemGfn;
}

/** The events of a guest without those that stand for its running. */
export function ownEvents(one: LabCase): readonly ReplayEvent[] {
  return one.events.filter((event) => !isRun(one, event));
}

/** All that can be left out of a guest, the events first. */
export function partsOf(one: LabCase): readonly Part[] {
  return [
    ...ownEvents(one).map((event): Part => ({ kind: 'event', event })),
    ...one.vm.slots
      .filter(({ gfn }) => gfn !== one.systemGfn)
      .map(({ gfn }): Part => ({ kind: 'slot', gfn })),
    ...one.vm.vcpus.flatMap(({ id, state }) =>
      state.msrs.map(({ msr }): Part => ({ kind: 'register', vcpu: id, msr })),
    ),
  ];
}

function smallerVm(machine: Vm, kept: readonly Part[], systemGfn: number): Vm {
  const { host, quirks, confidential, vcpus, slots, mmio, ...rest } = machine;
  const gfns = new Set(kept.flatMap((part) => (part.kind === 'slot' ? [part.gfn] : [])));
  const left = slots.filter(({ gfn }) => gfn === systemGfn || gfns.has(gfn));
  return vm({
    ...rest,
    slots: left,
    mmio: mmio.filter(({ start }) => left.some(({ gfn, count }) => gfn <= start && start < gfn + count)),
    selfSnoop: host.selfSnoop,
    ...(quirks && { quirks }),
    vcpus: vcpus.map(({ id, name, state }) => ({
      id,
      name,
      cr0cd: state.cr0cd,
      msrs: state.msrs.filter(({ msr }) =>
        kept.some((part) => part.kind === 'register' && part.vcpu === id && part.msr === msr),
      ),
    })),
  });
}

/** A guest of some of the parts of another; events that cannot happen any more are left out as well. */
export function smallerCase(one: LabCase, kept: readonly Part[], name: string): LabCase {
  const machine = smallerVm(one.vm, kept, one.systemGfn);
  const inventory = new Inventory(machine);
  const events: ReplayEvent[] = [];
  for (const part of kept) {
    if (part.kind !== 'event' || inventory.problemOf(part.event)) continue;
    inventory.apply(part.event);
    events.push(part.event);
  }
  return { ...one, name, vm: machine, events: withRuns(events, one.systemGfn) };
}
