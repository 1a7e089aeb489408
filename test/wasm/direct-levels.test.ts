/** Levels: what slots, MMIO and types allow, and where a walk by leaves has to stop and look again. */
import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { type SlotInit, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';

const engine = createDirectEngine(loadWasm());
const G1 = 0x40000;

function open(name: string, init: Partial<VcpuInit>): EngineView {
  return engine.open(vcpu({ maxphyaddr: 40, msrs: { 0x2ff: 0x806n }, ...init }), policy(name));
}

function levels(name: string, init: Partial<VcpuInit>, end = 4 * G1): number[][] {
  const spans = open(name, init).spans('levels', { range: { start: 0, end } });
  return [...spans].map((span) => [span.start, span.end, span.level!]);
}

function slots(slot: Partial<SlotInit>): Partial<VcpuInit> {
  return { slots: [{ gfn: 0, count: 2 * G1, pfn: 0, ...slot }] };
}

describe.each(['sdm', 'kvm-5.16', 'kvm-6.16'])('a slot, policy %s', (name) => {
  it.each([
    ['congruent for 1 GiB', { pfn: G1 }, 3],
    ['congruent for 2 MiB', { pfn: G1 + 0x200 }, 2],
    ['off by one page', { pfn: 1 }, 1],
    ['off by half a large page', { pfn: 0x100 }, 1],
    ['of largest level 2', { maxLevel: 2 }, 2],
    ['of largest level 1', { maxLevel: 1 }, 1],
  ] as const)('%s', (_, slot, level) => {
    expect(levels(name, slots(slot))).toEqual([
      [0, 2 * G1, level],
      [2 * G1, 4 * G1, 0],
    ]);
  });

  it('maps only whole regions by large leaves', () => {
    expect(levels(name, slots({ gfn: 0x1ff, pfn: 0x1ff, count: G1 - 0x1fe }))).toEqual([
      [0, 0x1ff, 0],
      [0x1ff, 0x200, 1],
      [0x200, G1, 2],
      [G1, G1 + 1, 1],
      [G1 + 1, 4 * G1, 0],
    ]);
    expect(levels(name, slots({ count: G1 }))[0]).toEqual([0, G1, 3]);
    expect(levels(name, slots({ count: G1 - 1 }))[0]).toEqual([0, G1 - 0x200, 2]);
  });

  it('does not reach over its neighbour', () => {
    const pair = [
      { gfn: 0, count: 0x100, pfn: 0 },
      { gfn: 0x100, count: G1, pfn: 0x100 },
    ];
    expect(levels(name, { slots: pair })).toEqual([
      [0, 0x200, 1],
      [0x200, G1, 2],
      [G1, G1 + 0x100, 1],
      [G1 + 0x100, 4 * G1, 0],
    ]);
  });
});

describe('MMIO', () => {
  const mmio = [
    { start: 0x200, end: 0x400 },
    { start: 2 * G1 + 5, end: 2 * G1 + 6 },
  ];
  it('keeps KVM from leaves that it fills in part', () => {
    expect(levels('kvm-6.16', { mmio })).toEqual([
      [0, G1, 2],
      [G1, 2 * G1, 3],
      [2 * G1, 2 * G1 + 0x200, 1],
      [2 * G1 + 0x200, 3 * G1, 2],
      [3 * G1, 4 * G1, 3],
    ]);
  });

  it('is no concern of the architecture', () => {
    expect(levels('sdm', { mmio })).toEqual([[0, 4 * G1, 3]]);
  });
});

describe('types', () => {
  const megabyte = { 0x200: 0x400000n, 0x201: 0xff_fff0_0800n, 0x2ff: 0x806n };
  it.each([
    ['sdm', false],
    ['kvm-5.16', false],
    ['kvm-6.6', true],
  ])('of one megabyte limit its regions, and the next gigabyte is free again, policy %s', (name, dma) => {
    expect(levels(name, { msrs: megabyte, noncoherentDma: dma })).toEqual([
      [0, 0x400, 2],
      [0x400, 0x600, 1],
      [0x600, G1, 2],
      [G1, 4 * G1, 3],
    ]);
  });

  it.each(['kvm-6.6', 'kvm-6.11', 'kvm-6.16'])('do not limit without non-coherent DMA, policy %s', (name) => {
    expect(levels(name, { msrs: megabyte })).toEqual([[0, 4 * G1, 3]]);
  });

  it('that are undefined leave 4 KiB pages', () => {
    const msrs = { 0x200: 4n, 0x201: 0xff_c000_0800n, 0x202: 5n, 0x203: 0xff_c000_0800n, 0x2ff: 0x806n };
    expect(levels('sdm', { msrs })).toEqual([
      [0, G1, 1],
      [G1, 4 * G1, 3],
    ]);
    expect([...open('sdm', { msrs }).spans('leaf', { range: { start: 0, end: G1 + 1 } })]).toEqual([
      { start: 0, end: G1, level: 1, entry: null },
      { start: G1, end: G1 + 1, level: 3, entry: 0x400000b7n },
    ]);
  });

  it('that alternate by page in every other region split just those', () => {
    // Odd pages of odd 2 MiB regions: bits 9 and 0.
    const msrs = { 0x200: 0x201000n, 0x201: 0x201800n, 0x2ff: 0x806n };
    const spans = levels('sdm', { msrs }, G1);
    expect(spans).toHaveLength(512);
    expect(spans.every(([start, , level]) => level === (start! & 0x200 ? 1 : 2))).toBe(true);
  });

  it('that alternate in every other gigabyte split just those', () => {
    const msrs = { 0x200: 0x40201000n, 0x201: 0x40201800n, 0x2ff: 0x806n };
    const spans = levels('sdm', { msrs });
    expect(spans.filter(([, , level]) => level === 3)).toEqual([
      [0, G1, 3],
      [2 * G1, 3 * G1, 3],
    ]);
    expect(spans).toHaveLength(2 + 2 * 512);
  });

  it('of adjacent ranges look to KVM as if they left a gap', () => {
    const halves = { 0x200: 0x400006n, 0x201: 0xff_fff0_0800n, 0x202: 0x500006n, 0x203: 0xff_fff0_0800n };
    const levelAt0x400 = (name: string, msrs: Record<number, bigint>): number =>
      levels(name, { msrs: { ...msrs, 0x2ff: 0x800n }, noncoherentDma: true }, 0x600).at(-1)![2]!;
    expect(levelAt0x400('kvm-5.16', halves)).toBe(1);
    expect(levelAt0x400('kvm-5.16', { 0x200: 0x400006n, 0x201: 0xff_ffe0_0800n })).toBe(2);
    expect(levelAt0x400('sdm', halves)).toBe(2);
  });

  it('of a range that the fixed ranges shadow limit KVM all the same', () => {
    const fixed = [0x250, 0x258, 0x259, ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => 0x268 + n)];
    const all = fixed.map((msr) => [msr, 0x0606060606060606n] as const);
    const msrs = [...all, [0x200, 0n], [0x201, 0xff_ffff_0800n], [0x2ff, 0xc06n]] as const;
    expect(levels('sdm', { msrs }, G1)).toEqual([[0, G1, 3]]);
    expect(levels('kvm-5.16', { msrs }, G1)).toEqual([
      [0, 0x200, 1],
      [0x200, G1, 2],
    ]);
  });

  it('differ at 4 GiB where TOP_MEM2 forces WB, without any range', () => {
    const msrs = { 0xc0010010: 0x600000n, 0xc001001d: 0x1_4080_0000n, 0x2ff: 0x801n };
    expect([...open('sdm', { msrs }).spans('leaf', { range: { start: 3 * G1, end: 6 * G1 } })]).toEqual([
      { start: 3 * G1, end: 4 * G1, level: 3, entry: 0xc000008fn },
      { start: 4 * G1, end: 5 * G1, level: 3, entry: 0x1_0000_00b7n },
      { start: 5 * G1, end: 5 * G1 + 0x800, level: 2, entry: 0x1_4000_00b7n },
      { start: 5 * G1 + 0x800, end: 6 * G1, level: 2, entry: 0x1_4080_008fn },
    ]);
    expect([...open('sdm', { msrs }).spans('mtrr')].map(({ start }) => start)).toEqual([
      0, 0x100000, 0x140800,
    ]);
  });

  it('are looked up from the region that an address lies in, wherever a range starts', () => {
    const view = open('kvm-6.16', { noncoherentDma: true });
    const [span] = [...view.spans('leaf', { range: { start: G1 + 0x123, end: 3 * G1 } })];
    expect(span).toEqual({ start: G1 + 0x123, end: 3 * G1, level: 3, entry: 0x8600000040000bb7n });
  });
});
