/** Which states are evaluated for themselves, and what becomes of one that cannot be. */
import { describe, expect, it } from 'vitest';
import { Evaluator, type View } from '../../src/engine/index.ts';
import { EptsweepError } from '../../src/errors.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { Demands, ofHost } from '../../src/replay/demands.ts';
import { Guest } from '../../src/replay/guest.ts';
import { RegisterState } from '../../src/replay/registers.ts';
import { type Vcpu, vm } from '../../src/vm/index.ts';

const FRAMES = 2 ** 24;
const ODD = 0x5000n;

/** An evaluator that counts views, and gives up on states with an odd range. */
function counting() {
  const seen = { times: 0 };
  const view = ({ msrs }: Vcpu): View => {
    seen.times += 1;
    const spansOf = () => {
      if (msrs.some(({ value }) => value === ODD)) throw new EptsweepError('too-many-spans', 'odd');
      return [{ end: FRAMES, type: 6, level: 3 }];
    };
    return { spansOf, dispose: () => undefined } as unknown as View;
  };
  return { seen, evaluator: Object.assign(Object.create(Evaluator.prototype) as Evaluator, { view }) };
}

const stateOf = (base: bigint) =>
  new RegisterState(
    new Map([
      [0x2ff, 0x806n],
      [0x200, base],
      [0x201, 0xffffff800n],
    ]),
    false,
    true,
    undefined,
  );

function demandsOf(policy: string, noncoherentDma: boolean) {
  const { seen, evaluator } = counting();
  const host = ofHost({ vendor: 'intel', selfSnoop: true, msrs: [] });
  const around = { maxphyaddr: 36, noncoherentDma, mmio: [], slots: [], quirks: undefined, ...host };
  return { seen, demands: new Demands(evaluator, policyFromText(policy), around) };
}

describe('levels', () => {
  it.each([
    ['kvm', false, 2],
    ['kvm', true, 2],
    ['kvm-noncoherent-dma', false, 1],
    ['kvm-noncoherent-dma', true, 2],
    ['none', false, 1],
    ['none', true, 1],
  ] as const)(
    'with a check "%s" and non-coherent DMA %s, of two layouts: %i',
    (check, noncoherentDma, times) => {
      const { seen, demands } = demandsOf(`kvm-6.6+levelCheck=${check}`, noncoherentDma);
      for (const base of [0n, 0x1000n, 0n]) demands.levels(stateOf(base));
      expect(seen.times).toBe(times);
    },
  );
});

describe('types', () => {
  it.each([
    [false, 1],
    [true, 2],
  ] as const)('with non-coherent DMA %s, of two layouts: %i', (noncoherentDma, times) => {
    const { seen, demands } = demandsOf('kvm-6.6', noncoherentDma);
    for (const base of [0n, 0x1000n, 0n]) demands.types(stateOf(base));
    expect(seen.times).toBe(times);
  });
});

describe('a state that no engine opens', () => {
  it.each([
    ['runs', []],
    ['does not run', [1]],
  ] as const)('is not taken over where the vCPU %s', (_, waiting) => {
    const { evaluator } = counting();
    const policy = policyFromText('kvm-6.6');
    const vcpus = [0, 1].map((id) => ({ id, msrs: { 0x2ff: 0x806n, 0x201: 0xffffff800n } }));
    const guest = new Guest(vm({ maxphyaddr: 36, noncoherentDma: true, policy, vcpus }), policy, {
      evaluator,
      start: { waiting },
    });
    const before = guest.stateOf(1);
    const write = { kind: 'wrmsr', vcpu: 1, by: 'vmm', msr: 0x200 } as const;
    expect(() => guest.apply({ ...write, value: ODD })).toThrow('odd');
    expect(guest.stateOf(1)).toBe(before);
    guest.apply({ ...write, value: 0x6000n });
    expect(guest.stateOf(1).msrs.get(0x200)).toBe(0x6000n);
  });
});

describe('the first vCPU', () => {
  it('is the lowest that there is at the moment', () => {
    const { evaluator } = counting();
    const policy = policyFromText('kvm-6.6');
    const vcpus = [5, 3].map((id) => ({ id, msrs: { 0x2ff: 0x806n } }));
    const guest = new Guest(vm({ maxphyaddr: 36, policy, vcpus }), policy, { evaluator });
    expect(guest.first).toBe(3);
    guest.apply({ kind: 'hotplug', vcpu: 1 });
    expect(guest.first).toBe(1);
    guest.apply({ kind: 'unplug', vcpu: 1 });
    expect(guest.first).toBe(3);
    guest.apply({ kind: 'unplug', vcpu: 3 });
    expect(guest.first).toBe(5);
  });
});
