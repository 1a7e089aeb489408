/**
 * Xen's entries where the host's own MTRRs are stated, worked out by hand: `epte_get_entry_emt` of
 * xen/arch/x86/mm/p2m-ept.c and `mm_type_tbl` of xen/arch/x86/hvm/mtrr.c, for a guest with a passed-through device.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { type MemoryType, UC, WB, WC, WP, WT } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { hostAssumptions, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const XEN = policy('peer-xen-ept');
const E = 0x800n;
const V = 0x800n;
/** Mask of a 1 GiB range in 36 address bits. */
const GIB_MASK = 0xfc0000000n | V;

/** Guest type by row, host type by column, as the columns UC, WC, WT, WP, WB of the table. */
const COLUMNS = [UC, WC, WT, WP, WB] as const;
const MERGED: readonly (readonly [MemoryType, readonly MemoryType[]])[] = [
  [UC, [UC, UC, UC, UC, UC]],
  [WC, [UC, WC, UC, UC, WC]],
  [WT, [UC, UC, WT, WP, WT]],
  [WP, [UC, UC, WP, WP, WP]],
  [WB, [UC, WC, WT, WP, WB]],
];

const GUEST: VcpuInit = { maxphyaddr: 36, noncoherentDma: true };

describe.each(backends.map((backend) => [backend.name, backend] as const))(
  'Xen with a host, %s',
  (_, backend) => {
    let engine: Engine;
    beforeAll(() => {
      engine = backend.create();
    });
    afterAll(() => engine.dispose());

    const opened = (init: Partial<VcpuInit>): EngineView => engine.open(vcpu({ ...GUEST, ...init }), XEN);
    const spansOf = (init: Partial<VcpuInit>, start: number, end: number) =>
      [...opened(init).spans('ept', { range: { start, end } })].map((one) => [
        one.start,
        one.end,
        one.type,
        one.ipat,
      ]);
    const byDefault = (type: MemoryType) => ({ 0x2ff: E | BigInt(type) });

    it.each(MERGED)('guest type %i: mm_type_tbl by host type', (guest, row) => {
      const types = COLUMNS.map((host) => {
        const view = opened({ msrs: byDefault(guest), hostMsrs: byDefault(host) });
        expect([...view.types(0x1000, 1)]).toEqual([...view.typesOf(Float64Array.of(0x1000))]);
        return view.types(0x1000, 1)[0];
      });
      expect(types).toEqual(row);
    });

    it("looks at the host's frame, which the slot names", () => {
      // The host is WC at 3 to 4 GiB; guest frames from 1 GiB on lie there, those below 1 GiB stay where they are.
      const hostMsrs = { 0x2ff: E | BigInt(WB), 0x200: 0xc0000001n, 0x201: 0xfffc0000800n };
      const slots = [
        { gfn: 0, count: 0x40000, pfn: 0 },
        { gfn: 0x40000, count: 0x1000, pfn: 0xc0000 },
      ];
      expect(spansOf({ msrs: byDefault(WB), hostMsrs, slots }, 0x3f000, 0x42000)).toEqual([
        [0x3f000, 0x40000, WB, 0],
        [0x40000, 0x41000, WC, 0],
        // Nothing is mapped from here on: no host frame, the guest's type.
        [0x41000, 0x42000, WB, 0],
      ]);
      // By the same numbers without slots: frame 0x40000 of the host is WB.
      expect(spansOf({ msrs: byDefault(WB), hostMsrs }, 0x3f000, 0x42000)).toEqual([
        [0x3f000, 0x42000, WB, 0],
      ]);
    });

    it("reads the host by Xen's lookup, where the manual has no answer: the last register that matches", () => {
      const pair = (type: MemoryType) => ({ 0x200: 0x40000000n | BigInt(type), 0x201: GIB_MASK });
      const hostMsrs = {
        ...byDefault(WB),
        ...pair(WC),
        0x202: 0x40000000n | BigInt(WP),
        0x203: GIB_MASK,
      };
      expect(spansOf({ msrs: byDefault(WB), hostMsrs }, 0x40000, 0x40001)).toEqual([
        [0x40000, 0x40001, WP, 0],
      ]);
    });

    it("takes the host's fixed ranges and its E=0", () => {
      const fixed = {
        0x2ff: E | 0x400n | BigInt(WB),
        0x259: 0x0n,
        0x250: 0x0606060606060606n,
        0x258: 0x0101010101010101n,
      };
      expect(spansOf({ msrs: byDefault(WB), hostMsrs: fixed }, 0x7f, 0xc0)).toEqual([
        [0x7f, 0x80, WB, 0],
        [0x80, 0xa0, WC, 0],
        [0xa0, 0xc0, UC, 0],
      ]);
      expect(spansOf({ msrs: byDefault(WB), hostMsrs: {} }, 0x7f, 0xc0)).toEqual([[0x7f, 0xc0, UC, 0]]);
    });

    it('leaves direct MMIO UC, and a guest without a device WB + IPAT', () => {
      const init = { msrs: byDefault(WB), hostMsrs: byDefault(WT), mmio: [{ start: 0x100, end: 0x200 }] };
      expect(spansOf(init, 0xff, 0x201)).toEqual([
        [0xff, 0x100, WT, 0],
        [0x100, 0x200, UC, 0],
        [0x200, 0x201, WT, 0],
      ]);
      expect(spansOf({ ...init, noncoherentDma: false }, 0x200, 0x201)).toEqual([[0x200, 0x201, WB, 1]]);
    });

    it('merges below masks with holes, on both sides', () => {
      // Guest: WC where bit 20 is 0, below 4 MiB. Host: WT where bit 21 is 0, below 8 MiB.
      const holed = (limit: bigint, hole: bigint, type: MemoryType, width: bigint) => ({
        ...byDefault(WB),
        0x200: BigInt(type),
        0x201: ((1n << width) - limit) | hole | V,
      });
      const init = {
        msrs: holed(1n << 22n, 1n << 20n, WC, 36n),
        hostMsrs: holed(1n << 23n, 1n << 21n, WT, 52n),
      };
      expect(spansOf(init, 0, 0x900)).toEqual([
        [0, 0x100, UC, 0],
        [0x100, 0x200, WT, 0],
        [0x200, 0x300, WC, 0],
        [0x300, 0x400, WB, 0],
        [0x400, 0x600, WT, 0],
        [0x600, 0x900, WB, 0],
      ]);
      const totals = new Map(
        opened(init)
          .totals('ept')
          .map(({ type, pages }) => [type, pages]),
      );
      expect(totals.get(UC)).toBe(0x100n);
      expect(totals.get(WT)).toBe(0x300n);
      expect(totals.get(WC)).toBe(0x100n);
    });

    it('refuses a host whose masks cut all memory into stretches where a device makes its types count, and else answers', () => {
      // Of a frame's bits the mask looks at bit 2 alone: a type ends every four frames.
      const init = { hostMsrs: { 0x2ff: E | BigInt(WB), 0x200: 0n, 0x201: 0x4000n | V } };
      const REFUSED = /^hostMsrs: cut the guest's memory into more than 65536 stretches/;
      expect(() => [...opened(init).spans('ept', {})]).toThrow(REFUSED);
      expect([...opened({ ...init, noncoherentDma: false }).spans('ept', {})]).toEqual([
        { start: 0, end: 0x1000000, type: WB, ipat: 1 },
      ]);
      const narrow = [{ gfn: 0, count: 16, pfn: 0 }];
      expect([...opened({ ...init, msrs: byDefault(WB), slots: narrow }).spans('ept', {})]).toEqual([
        { start: 0, end: 4, type: UC, ipat: 0 },
        { start: 4, end: 8, type: WB, ipat: 0 },
        { start: 8, end: 12, type: UC, ipat: 0 },
        { start: 12, end: 0x1000000, type: WB, ipat: 0 },
      ]);
    });

    it("counts stretches of the host's types, however many slots there are", () => {
      const slots = Array.from({ length: 32_764 }, (_, at) => ({ gfn: 2 * at, count: 1, pfn: 2 * at }));
      const init = { msrs: byDefault(WB), hostMsrs: byDefault(WT), slots };
      const totals = opened(init).totals('ept', { range: { start: 0, end: 0x10000 } });
      expect(totals.map(({ type, pages }) => [type, pages])).toEqual([
        [WT, 32_764n],
        [WB, 0x10000n - 32_764n],
      ]);
    });

    it("refuses what no host holds at the host's register", () => {
      expect(() => opened({ hostMsrs: { 0x2ff: 0x807n } })).toThrow(
        '#GP: WRMSR 0x2ff <- 0x807 is refused, so that no host holds it',
      );
      // A write of the guest's that is refused as well comes first: a request is looked at from its own vCPU on.
      expect(() => opened({ msrs: { 0x277: 2n }, hostMsrs: { 0x2ff: 0x807n } })).toThrow(
        /^#GP: WRMSR 0x277 <- 0x2 is refused$/,
      );
      // Nobody reads the host's registers under the lookup alone.
      const lookup = engine.open(vcpu({ ...GUEST, hostMsrs: { 0x2ff: 0x807n } }), policy('peer-xen'));
      expect([...lookup.spans('ept')]).toHaveLength(1);
    });
  },
);

describe("what is taken on trust of Xen's host", () => {
  const stated = vcpu({ ...GUEST, hostMsrs: { 0x2ff: 0x806n } });
  it('is said where types are merged with those of a host that is not stated', () => {
    expect(hostAssumptions(vcpu(GUEST), XEN, ['ept']).join()).toMatch(
      /not stated \(hostMsrs\) and taken to be the guest's/,
    );
    expect(hostAssumptions(vcpu(GUEST), XEN, [])).toHaveLength(1);
    expect(hostAssumptions(vcpu(GUEST), XEN, ['mtrr'])).toEqual([]);
    expect(hostAssumptions(stated, XEN, ['ept'])).toEqual([]);
    expect(hostAssumptions(vcpu({ maxphyaddr: 36 }), XEN, ['ept'])).toEqual([]);
    expect(XEN.assumptions).toEqual([]);
  });
});
