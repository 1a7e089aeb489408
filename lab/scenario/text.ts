/** A guest of the lab as the text of a scenario, which `eptsweep replay` follows with the same numbers of events. */
import type { ReplayEvent } from '../../src/replay/index.ts';
import type { GfnRange } from '../../src/types.ts';
import type { SlotInit } from '../../src/vm/index.ts';
import { hexText, levelText } from '../../src/words.ts';
import { isMmio, type LabCase } from './lab-case.ts';

function address(gfn: number): string {
  return hexText(BigInt(gfn) << 12n);
}

function slotFields(slot: SlotInit, mmio: boolean): object {
  const { gfn, count, pfn, readonly, maxLevel = 3 } = slot;
  return {
    base: address(gfn),
    size: address(count),
    hpa: address(pfn),
    ...((mmio || readonly) && { kind: mmio ? 'mmio' : 'readonly' }),
    maxLevel: levelText(maxLevel),
  };
}

function rangeText({ start, end }: GfnRange): string {
  return `${address(start)}+${address(end - start)}`;
}

/** An event as a scenario has it. */
function eventFields(event: ReplayEvent): object | string {
  switch (event.kind) {
    case 'touch': {
      const { vcpu, range, access } = event;
      return { touch: { vcpu, range: rangeText(range), access } };
    }
    case 'wrmsr': {
      const { vcpu, by, msr, value } = event;
      return { wrmsr: { vcpu, ...(by && { by }), msr: hexText(msr), value: hexText(value) } };
    }
    case 'cr0cd': {
      const { vcpu, on, by } = event;
      return { cr0cd: { vcpu, on, ...(by && { by }) } };
    }
    case 'cr0': {
      const { vcpu, cd, by } = event;
      return { cr0: { vcpu, ...(cd !== undefined && { cd }), ...(by && { by }) } };
    }
    case 'reset':
    case 'init':
      return { [event.kind]: { vcpu: event.vcpu } };
    case 'sipi':
    case 'start':
    case 'stop':
      return { [event.kind]: { vcpu: event.vcpu } };
    case 'dma':
      return { noncoherentDma: event.on ? 'start' : 'stop' };
    case 'slot-add':
      return { slotAdd: slotFields(event.slot, event.mmio ?? false) };
    case 'slot-move':
      return { slotMove: { slot: address(event.gfn), to: address(event.to) } };
    case 'slot-remove':
      return { slotRemove: { slot: address(event.gfn) } };
    case 'dirty-log':
      return { dirtyLog: { slot: address(event.gfn), on: event.on } };
    case 'quirk':
      return { quirk: { name: event.quirk, on: event.on } };
    default:
      return 'report';
  }
}

/** The scenario, an event a line. */
export function scenarioText({ name, vm, events, eagerSplit }: LabCase, policy: string): string {
  const head = {
    name,
    policy,
    ...(eagerSplit !== undefined && { eagerSplit }),
    vm: {
      maxphyaddr: vm.maxphyaddr,
      noncoherentDma: vm.noncoherentDma,
      ...(vm.quirks && { quirks: vm.quirks }),
      slots: vm.slots.map((slot) => slotFields(slot, isMmio(vm, slot))),
      vcpus: vm.vcpus.map(({ id, state }) => ({
        id,
        cr0cd: state.cr0cd,
        msrs: Object.fromEntries(state.msrs.map(({ msr, value }) => [hexText(msr), hexText(value)])),
      })),
    },
  };
  const lines = [head, ...events.map(eventFields)].map((one) => JSON.stringify(one));
  return `${lines.join('\n')}\n`;
}
