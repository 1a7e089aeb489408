/**
 * The lists of a view's block lie one behind the other: writes, slots, MMIO, the host's types. Each ends where its count
 * says, also where what follows would pass for one more of it.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { policy, wantsOn } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { type SlotInit, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';

const engines = { auto: createAutoEngine(loadWasm()), direct: createDirectEngine(loadWasm()) };
const reference = createReferenceEngine();
afterAll(() => {
  for (const engine of [...Object.values(engines), reference]) engine.dispose();
});

const RANGE = { start: 0, end: 0x1400 };
const slot = (gfn: number, count: number): SlotInit => ({ gfn, count, pfn: gfn });
const WB = { msr: 0x2ff, value: 0x806n };
/** MMIO of two stretches, whose words make a slot: GFN 0x400, 0x600 frames, host frame 0x800, of level 3. */
const LIKE_A_SLOT = [
  { start: 0x400, end: 0x600 },
  { start: 0x800, end: 0x1000 },
];

/** What each list looks like at its end, by what follows on it. */
const CASES: Readonly<Record<string, VcpuInit>> = {
  'a slot like MTRRCAP, one pair': {
    maxphyaddr: 36,
    msrs: [{ msr: 0x20e, value: 6n }, WB],
    slots: [slot(0xfe, 1)],
  },
  'a slot like DEF_TYPE': { maxphyaddr: 36, slots: [slot(0x2ff, 0x806)] },
  'a slot like a base': {
    maxphyaddr: 36,
    msrs: [WB, { msr: 0x201, value: 0xf_ff00_0800n }],
    slots: [slot(0x200, 1)],
  },
  'MMIO like MTRRCAP': {
    maxphyaddr: 36,
    msrs: [{ msr: 0x20e, value: 6n }, WB],
    mmio: [{ start: 0xfe, end: 0x101 }],
  },
  'MMIO like a slot': {
    maxphyaddr: 36,
    noncoherentDma: true,
    msrs: [WB],
    slots: [slot(0, 0x200)],
    mmio: LIKE_A_SLOT,
  },
  'no slot, and MMIO like one': { maxphyaddr: 36, noncoherentDma: true, msrs: [WB], mmio: LIKE_A_SLOT },
  "the host's types like MMIO": {
    maxphyaddr: 36,
    vendor: 'amd',
    msrs: [WB],
    slots: [slot(0, 0x1000)],
    mmio: [{ start: 0x10, end: 0x20 }],
    hostMsrs: [WB, { msr: 0x200, value: 0x80_0000n }, { msr: 0x201, value: 0xf_ff80_0800n }],
  },
};

function answers(view: EngineView, vendor: VcpuInit['vendor'] = 'intel'): unknown {
  return {
    types: [...view.types(RANGE.start, RANGE.end)],
    entries: [...view.entries(RANGE.start, RANGE.end)],
    spans: wantsOn(view.policy, vendor).map((want) => [want, [...view.spans(want, { range: RANGE })]]),
  };
}

const POLICIES = ['sdm', 'kvm-5.16', 'kvm-6.6', 'kvm-6.16', 'peer-linux-6.5', 'peer-xen-ept'].map((name) =>
  policy(name),
);

describe.each(Object.entries(CASES))('%s', (_, init) => {
  it.each(Object.entries(engines))('%s', (_name, engine) => {
    for (const rule of POLICIES) {
      const asked = vcpu(init);
      if (init.vendor === 'amd' && !rule.name.startsWith('kvm')) continue;
      const [view, plain] = [engine.open(asked, rule), reference.open(asked, rule)];
      expect(answers(view, init.vendor), rule.name).toEqual(answers(plain, init.vendor));
      view.dispose();
      plain.dispose();
    }
  });
});
