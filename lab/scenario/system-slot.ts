/**
 * A guest that does something has to run code, and its page tables are walked: entries, too. They stand in a slot of
 * their own, and are touched by an event in front of whatever the guest does, so that a replay knows of them.
 */
import type { ReplayEvent } from '../../src/replay/index.ts';
import { frameCount, type Slot, type Vm, vm } from '../../src/vm/index.ts';
import { LabError } from '../fail.ts';
import { REACHABLE_FRAMES, SYSTEM_FRAMES } from './lab-case.ts';

/** Frames of a large page: the system slot has one for itself. */
const LARGE = 512;

/** Where the system slot goes: as high as nothing else is, or ever comes. */
export function systemGfn(machine: Vm, events: readonly ReplayEvent[]): number {
  const taken: Pick<Slot, 'gfn' | 'count'>[] = [...machine.slots];
  const sizes = new Map(machine.slots.map(({ gfn, count }) => [gfn, count]));
  for (const event of events) {
    if (event.kind === 'slot-add') {
      taken.push(event.slot);
      sizes.set(event.slot.gfn, event.slot.count);
    } else if (event.kind === 'slot-move') {
      const count = sizes.get(event.gfn) ?? 0;
      taken.push({ gfn: event.to, count });
      sizes.set(event.to, count);
    }
  }
  const end = Math.min(frameCount(machine.maxphyaddr), REACHABLE_FRAMES);
  for (let gfn = end - LARGE; gfn >= 0; gfn -= LARGE) {
    if (taken.every((slot) => slot.gfn >= gfn + LARGE || slot.gfn + slot.count <= gfn)) return gfn;
  }
  throw new LabError(`${machine.name}: no 2 MiB below 512 GiB are free for the guest's own code`);
}

/** Whether it is the guest that does it, so that it runs. */
export function runsGuest(event: ReplayEvent): boolean {
  if (event.kind === 'touch') return true;
  return (event.kind === 'wrmsr' || event.kind === 'cr0cd' || event.kind === 'cr0') && event.by !== 'vmm';
}

/** The VM with the system slot. */
export function withSystemSlot(machine: Vm, gfn: number): Vm {
  const { host, quirks, confidential, vcpus, slots, ...rest } = machine;
  const system = { gfn, count: SYSTEM_FRAMES, pfn: gfn, maxLevel: 1 as const };
  return vm({
    ...rest,
    slots: [...slots, system],
    selfSnoop: host.selfSnoop,
    ...(quirks && { quirks }),
    vcpus: vcpus.map(({ id, name, state }) => ({
      id,
      name,
      msrs: state.msrs,
      cr0cd: state.cr0cd,
      guestHasMtrr: state.guestHasMtrr,
    })),
  });
}

/** The events, each that a guest does behind a touch of the system slot. */
export function withRuns(events: readonly ReplayEvent[], gfn: number): readonly ReplayEvent[] {
  return events.flatMap((event) => {
    if (!runsGuest(event) || !('vcpu' in event)) return [event];
    const range = { start: gfn, end: gfn + SYSTEM_FRAMES };
    return [{ kind: 'touch', vcpu: event.vcpu, range, access: 'read' } as const, event];
  });
}
