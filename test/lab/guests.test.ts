/** Guests of the lab: random ones, those of scenarios, smaller ones; as text and as a script. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SYSTEM_FRAMES } from '../../lab/scenario/lab-case.ts';
import { loadCase } from '../../lab/scenario/load.ts';
import { randomCase } from '../../lab/scenario/random.ts';
import { scriptOf } from '../../lab/scenario/script.ts';
import { ownEvents, partsOf, smallerCase } from '../../lab/scenario/smaller.ts';
import { scenarioText } from '../../lab/scenario/text.ts';
import { parseScenario } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { replay } from '../../src/replay/index.ts';
import { rounds } from '../rounds.ts';

const KVM = policy('kvm-6.1.176');
const cases = Array.from({ length: rounds(40, 400) }, (_, index) =>
  randomCase(3, index, KVM, { dma: true, largeMmio: false }),
);
const place = mkdtempSync(join(tmpdir(), 'eptsweep-lab-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function load(scenario: object): ReturnType<typeof loadCase> {
  const file = join(place, 'one.json');
  writeFileSync(file, JSON.stringify(scenario));
  return loadCase(file, KVM, 'one', { dma: true, largeMmio: false });
}
const VM = { maxphyaddr: 40, slots: [{ base: 0, size: '16M' }], vcpus: 2 };

describe('random guests', () => {
  it('are the same again, and others for another seed', () => {
    expect(randomCase(3, 0, KVM, { dma: true, largeMmio: false })).toEqual(cases[0]);
    expect(randomCase(4, 0, KVM, { dma: true, largeMmio: false })).not.toEqual(cases[0]);
  });

  it('have slots apart, also where one is shifted to the next', () => {
    const { slots } = randomCase(3, 253, KVM, { dma: true, largeMmio: false }).vm;
    expect(slots.slice(0, 2).map(({ gfn, count }) => gfn + count)).toEqual([4096, 4096 + 2048]);
  });

  it('do all that the lab can, and can happen', () => {
    const evaluator = createEvaluatorSync();
    for (const { vm, events } of cases)
      expect([...replay(vm, events, { evaluator, policy: KVM })]).toHaveLength(events.length);
    evaluator.dispose();
    const kinds = new Set(cases.flatMap(({ events }) => events.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      'cr0cd',
      'dirty-log',
      'dma',
      'quirk',
      'slot-add',
      'slot-move',
      'slot-remove',
      'touch',
      'wrmsr',
    ]);
  });

  it('have no device without the module that stands for one', () => {
    const some = Array.from({ length: 40 }, (_, index) =>
      randomCase(3, index, KVM, { dma: false, largeMmio: false }),
    );
    expect(
      some.some(({ vm, events }) => vm.noncoherentDma || events.some(({ kind }) => kind === 'dma')),
    ).toBe(false);
  });

  it('are scenarios whose events have the same numbers', () => {
    for (const one of cases) {
      const read = parseScenario(scenarioText(one, KVM.name));
      const plain = (event: object) =>
        JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 0);
      expect([...read.events()].map((event) => event.kind)).toEqual(one.events.map((event) => event.kind));
      expect(plain(read.vm.slots)).toBe(plain(one.vm.slots));
      expect(plain(read.vm.mmio)).toBe(plain(one.vm.mmio));
      expect(plain(read.vm.vcpus.map(({ state }) => state))).toBe(
        plain(one.vm.vcpus.map(({ state }) => state)),
      );
    }
  });
});

describe('a script', () => {
  it('has a step an event, and the guest runs behind a touch of its own pages', () => {
    const events = [
      { wrmsr: { vcpu: 1, msr: 'IA32_MTRR_DEF_TYPE', value: '0x806' } },
      { wrmsr: { vcpu: 1, by: 'vmm', msr: '0x200', value: '0x6' } },
      { cr0cd: { vcpu: 0, on: true } },
      { dirtyLog: { slot: 0, on: true } },
      { noncoherentDma: 'start' },
    ];
    const one = load({ policy: 'kvm-6.1', vm: VM, eagerSplit: false, events });
    const own = `${(one.systemGfn * 4096).toString(16)} ${SYSTEM_FRAMES} read`;
    expect(scriptOf([one], KVM).split('\n').slice(1)).toEqual([
      `guest one ${(one.systemGfn * 4096).toString(16)} 40`,
      'param eager_page_split N',
      'param nx_huge_pages off',
      'slot 0 1000000 ram 0',
      'vcpus 2',
      `step 1 touch 1 ${own}`,
      'step 2 wrmsr 1 2ff 806 guest',
      'step 3 wrmsr 1 200 6 vmm',
      `step 4 touch 0 ${own}`,
      'step 5 cr0 0 1 guest',
      'step 6 dirty 0 1',
      'step 7 dma 1',
      'end one',
      '',
    ]);
  });

  it('keeps frames congruent within 2M', () => {
    const slots = [
      { base: '2M', size: '4M', hpa: '0x80003000' },
      { base: '16M', size: '4M', kind: 'readonly', maxLevel: '4K' },
    ];
    const script = scriptOf([load({ policy: 'kvm-6.1', vm: { ...VM, slots }, events: ['report'] })], KVM);
    expect(script).toContain('slot 200000 400000 ram 3000\n');
    expect(script).toContain('slot 1000000 400000 sro 0\n');
  });
});

describe('what the machine cannot do is refused by name', () => {
  it.each([
    [{ vm: { ...VM, maxphyaddr: 46 }, events: ['report'] }, 'the emulated CPU has 40 address bits'],
    [{ vm: VM, events: [{ smi: { vcpu: 0 } }] }, 'event 1 (smi): the lab has no such event'],
    [
      { vm: VM, events: ['report', { cr0: { vcpu: 0, pg: false } }] },
      'event 2 (cr0): the lab changes CR0.CD alone',
    ],
    [{ vm: { ...VM, slots: [{ base: 0, size: '8G' }] }, events: ['report'] }, 'MiB for a slot'],
    [{ vm: VM, start: 'reset', events: ['report'] }, 'start with paging on'],
  ])('%#', (scenario, problem) => {
    expect(() => load({ policy: 'kvm-6.1', ...scenario })).toThrow(problem);
  });
  it('is a file, or the name of a scenario', () => {
    expect(() => loadCase('nothing-of-the-kind', KVM, 'one', { dma: true, largeMmio: false })).toThrow(
      'no such file, and no scenario',
    );
  });
});

describe('smaller guests', () => {
  it('have fewer parts, and events that can happen', () => {
    const evaluator = createEvaluatorSync();
    for (const one of cases.slice(0, 12)) {
      const parts = partsOf(one);
      expect(smallerCase(one, parts, one.name)).toEqual(one);
      for (let k = 0; k < parts.length; k += 3) {
        const smaller = smallerCase(
          one,
          parts.filter((_, index) => index !== k),
          'smaller',
        );
        expect(ownEvents(smaller).length).toBeLessThanOrEqual(ownEvents(one).length);
        expect([...replay(smaller.vm, smaller.events, { evaluator, policy: KVM })]).toHaveLength(
          smaller.events.length,
        );
      }
    }
    evaluator.dispose();
  });
});
