/** Events that cannot happen: what each is told, word for word, and what stands right beside it and can. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, vm } from '../../src/index.ts';
import { type ReplayEvent, replay, type StartState } from '../../src/replay/index.ts';
import { Inventory } from '../../src/replay/inventory.ts';
import { MAX_VCPUS } from '../../src/vm/index.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const FRAMES = 2 ** 24;
/** Slots at 0 and at 1 MiB, 256 frames free between and much behind; vCPUs 0, 1 and 4. */
const guest = vm({
  maxphyaddr: 36,
  slots: [
    { gfn: 0, count: 256, pfn: 0 },
    { gfn: 512, count: 256, pfn: 512 },
  ],
  vcpus: [{ id: 4 }, { id: 0 }, { id: 1 }],
});

/** What a VM says of the last event, the others having happened. */
function problemAfter(
  events: readonly ReplayEvent[],
  start?: StartState,
  machine = guest,
): string | undefined {
  const inventory = new Inventory(machine, start);
  for (const event of events.slice(0, -1)) {
    expect(inventory.problemOf(event)).toBeUndefined();
    inventory.pass(event);
    inventory.apply(event);
  }
  const problem = inventory.problemOf(events.at(-1)!);
  return problem && `${problem.key}: ${problem.message}`;
}

const touch = (start: number, end: number, vcpu = 0): ReplayEvent => ({
  kind: 'touch',
  vcpu,
  range: { start, end },
  access: 'read',
});
const added = (gfn: number, count: number, pfn = 0): ReplayEvent => ({
  kind: 'slot-add',
  slot: { gfn, count, pfn },
});
const moved = (gfn: number, to: number): ReplayEvent => ({ kind: 'slot-move', gfn, to });
const dma = (on: boolean): ReplayEvent => ({ kind: 'dma', on });
const hotplug = (vcpu: number): ReplayEvent => ({ kind: 'hotplug', vcpu });
const of = (
  kind: 'smi' | 'rsm' | 'stop' | 'start' | 'sipi' | 'unplug' | 'reset' | 'init',
  vcpu = 0,
): ReplayEvent => ({
  kind,
  vcpu,
});
const nested = (on: boolean, vcpu = 0): ReplayEvent => ({ kind: 'nested', vcpu, on });

const BELOW_END = 'expected a range below 0x1000000000';

describe('what a VM is like', () => {
  it.each<[readonly ReplayEvent[], string | undefined]>([
    [
      [
        { kind: 'report', at: 5 },
        { kind: 'report', at: 4 },
      ],
      'at: time goes backwards: 4 after 5',
    ],
    [
      [
        { kind: 'report', at: 5 },
        { kind: 'report', at: 5 },
      ],
      undefined,
    ],
    [
      [{ kind: 'report', at: 5 }, { kind: 'report' }, { kind: 'report', at: Number.NaN }],
      'at: time goes backwards: NaN after 5',
    ],
    [[touch(-1, 1)], `range: ${BELOW_END}`],
    [[touch(0, 1)], undefined],
    [[touch(1, 1)], `range: ${BELOW_END}`],
    [[touch(FRAMES - 1, FRAMES)], undefined],
    [[touch(FRAMES - 1, FRAMES + 1)], `range: ${BELOW_END}`],
    [[added(256, 256)], undefined],
    [[added(255, 1)], 'range: overlaps the slot 0x0-0xfffff'],
    [[added(256, 257)], 'range: overlaps the slot 0x200000-0x2fffff'],
    [[added(767, 1)], 'range: overlaps the slot 0x200000-0x2fffff'],
    [[added(768, 1)], undefined],
    [[added(768, 0)], 'range: expected a slot below 0x1000000000, got 0x300000-0x2fffff'],
    [[added(FRAMES - 1, 1)], undefined],
    [[added(FRAMES - 1, 2)], 'range: expected a slot below 0x1000000000, got 0xffffff000-0x1000000fff'],
    [[added(768, 1, -1)], 'hpa: expected host addresses below 2^52'],
    [[added(768, 1, 2 ** 40 - 1)], undefined],
    [[added(768, 1, 2 ** 40)], 'hpa: expected host addresses below 2^52'],
    [[moved(0, 256)], undefined],
    [[moved(0, 128)], undefined],
    [[moved(0, 257)], 'to: overlaps the slot 0x200000-0x2fffff'],
    [[moved(0, FRAMES - 256)], undefined],
    [[moved(0, FRAMES - 255)], 'to: expected a slot below 0x1000000000, got 0xffff01000-0x1000000fff'],
    [[moved(1, 256)], 'slot: no slot starts at 0x1000: there are 0x0, 0x200000'],
    [[{ kind: 'slot-remove', gfn: 256 }], 'slot: no slot starts at 0x100000: there are 0x0, 0x200000'],
    [
      [{ kind: 'dirty-log', gfn: 513, on: true }],
      'slot: no slot starts at 0x201000: there are 0x0, 0x200000',
    ],
    [
      [
        { kind: 'slot-remove', gfn: 0 },
        { kind: 'slot-remove', gfn: 0 },
      ],
      'slot: no slot starts at 0x0: there are 0x200000',
    ],
    [
      [
        { kind: 'slot-remove', gfn: 0 },
        { kind: 'slot-remove', gfn: 512 },
        { kind: 'slot-remove', gfn: 0 },
      ],
      'slot: no slot starts at 0x0: there are none',
    ],
    [[moved(0, 256), moved(0, 0)], 'slot: no slot starts at 0x0: there are 0x100000, 0x200000'],
    [[{ kind: 'slot-remove', gfn: 0 }, added(0, 512)], undefined],
    [[dma(false)], 'noncoherentDma: stops, but no device has non-coherent DMA'],
    [[dma(true), dma(true), dma(false), dma(false)], undefined],
    [
      [dma(true), dma(true), dma(false), dma(false), dma(false)],
      'noncoherentDma: stops, but no device has non-coherent DMA',
    ],
    [[{ kind: 'quirk', quirk: 'cd-nw-cleared', on: true }], undefined],
  ])('%j: %s', (events, problem) => {
    expect(problemAfter(events)).toBe(problem);
  });

  it('begins at 0', () => {
    expect(problemAfter([added(-1, 1)])).toMatch(/^range: expected a slot below 0x1000000000, got /);
  });

  it.each([
    [8, '0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xe000, 0x10000'],
    [9, '0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xe000, 0x10000, ...'],
  ])('names the first of %i slots', (count, names) => {
    const slots = Array.from({ length: count }, (_, index) => ({ gfn: 2 * index + 2, count: 1, pfn: 0 }));
    const machine = vm({ maxphyaddr: 36, slots, vcpus: [{}] });
    const event: ReplayEvent = { kind: 'slot-remove', gfn: 3 };
    expect(problemAfter([event], {}, machine)).toBe(`slot: no slot starts at 0x3000: there are ${names}`);
  });

  it('has DMA from the start where it is told so', () => {
    const machine = vm({ maxphyaddr: 36, noncoherentDma: true, vcpus: [{}] });
    expect(problemAfter([dma(false)], {}, machine)).toBeUndefined();
    expect(problemAfter([dma(false), dma(false)], {}, machine)).toBe(
      'noncoherentDma: stops, but no device has non-coherent DMA',
    );
  });
});

const WAITS = 'it waits for SIPI';
const STOPPED = 'the VMM has stopped it, and start lets it run';
const BY_VMM = '; by: vmm says that the VMM does it';

describe('what its vCPUs are doing', () => {
  const machine = vm({
    maxphyaddr: 36,
    slots: [{ gfn: 0, count: 1, pfn: 0 }],
    vcpus: [{ id: 4 }, { id: 0 }, { id: 1 }],
  });
  /** vCPU 0 runs, 1 waits for SIPI. */
  const said = (...events: readonly ReplayEvent[]) => problemAfter(events, { waiting: [1] }, machine);

  it.each<[string, (vcpu: number, by?: 'guest' | 'vmm') => ReplayEvent]>([
    ['wrmsr', (vcpu, by) => ({ kind: 'wrmsr', vcpu, msr: 0x2ff, value: 0n, ...(by && { by }) })],
    ['cr0cd', (vcpu, by) => ({ kind: 'cr0cd', vcpu, on: true, ...(by && { by }) })],
    ['cr0', (vcpu, by) => ({ kind: 'cr0', vcpu, wp: true, ...(by && { by }) })],
    ['efer', (vcpu, by) => ({ kind: 'efer', vcpu, nx: true, ...(by && { by }) })],
  ])('%s is for vCPUs that run, or for the VMM', (_, event) => {
    expect(said(event(0))).toBeUndefined();
    expect(said(event(1))).toBe(`vcpu: vCPU 1 does not run: ${WAITS}${BY_VMM}`);
    expect(said(event(1, 'guest'))).toBe(`vcpu: vCPU 1 does not run: ${WAITS}${BY_VMM}`);
    expect(said(event(1, 'vmm'))).toBeUndefined();
    expect(said(of('stop'), event(0))).toBe(`vcpu: vCPU 0 does not run: ${STOPPED}${BY_VMM}`);
    expect(said(of('stop'), event(0, 'vmm'))).toBeUndefined();
    expect(said(of('stop'), of('start'), event(0))).toBeUndefined();
    expect(said(of('sipi', 1), event(1))).toBeUndefined();
  });

  it.each<[readonly ReplayEvent[], string | undefined]>([
    [[touch(0, 1, 1)], `vCPU 1 does not run: ${WAITS}`],
    [[of('sipi', 1), touch(0, 1, 1)], undefined],
    [[of('stop', 1), touch(0, 1, 1)], `vCPU 1 does not run: ${STOPPED}`],
    [[of('stop', 1), of('start', 1), touch(0, 1, 1)], `vCPU 1 does not run: ${WAITS}`],
    [[of('stop'), of('stop')], 'vCPU 0 is stopped already'],
    [[of('start')], 'vCPU 0 is not stopped'],
    [[of('rsm')], 'vCPU 0 is not in SMM: an smi comes first'],
    [[of('smi'), of('rsm')], undefined],
    [[of('smi'), of('rsm'), of('rsm')], 'vCPU 0 is not in SMM: an smi comes first'],
    [[of('smi'), of('smi')], 'vCPU 0 is in SMM already: an rsm comes first'],
    [[of('smi', 1)], `vCPU 1 does not run: ${WAITS}`],
    [[of('smi'), of('stop'), of('rsm')], `vCPU 0 does not run: ${STOPPED}`],
    [[of('smi'), nested(true)], 'vCPU 0 is in SMM, where no nested guest is entered'],
    [[nested(true), nested(true)], 'vCPU 0 is in a nested guest already'],
    [[nested(false)], 'vCPU 0 is in no nested guest'],
    [[nested(true), nested(false)], undefined],
    [[nested(true, 1)], `vCPU 1 does not run: ${WAITS}`],
    [[nested(true), of('smi'), nested(false)], 'vCPU 0 is in no nested guest'],
    [[nested(true), of('reset'), nested(true)], undefined],
    [[of('smi'), of('init'), of('smi')], undefined],
    [[{ kind: 'init', vcpu: 0, waits: true }, touch(0, 1)], `vCPU 0 does not run: ${WAITS}`],
    [[{ kind: 'reset', vcpu: 1 }, touch(0, 1, 1)], undefined],
    [[of('unplug'), of('unplug', 1), of('unplug', 4)], 'expected a vCPU to be left'],
    [[of('unplug', 4), touch(0, 1, 4)], 'no vCPU 4: there are 0, 1'],
    [[touch(0, 1, 3)], 'no vCPU 3: there are 0, 1, 4'],
    [[hotplug(3), touch(0, 1, 9)], 'no vCPU 9: there are 0, 1, 3, 4'],
    [[hotplug(4)], 'vCPU 4 is there already'],
    [[hotplug(-1)], 'expected an id 0..2^32-1, got -1'],
    [[hotplug(2 ** 32)], 'expected an id 0..2^32-1, got 4294967296'],
    [[hotplug(2.5)], 'expected an id 0..2^32-1, got 2.5'],
    [[hotplug(2 ** 32 - 1), touch(0, 1, 2 ** 32 - 1)], undefined],
    [[{ kind: 'hotplug', vcpu: 5, waits: true }, touch(0, 1, 5)], `vCPU 5 does not run: ${WAITS}`],
  ])('%j: %s', (events, problem) => {
    expect(said(...events)).toBe(problem && `vcpu: ${problem}`);
  });

  it('has no SMM where it is told so', () => {
    expect(problemAfter([of('smi')], { smm: false }, machine)).toBe(
      'vcpu: the VM has no SMM (smm: false), so that no SMI comes',
    );
  });

  it('names 16 of them, or the first and the last, and has no more than there can be', () => {
    const of = (count: number) =>
      vm({ maxphyaddr: 36, vcpus: Array.from({ length: count }, (_, id) => ({ id })) });
    expect(problemAfter([touch(0, 1, 99)], {}, of(16))).toBe(
      'vcpu: no vCPU 99: there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15',
    );
    expect(problemAfter([touch(0, 1, 99)], {}, of(17))).toBe('vcpu: no vCPU 99: there are 0 to 16');
    expect(problemAfter([hotplug(9999)], {}, of(MAX_VCPUS - 1))).toBeUndefined();
    expect(problemAfter([hotplug(9999)], {}, of(MAX_VCPUS))).toBe(
      `vcpu: expected at most ${MAX_VCPUS} vCPUs`,
    );
  });
});

describe('a replay', () => {
  it('names the event by its number, and what happened before it has happened', () => {
    const steps = replay(guest, [touch(0, 1), touch(0, 1, 9)], { evaluator, policy: policy('kvm-6.6') });
    expect(steps.next().value).toMatchObject({ index: 0, verdict: 'done' });
    expect(() => steps.next()).toThrow('events.1.vcpu: no vCPU 9: there are 0, 1, 4');
  });
});
