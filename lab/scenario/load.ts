/** A scenario from a file as a guest of the lab: what the emulated machine cannot do is refused by name. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseScenario } from '../../src/config/scenario/scenario.ts';
import { SCENARIOS } from '../../src/config/scenarios/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import { type SlotInit, type Vm, vm } from '../../src/vm/index.ts';
import { LabError, textOfFile } from '../fail.ts';
import {
  type Abilities,
  ADDRESS_BITS,
  isMmio,
  type LabCase,
  POOL_FRAMES,
  REACHABLE_FRAMES,
} from './lab-case.ts';
import { systemGfn, withRuns, withSystemSlot } from './system-slot.ts';

/** What the lab does for each event; a guest in long mode is all that it has. */
const POSSIBLE = new Set<ReplayEvent['kind']>([
  'wrmsr',
  'touch',
  'cr0cd',
  'cr0',
  'dma',
  'slot-add',
  'slot-move',
  'slot-remove',
  'dirty-log',
  'quirk',
  'reset',
  'init',
  'sipi',
  'start',
  'stop',
  'report',
]);

function problemOf(event: ReplayEvent): string | undefined {
  if (!POSSIBLE.has(event.kind)) return 'the lab has no such event';
  if (event.kind === 'cr0' && (event.pg !== undefined || event.wp !== undefined)) {
    return 'the lab changes CR0.CD alone: its guests stay in long mode';
  }
  if (event.kind === 'touch' && event.range.end > REACHABLE_FRAMES) return 'the lab reaches 512 GiB';
  return (event.kind === 'reset' || event.kind === 'init') && event.paging === 'off'
    ? 'the lab resets no paging: its guests stay in long mode'
    : undefined;
}

/** No page of the host's is larger than 2M; of its MMIO none than 4K where no module maps it larger. */
function fitting<One extends SlotInit>(slot: One, mmio: boolean, { largeMmio }: Abilities): One {
  const most = mmio && !largeMmio ? 1 : 2;
  return { ...slot, maxLevel: Math.min(slot.maxLevel ?? 3, most) as 1 | 2 };
}

function slotProblem(slot: SlotInit, mmio: boolean): string | undefined {
  const most = slot.maxLevel === 1 && !mmio ? POOL_FRAMES.small : POOL_FRAMES.large;
  // A pool begins within 2M where the slot's own frames do.
  if (slot.count > most - 512)
    return `the lab has ${(most - 512) / 256} MiB for a slot, this one has ${Math.ceil(slot.count / 256)}`;
  return undefined;
}

function fittingVm(machine: Vm, name: string, abilities: Abilities): Vm {
  const { host, quirks, vcpus, slots } = machine;
  for (const slot of slots) {
    const touches = machine.mmio.some(({ start, end }) => start < slot.gfn + slot.count && end > slot.gfn);
    if (touches && !isMmio(machine, slot))
      throw new LabError(`${name}: a slot that is MMIO in part is beyond the lab`);
  }
  return vm({
    name,
    maxphyaddr: machine.maxphyaddr,
    slots: slots.map((slot) => fitting(slot, isMmio(machine, slot), abilities)),
    mmio: machine.mmio,
    noncoherentDma: machine.noncoherentDma,
    selfSnoop: host.selfSnoop,
    ...(quirks && { quirks }),
    policy: machine.policy,
    vcpus: vcpus.map(({ id, state }) => ({ id, msrs: state.msrs, cr0cd: state.cr0cd })),
  });
}

function requireMachine(machine: Vm, name: string): void {
  const refuse = (problem: string): never => {
    throw new LabError(`${name}: ${problem}`);
  };
  if (machine.maxphyaddr > ADDRESS_BITS) {
    refuse(`the emulated CPU has ${ADDRESS_BITS} address bits, the scenario's VM ${machine.maxphyaddr}`);
  }
  if (machine.host.vendor !== 'intel') refuse('the emulated CPU is no AMD');
  if (!machine.host.selfSnoop) refuse('the emulated CPU has self-snoop');
  if (machine.vcpus.some(({ id }, index) => id !== index)) refuse('the lab numbers its vCPUs from 0');
  if (machine.vcpus.length > 64) refuse('the lab has at most 64 vCPUs');
  if (machine.vcpus.some(({ state }) => !state.guestHasMtrr)) refuse("the emulated CPU's guests have MTRRs");
}

/**
 * Reads a scenario, by name or from a file.
 *
 * @param argument - name of a scenario that ships, or a path
 * @param policy - of the kernel that will run it
 * @param name - what its guest is called: without blanks
 * @param abilities - of the machine that will run it
 */
export function loadCase(argument: string, policy: Policy, name: string, abilities: Abilities): LabCase {
  const path = resolve(argument);
  const text = existsSync(path) ? textOfFile(path) : SCENARIOS.find((one) => one.name === argument)?.text;
  if (text === undefined) throw new LabError(`${argument}: no such file, and no scenario of that name`);
  const read = (file: string) => textOfFile(resolve(dirname(path), file));
  const scenario = parseScenario(text, { file: argument, read, policy });
  requireMachine(scenario.vm, argument);
  if (scenario.start.paging === false)
    throw new LabError(`${argument}: guests of the lab start with paging on`);
  const events = [...scenario.events()].map(
    (event): ReplayEvent =>
      event.kind === 'slot-add'
        ? { ...event, slot: fitting(event.slot, event.mmio ?? false, abilities) }
        : event,
  );
  const machine = fittingVm(scenario.vm, name, abilities);
  events.forEach((event, index) => {
    const problem = problemOf(event);
    if (problem) throw new LabError(`${argument}: event ${index + 1} (${event.kind}): ${problem}`);
  });
  const added = events.flatMap((event) =>
    event.kind === 'slot-add' ? [[event.slot, event.mmio ?? false] as const] : [],
  );
  const all = [...machine.slots.map((slot) => [slot, isMmio(machine, slot)] as const), ...added];
  for (const [slot, mmio] of all) {
    const problem = slotProblem(slot, mmio);
    if (problem) throw new LabError(`${argument}: ${problem}`);
  }
  const gfn = systemGfn(machine, events);
  return {
    name,
    vm: withSystemSlot(machine, gfn),
    events: withRuns(events, gfn),
    eagerSplit: scenario.eagerSplit,
    nxHugePages: false,
    systemGfn: gfn,
  };
}
