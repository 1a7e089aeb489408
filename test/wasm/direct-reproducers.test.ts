/**
 * Layouts on which lookups are known to differ, or to be got wrong: every engine has to give the answers that
 * the manual and the kernels themselves give. Q1..Q10 are the project's names for them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import type { Level, MtrrType, Span, Want } from '../../src/types.ts';
import { UC, WB, WC, WT } from '../../src/types.ts';
import { type Engine, type EngineView, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const G4_1G_HOLE = { 512: 6n, 513: 0x3fff00000800n, 514: 0xc0000000n, 515: 0x3fffc0000800n };

describe.each(backends)('known layouts on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  function open(policyName: string, msrs: Record<number, bigint>, init: Partial<VcpuInit> = {}): EngineView {
    const described = vcpu({ maxphyaddr: 46, noncoherentDma: true, ...init, msrs });
    return engine.open(described, policy(policyName));
  }

  function at(view: EngineView, want: Want, gfn: number): Span {
    return [...view.spans(want, { range: { start: gfn, end: gfn + 1 } })][0]!;
  }

  function typeAt(policyName: string, msrs: Record<number, bigint>, gfn: number): MtrrType {
    return at(open(policyName, msrs), 'mtrr', gfn).type!;
  }

  function levelAt(view: EngineView, gfn: number): Level {
    return at(view, 'levels', gfn).level!;
  }

  function mtrrSpans(policyName: string, msrs: Record<number, bigint>, maxphyaddr: number): number[][] {
    const spans = [...open(policyName, msrs, { maxphyaddr }).spans('mtrr')];
    return spans.map(({ start, end, type }) => [start, end, type!]);
  }

  it('Q1: a UC hole at the top of WB memory, which KVM answers WB', () => {
    const msrs = { ...G4_1G_HOLE, 767: 0xc00n };
    expect(typeAt('sdm', msrs, 0xc0000)).toBe(UC);
    expect(typeAt('kvm-5.16', msrs, 0xc0000)).toBe(WB);
  });

  it('Q1 with the bases swapped: KVM meets UC last and answers UC', () => {
    const registersSwapped = { ...G4_1G_HOLE, 512: 0xc0000000n, 514: 6n, 767: 0xc00n };
    const typesSwapped = { ...G4_1G_HOLE, 512: 0n, 514: 0xc0000006n, 767: 0xc00n };
    expect(typeAt('kvm-5.16', registersSwapped, 0xc0000)).toBe(UC);
    expect(typeAt('kvm-5.16', typesSwapped, 0xc0000)).toBe(UC);
    expect(typeAt('sdm', typesSwapped, 0xc0000)).toBe(UC);
  });

  it.each(['sdm', 'kvm-5.16'])('Q2: WB 0-4G and UC 0-1G at one base, policy %s', (name) => {
    const msrs = { 512: 6n, 513: 0x3fff00000800n, 514: 0n, 515: 0x3fffc0000800n, 767: 0x800n };
    expect(typeAt(name, msrs, 0x10000)).toBe(UC);
    expect(typeAt(name, msrs, 0x80000)).toBe(WB);
  });

  it('Q3: WC, WB and UC over each other; KVM stops before it sees UC', () => {
    const msrs = {
      512: 0xc0000001n,
      513: 0x3fffc0000800n,
      514: 0x80000006n,
      515: 0x3fff80000800n,
      516: 0n,
      517: 0x3fff00000800n,
      767: 0x800n,
    };
    const view = open('sdm', msrs);
    expect(at(view, 'mtrr', 0xc0000).type).toBe(UC);
    expect(view.typeSet(0xc0000)).toEqual([UC, WC, WB]);
    expect(typeAt('kvm-5.16', msrs, 0xc0000)).toBe(WB);
  });

  it('Q4: a mask with a hole matches twice; KVM takes one convex range', () => {
    const msrs = { 512: 6n, 513: 0xf40000800n, 767: 0x800n };
    expect(mtrrSpans('sdm', msrs, 36)).toEqual([
      [0, 0x40000, WB],
      [0x40000, 0x80000, UC],
      [0x80000, 0xc0000, WB],
      [0xc0000, 0x1000000, UC],
    ]);
    expect(mtrrSpans('kvm-5.16', msrs, 36)).toEqual([
      [0, 0xc0000, WB],
      [0xc0000, 0x1000000, UC],
    ]);
  });

  it('Q5: base bits below the mask do not count, but KVM starts there', () => {
    const msrs = { 512: 0x180006n, 513: 0xffff00800n, 767: 0x800n };
    expect(mtrrSpans('sdm', msrs, 36)).toEqual([
      [0, 0x100, UC],
      [0x100, 0x200, WB],
      [0x200, 0x1000000, UC],
    ]);
    expect(mtrrSpans('kvm-5.16', msrs, 36)).toEqual([
      [0, 0x180, UC],
      [0x180, 0x200, WB],
      [0x200, 0x1000000, UC],
    ]);
  });

  it('Q6: a mask of 0 matches every page; for KVM from the base on', () => {
    const msrs = { 512: 0x80000006n, 513: 0x800n, 767: 0x800n };
    expect(mtrrSpans('sdm', msrs, 36)).toEqual([[0, 0x1000000, WB]]);
    expect(mtrrSpans('kvm-5.16', msrs, 36)).toEqual([
      [0, 0x80000, UC],
      [0x80000, 0x1000000, WB],
    ]);
  });

  it('Q7: KVM sees a gap between adjacent ranges that leave none', () => {
    const halves = { 512: 0x400006n, 513: 0x3ffffff00800n, 514: 0x500006n, 515: 0x3ffffff00800n };
    const whole = { 512: 0x400006n, 513: 0x3fffffe00800n };
    const adjacent = open('kvm-5.16', { ...halves, 767: 0x800n });
    expect([...adjacent.spans('mtrr', { range: { start: 0x400, end: 0x600 } })]).toEqual([
      { start: 0x400, end: 0x600, type: WB },
    ]);
    expect(levelAt(adjacent, 0x400)).toBe(1);
    expect(levelAt(open('kvm-5.16', { ...whole, 767: 0x800n }), 0x400)).toBe(2);
    expect(levelAt(open('sdm', { ...halves, 767: 0x800n }), 0x400)).toBe(2);
  });

  it('Q8: a variable range that the fixed ranges shadow still keeps KVM from a large page', () => {
    const fixed = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
    const msrs: Record<number, bigint> = { 512: 0n, 513: 0x3fffffff0800n, 767: 0xc06n };
    for (const msr of fixed) msrs[msr] = 0x0606060606060606n;
    const view = open('kvm-5.16', msrs);
    expect([...view.spans('mtrr')]).toEqual([{ start: 0, end: 2 ** 34, type: WB }]);
    expect(levelAt(view, 0)).toBe(1);
    expect(levelAt(view, 0x200)).toBe(2);
    expect(levelAt(open('sdm', msrs), 0)).toBe(3);
  });

  it('Q9: before 6.0 the MTRRs limit levels though they decide no type', () => {
    const msrs = { 512: 0x400000n, 513: 0x3ffffff00800n, 767: 0x806n };
    const before = open('kvm-5.16', msrs, { noncoherentDma: false });
    expect([...before.spans('ept')]).toEqual([{ start: 0, end: 2 ** 34, type: WB, ipat: 1 }]);
    expect([0x400, 0x600, 0x40000].map((gfn) => levelAt(before, gfn))).toEqual([1, 2, 3]);
    const after = open('kvm-6.6', msrs, { noncoherentDma: false });
    expect([0x400, 0x600, 0x40000].map((gfn) => levelAt(after, gfn))).toEqual([3, 3, 3]);
  });

  it.each([
    ['kvm-5.16', true, { type: WB, ipat: 1 }],
    ['kvm-6.6', true, { type: WB, ipat: 1 }],
    ['kvm-6.7', true, { type: WB, ipat: 0 }],
    ['kvm-6.6', false, { type: UC, ipat: 1 }],
    ['kvm-6.7', false, { type: UC, ipat: 1 }],
  ] as const)('Q10: CR0.CD=1 over WT memory, policy %s, quirk %s', (name, quirk, expected) => {
    const view = open(name, { 767: 0x804n }, { cr0cd: true, quirks: quirk ? ['cd-nw-cleared'] : [] });
    expect([...view.spans('ept')]).toEqual([{ start: 0, end: 2 ** 34, ...expected }]);
    expect([...view.spans('mtrr')]).toEqual([{ start: 0, end: 2 ** 34, type: WT }]);
  });
});
