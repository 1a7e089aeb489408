/**
 * Guests of an AMD processor. Their registers decide nothing of an NPT entry, so that the VMM writes them (an instruction
 * less to step over); what is left are accesses, slots, devices and dirty logging.
 */
import type { ReplayEvent } from '../../src/replay/index.ts';
import { type Vm, vm } from '../../src/vm/index.ts';
import type { LabCase } from './lab-case.ts';

function amdVm({ name, maxphyaddr, slots, mmio, noncoherentDma, policy, vcpus }: Vm): Vm {
  return vm({
    ...(name !== undefined && { name }),
    maxphyaddr,
    vendor: 'amd',
    slots,
    mmio,
    noncoherentDma,
    policy,
    vcpus: vcpus.map(({ id, state }) => ({ id, msrs: state.msrs, cr0cd: state.cr0cd })),
  });
}

function amdEvent(event: ReplayEvent): ReplayEvent {
  // Quirks are other ones there.
  if (event.kind === 'quirk') return { kind: 'report' };
  if (event.kind === 'wrmsr' || event.kind === 'cr0cd' || event.kind === 'cr0') {
    return { ...event, by: 'vmm' };
  }
  return event;
}

/** The guest as an AMD processor has it, with the same numbers of events. */
export function asAmd(one: LabCase): LabCase {
  return { ...one, vm: amdVm(one.vm), events: one.events.map(amdEvent), nxHugePages: false };
}
