/** Guests that make the Wasm work in different ways. */
import type { VcpuInit } from '../../src/vm/index.ts';

type Writes = readonly (readonly [msr: number, value: bigint])[];

/** Frames. */
export const MIB = 2 ** 8;
/** Frames. */
export const GIB = 2 ** 18;
/** Address bits of all of them. */
export const WIDTH = 40;
const ADDRESSES = (1n << BigInt(WIDTH)) - 0x1000n;
const [UC, WC, WT, WB] = [0, 1, 4, 6];

const many = <T>(count: number, one: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at));

/** Variable ranges over a default of WB: base, type, and the address bits that the mask leaves open. */
const ranges = (...all: readonly (readonly [base: number, type: number, open: number])[]): Writes => [
  ...all.flatMap(([base, type, open], index): [number, bigint][] => [
    [0x200 + 2 * index, BigInt(base + type)],
    [0x201 + 2 * index, (ADDRESSES & ~BigInt(open)) | 0x800n],
  ]),
  [0x2ff, 0x806n],
];

/** Fixed ranges of two types in turn. */
const fixed = (even: bigint, odd: bigint): Writes => [
  ...[0x250, 0x258, 0x259, ...many(8, (at) => 0x268 + at)].map((msr): [number, bigint] => [
    msr,
    even * 0x0001_0001_0001_0001n + odd * 0x0100_0100_0100_0100n,
  ]),
  [0x2ff, 0xc06n],
];

const WHOLE = [{ gfn: 0, count: 64 * GIB, pfn: 0 }];
const PLAIN = ranges([0, WB, 0x3fff_ffff], [0x4000_0000, UC, 0x0fff_ffff], [0x5000_0000, WT, 0xff_ffff]);
const HOST = ranges(...many(8, (at) => [at * 0x1080_0000, [UC, WC][at % 2]!, 0x7f_ffff] as const));
/** By what is peculiar to them. */
export const MACHINES: Readonly<Record<string, Partial<VcpuInit>>> = {
  'no range': { msrs: ranges(), slots: WHOLE },
  'ranges switched off': { msrs: [...PLAIN, [0x2ff, 0x406n]], slots: WHOLE },
  'a few ranges': { msrs: PLAIN, slots: WHOLE },
  'ranges of one type': {
    msrs: ranges(...many(8, (at) => [at * 0x1000_0000, WT, 0x0fff_ffff] as const)),
    slots: WHOLE,
  },
  '40 ranges': {
    msrs: ranges(
      ...many(40, (at) => [(39 - at) * 0x200_0000, [UC, WB, WT, WC][at % 4]!, 0x1ff_ffff] as const),
    ),
    slots: WHOLE,
    vcnt: 40,
  },
  '10 ranges': {
    msrs: ranges(...many(10, (at) => [at * 0x1000_0000, [UC, WT][at % 2]!, 0x0fff_ffff] as const)),
    slots: WHOLE,
    vcnt: 10,
  },
  '10 masks with holes': {
    msrs: ranges(...many(10, (at) => [at * 0x1000_0000, [WT, WB][at % 2]!, 0x5000 << (at % 9)] as const)),
    slots: WHOLE,
    vcnt: 10,
  },
  'masks with holes': {
    msrs: ranges(
      [0x4000_0000, UC, 0x0001_5000],
      [0x4010_0000, WT, 0x0002_a000],
      [0x0060_0000, WC, 0x1_0140_5000],
      [0x8000_0000, WB, 0x3f5f_f000],
      [0x0, WT, 0xf_d55f_f000],
    ),
    slots: WHOLE,
  },
  '16 masks with holes': {
    msrs: ranges(
      ...many(
        16,
        (at) => [at * 0x1000_0000, [UC, WB, WT, WC][at % 4]!, 0x5000 * 2 ** (at % 9) + 0xd000_0000] as const,
      ),
    ),
    slots: WHOLE,
    vcnt: 16,
  },
  'fixed ranges of one type': { msrs: fixed(6n, 6n), slots: WHOLE },
  'fixed ranges of two types': { msrs: fixed(6n, 0n), slots: WHOLE },
  TOM2: { msrs: [...PLAIN, [0xc0010010, 0x60_0000n], [0xc001001d, 0x8_0000_0000n]], slots: WHOLE },
  'a host with ranges': { msrs: PLAIN, slots: WHOLE, hostMsrs: HOST },
  'an AMD host': { msrs: PLAIN, slots: WHOLE, hostMsrs: HOST, vendor: 'amd' },
  'TOM2 of 4 GiB': {
    msrs: [...PLAIN, [0xc0010010, 0x60_0000n], [0xc001001d, 0x1_0000_0000n]],
    slots: WHOLE,
  },
  '500 slots': { msrs: PLAIN, slots: many(500, (at) => ({ gfn: 8 * at, count: 5, pfn: 8 * at })) },
  '500 devices': {
    msrs: PLAIN,
    slots: WHOLE,
    mmio: many(500, (at) => ({ start: 8 * at, end: 8 * at + 5 })),
  },
};
