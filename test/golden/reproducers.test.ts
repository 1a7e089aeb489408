/** Small register settings on which manual and kernels are known to part, or seem to, one name each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { UC, WB, WC, WT } from '../../src/types.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const KVM = 'kvm-5.16';

describe.each(backends)('reproducers on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  function single(init: VcpuInit, name: string, want: 'mtrr' | 'ept' | 'levels', gfn: number) {
    const view = engine.open(vcpu(init), policy(name));
    const [span] = [...view.spans(want, { range: { start: gfn, end: gfn + 1 } })];
    view.dispose();
    return span!;
  }
  const typeAt = (init: VcpuInit, name: string, gfn: number) => single(init, name, 'mtrr', gfn).type;
  const levelAt = (init: VcpuInit, name: string, gfn: number) => single(init, name, 'levels', gfn).level;
  const typesOf = (init: VcpuInit, name: string) => {
    const view = engine.open(vcpu(init), policy(name));
    const spans = [...view.spans('mtrr')].map(({ start, end, type }) => [start, end, type]);
    view.dispose();
    return spans;
  };

  it('Q1: UC above a WB range with a lower base is lost in KVM, and found with the bases swapped', () => {
    const init = {
      maxphyaddr: 46,
      msrs: { 0x200: 6n, 0x201: 0x3fff00000800n, 0x202: 0xc0000000n, 0x203: 0x3fffc0000800n, 0x2ff: 0xc00n },
    };
    expect(typeAt(init, 'sdm', 0xc0000)).toBe(UC);
    expect(typeAt(init, KVM, 0xc0000)).toBe(WB);
    const swapped = {
      maxphyaddr: 46,
      msrs: {
        0x200: 0xc0000006n,
        0x201: 0x3fffc0000800n,
        0x202: 0n,
        0x203: 0x3fff00000800n,
        0x2ff: 0xc00n,
      },
    };
    expect(typeAt(swapped, KVM, 0xc0000)).toBe(UC);
    expect(typeAt(swapped, 'sdm', 0xc0000)).toBe(UC);
  });

  it('Q2: at one base UC wins over one other range, in both', () => {
    const init = {
      maxphyaddr: 46,
      msrs: { 0x200: 6n, 0x201: 0x3fff00000800n, 0x202: 0n, 0x203: 0x3fffc0000800n, 0x2ff: 0xc00n },
    };
    for (const name of ['sdm', KVM]) {
      expect(typeAt(init, name, 0x10000)).toBe(UC);
      expect(typeAt(init, name, 0x80000)).toBe(WB);
    }
  });

  it('Q3: KVM stops at WC over WB and never sees the UC below', () => {
    const init = {
      maxphyaddr: 46,
      msrs: {
        0x200: 0xc0000001n,
        0x201: 0x3fffc0000800n,
        0x202: 0x80000006n,
        0x203: 0x3fff80000800n,
        0x204: 0n,
        0x205: 0x3fff00000800n,
        0x2ff: 0xc06n,
      },
    };
    expect(typeAt(init, 'sdm', 0xc0000)).toBe(UC);
    expect(typeAt(init, KVM, 0xc0000)).toBe(WB);
  });

  it('Q4: a hole in a mask is two stretches, one convex range in KVM', () => {
    const init = { maxphyaddr: 36, msrs: { 0x200: 6n, 0x201: 0xf40000800n, 0x2ff: 0x800n } };
    expect(typesOf(init, 'sdm')).toEqual([
      [0, 0x40000, WB],
      [0x40000, 0x80000, UC],
      [0x80000, 0xc0000, WB],
      [0xc0000, 0x1000000, UC],
    ]);
    expect(typesOf(init, KVM)).toEqual([
      [0, 0xc0000, WB],
      [0xc0000, 0x1000000, UC],
    ]);
  });

  it('Q5: a base off its size is rounded down by the mask, and starts where it says in KVM', () => {
    const init = { maxphyaddr: 36, msrs: { 0x200: 0x180006n, 0x201: 0xffff00800n, 0x2ff: 0x800n } };
    expect(typesOf(init, 'sdm')).toEqual([
      [0, 0x100, UC],
      [0x100, 0x200, WB],
      [0x200, 0x1000000, UC],
    ]);
    expect(typesOf(init, KVM)).toEqual([
      [0, 0x180, UC],
      [0x180, 0x200, WB],
      [0x200, 0x1000000, UC],
    ]);
  });

  it('Q6: a mask of 0 matches every page, and reaches from the base to the end in KVM', () => {
    const init = { maxphyaddr: 36, msrs: { 0x200: 0x80000006n, 0x201: 0x800n, 0x2ff: 0x800n } };
    expect(typesOf(init, 'sdm')).toEqual([[0, 0x1000000, WB]]);
    expect(typesOf(init, KVM)).toEqual([
      [0, 0x80000, UC],
      [0x80000, 0x1000000, WB],
    ]);
  });

  it('Q7: two adjacent WB ranges fill 2 MiB, yet KVM maps them by 4 KiB', () => {
    const two = {
      maxphyaddr: 46,
      noncoherentDma: true,
      msrs: {
        0x200: 0x400006n,
        0x201: 0x3ffffff00800n,
        0x202: 0x500006n,
        0x203: 0x3ffffff00800n,
        0x2ff: 0x800n,
      },
    };
    expect(typesOf(two, KVM)).toContainEqual([0x400, 0x600, WB]);
    expect(levelAt(two, KVM, 0x400)).toBe(1);
    expect(levelAt(two, 'sdm', 0x400)).toBe(2);
    const one = { ...two, msrs: { 0x200: 0x400006n, 0x201: 0x3fffffe00800n, 0x2ff: 0x800n } };
    expect(levelAt(one, KVM, 0x400)).toBe(2);
  });

  it('Q8: a UC range that the fixed ranges shadow keeps KVM from 2 MiB at 0', () => {
    const fixed = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
    const init = {
      maxphyaddr: 46,
      noncoherentDma: true,
      msrs: [
        ...fixed.map((msr) => [msr, 0x0606060606060606n] as const),
        [0x200, 0n] as const,
        [0x201, 0x3fffffff0800n] as const,
        [0x2ff, 0xc06n] as const,
      ],
    };
    for (const name of ['sdm', KVM]) expect(typesOf(init, name)).toEqual([[0, 2 ** 34, WB]]);
    expect(levelAt(init, KVM, 0)).toBe(1);
    expect(levelAt(init, 'sdm', 0)).toBe(3);
  });

  it('Q9: KVM before 6.0 limits levels by MTRRs that it does not use', () => {
    const init = { maxphyaddr: 46, msrs: { 0x200: 0x400000n, 0x201: 0x3ffffff00800n, 0x2ff: 0x806n } };
    for (const gfn of [0, 0x400, 0x600, 0x40000]) {
      expect(single(init, KVM, 'ept', gfn)).toMatchObject({ type: WB, ipat: 1 });
    }
    expect([0x400, 0x600, 0x40000].map((gfn) => levelAt(init, KVM, gfn))).toEqual([1, 2, 3]);
    expect([0x400, 0x600, 0x40000].map((gfn) => levelAt(init, 'kvm-6.6', gfn))).toEqual([3, 3, 3]);
  });

  it.each([
    ['kvm-5.16', { type: WB, ipat: 1 }],
    ['kvm-6.6', { type: WB, ipat: 1 }],
    ['kvm-6.7', { type: WB, ipat: 0 }],
    ['kvm-6.10', { type: WB, ipat: 0 }],
  ])('Q10: CR0.CD=1 with non-coherent DMA on %s', (name, withQuirk) => {
    const init = { maxphyaddr: 46, msrs: { 0x2ff: 0x804n }, cr0cd: true, noncoherentDma: true };
    expect(single(init, name, 'ept', 0x1234)).toMatchObject(withQuirk);
    expect(single({ ...init, quirks: [] }, name, 'ept', 0x1234)).toMatchObject({ type: UC, ipat: 1 });
    expect(single({ ...init, cr0cd: false }, name, 'ept', 0x1234)).toMatchObject({ type: WT, ipat: 0 });
  });

  it('names the types that collide where the manual defines none', () => {
    const msrs = {
      0x200: 0x200001n,
      0x201: 0xfffe00800n,
      0x202: 0x200004n,
      0x203: 0xfffe00800n,
      0x2ff: 0x806n,
    };
    const view = engine.open(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
    expect(view.typeSet(0x200)).toEqual([WC, WT]);
    expect(view.typeSet(0x1ff)).toEqual([WB]);
    expect([...view.types(0x1ff, 2)]).toEqual([WB, 0xff]);
    expect([...view.entries(0x1ff, 2)]).toEqual([0x1ff037n, 0x20003fn]);
    view.dispose();
  });
});
