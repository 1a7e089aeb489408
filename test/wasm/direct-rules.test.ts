/** Tables of the manual and of KVM, cell by cell: overlaps, the fold over pairs and triples, PAT, policies. */
import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { MEMORY_TYPES, type MemoryType, PAT_TYPES, UC, WB, WC, WP, WT } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';

const engine = createDirectEngine(loadWasm());
const SPACE = 0xff_ffff_f000n;

function open(name: string, init: Partial<VcpuInit>): EngineView {
  return engine.open(vcpu({ maxphyaddr: 40, ...init }), policy(name));
}

/** Ranges of these types that all hold the last frame below 2 MiB, the first with the highest base. */
function nested(types: readonly MemoryType[]): Record<number, bigint> {
  const msrs: Record<number, bigint> = { 0x2ff: 0x801n };
  types.forEach((type, n) => {
    const size = 0x1000n << BigInt(n);
    msrs[0x200 + 2 * n] = (0x200000n - size) | BigInt(type);
    msrs[0x201 + 2 * n] = (SPACE & ~(size - 1n)) | 0x800n;
  });
  return msrs;
}

const PAIRS = MEMORY_TYPES.flatMap((a) => MEMORY_TYPES.map((b) => [a, b] as const));
const TRIPLES = PAIRS.flatMap(([a, b]) => MEMORY_TYPES.map((c) => [a, b, c] as const));

/** By the type of the higher base: types by that of the lower one, columns UC WC WT WP WB. */
const KVM_PAIRS: Record<MemoryType, string> = {
  [UC]: '06666',
  [WC]: '01666',
  [WT]: '06464',
  [WP]: '06656',
  [WB]: '06466',
};

function kvmPair(higher: MemoryType, lower: MemoryType): MemoryType {
  return Number(KVM_PAIRS[higher][MEMORY_TYPES.indexOf(lower)]) as MemoryType;
}

/** Two types that differ end the walk, unless they are WB and WT. */
function kvmTriple(a: MemoryType, b: MemoryType, c: MemoryType): MemoryType {
  const first = kvmPair(a, b);
  const goesOn = a === b || (a === WB && b === WT) || (a === WT && b === WB);
  return goesOn ? kvmPair(first, c) : first;
}

describe('overlapping ranges', () => {
  it('of any three types give what the manual says, or nothing', () => {
    for (const types of TRIPLES) {
      const distinct = new Set(types);
      const view = open('sdm', { msrs: nested(types) });
      let expected: number = 0xff;
      if (distinct.has(UC)) expected = UC;
      else if (distinct.size === 1) expected = types[0];
      else if (distinct.size === 2 && distinct.has(WB) && distinct.has(WT)) expected = WT;
      expect([types, view.types(0x1ff, 1)[0]]).toEqual([types, expected]);
      expect([...view.spans('mtrr', { range: { start: 0x1ff, end: 0x200 } })][0]!.type! & 0xff).toBe(
        expected,
      );
      expect(view.typeSet(0x1ff)).toEqual([...distinct].sort((a, b) => a - b));
      view.dispose();
    }
  });

  it('of any two or three types are folded by KVM from the highest base down', () => {
    for (const types of [...PAIRS, ...TRIPLES]) {
      const [a, b, c] = types;
      const expected = c === undefined ? kvmPair(a, b) : kvmTriple(a, b, c);
      const view = open('kvm-5.16', { msrs: nested(types), noncoherentDma: true });
      expect([types, view.types(0x1ff, 1)[0]]).toEqual([types, expected]);
      expect([types, [...view.spans('mtrr', { range: { start: 0x1ff, end: 0x200 } })][0]!.type]).toEqual([
        types,
        expected,
      ]);
      view.dispose();
    }
  });

  it('at one base come to KVM by type, the highest first', () => {
    const atOneBase = (types: readonly MemoryType[]): number => {
      const msrs: Record<number, bigint> = { 0x2ff: 0x801n };
      types.forEach((type, n) => {
        msrs[0x200 + 2 * n] = 0x200000n | BigInt(type);
        msrs[0x201 + 2 * n] = 0xff_ffff_f800n;
      });
      return open('kvm-5.16', { msrs, noncoherentDma: true }).types(0x200, 1)[0]!;
    };
    for (const type of MEMORY_TYPES) {
      expect(atOneBase([UC, type])).toBe(UC);
      expect(atOneBase([type, UC])).toBe(UC);
    }
    expect(atOneBase([WB, WC, UC])).toBe(WB);
    expect(atOneBase([UC, WT, WB])).toBe(UC);
  });
});

it('every memory type combines with every PAT type as in the manual', () => {
  // Intel SDM vol. 3A, "Effective Page-Level Memory Types"; columns UC WC WT WP WB UC-.
  const rows: Record<MemoryType, string> = {
    [UC]: '010000',
    [WC]: '010011',
    [WT]: '014540',
    [WB]: '014560',
    [WP]: '014551',
  };
  for (const type of MEMORY_TYPES) {
    const view = open('sdm', { msrs: { 0x2ff: 0x800n | BigInt(type) } });
    const row = PAT_TYPES.map((pat) => [...view.spans('effective', { pat })][0]!.type).join('');
    expect([type, row]).toEqual([type, rows[type]]);
    const ignoring = open('kvm-5.16', { msrs: { 0x2ff: 0x800n | BigInt(type) } });
    for (const pat of PAT_TYPES) expect([...ignoring.spans('effective', { pat })][0]!.type).toBe(WB);
    const uncached = open('sdm', { msrs: { 0x2ff: 0x800n | BigInt(type) }, cr0cd: true });
    expect([...uncached.spans('effective', { pat: WC })][0]!.type).toBe(UC);
    expect([...uncached.spans('ept')][0]!.type).toBe(type);
  }
});

describe('KVM by release', () => {
  /** Low bits of the entry by release: MTRR type WP, default quirks; the last column with that switch. */
  const value = (name: string, init: Partial<VcpuInit>): string => {
    const { type, ipat } = [...open(name, { msrs: { 0x2ff: 0x805n }, ...init }).spans('ept')].at(-1)!;
    return `0x${((type! << 3) | (ipat! << 6)).toString(16)}`;
  };
  const dma = { noncoherentDma: true };
  const withCd = { ...dma, cr0cd: true };

  it.each([
    ['kvm-4.7', '0x70', '0x70', '0x70', '0x40', '0x28'],
    ['kvm-6.6', '0x70', '0x70', '0x70', '0x40', '0x28'],
    ['kvm-6.7', '0x70', '0x70', '0x30', '0x40', '0x28'],
    ['kvm-6.10', '0x70', '0x70', '0x30', '0x40', '0x28'],
    ['kvm-6.11-rc3', '0x30', '0x70', '0x30', '0x30', '0x30'],
    ['kvm-6.11', '0x70', '0x70', '0x30', '0x30', '0x30'],
    ['kvm-6.12.77', '0x70', '0x70', '0x30', '0x30', '0x30'],
    ['kvm-6.12.78', '0x70', '0x70', '0x30', '0x30', '0x30'],
    ['kvm-6.16', '0x70', '0x70', '0x30', '0x30', '0x30'],
  ])('%s', (name, coherent, withoutSnoop, cacheDisabled, quirkOff, otherwise) => {
    expect(value(name, {})).toBe(coherent);
    expect(value(name, { selfSnoop: false })).toBe(withoutSnoop);
    expect(value(name, withCd)).toBe(cacheDisabled);
    expect(value(name, { ...withCd, quirks: [] })).toBe(quirkOff);
    expect(value(name, dma)).toBe(otherwise);
    expect(value(name, { cr0cd: true, quirks: ['ignore-guest-pat'] })).toBe(coherent);
    for (const init of [{}, withCd, dma]) {
      expect(value(name, { ...init, mmio: [{ start: 0x100000, end: 2 ** 28 }] })).toBe('0x0');
    }
  });

  it('the guest PAT counts where the quirk is off and the CPU has self-snoop', () => {
    expect(value('kvm-6.16', { quirks: [] })).toBe('0x30');
    expect(value('kvm-6.16', { quirks: [], selfSnoop: false })).toBe('0x70');
    expect(value('kvm-6.11', { quirks: [] })).toBe('0x70');
  });
});

describe('a leaf entry', () => {
  const slot = (readonly: boolean) => [{ gfn: 0x345, count: 1, pfn: 0x12345, readonly }];
  const large = [{ gfn: 0x200, count: 0x200, pfn: 0x12200 }];
  const entry = (name: string, init: Partial<VcpuInit>): string => {
    const leaf = [...open(name, init).spans('leaf')].find(({ level }) => level! > 0)!;
    return `0x${leaf.entry!.toString(16)}`;
  };

  it.each([
    ['kvm-5.16', { slots: slot(false) }, '0x600000012345b77'],
    ['kvm-5.16', { slots: slot(true) }, '0x12345975'],
    ['kvm-6.16', { slots: slot(false), quirks: [] }, '0x8600000012345b37'],
    ['kvm-5.16', { slots: large }, '0x600000012200bf7'],
    ['kvm-5.16', { slots: slot(false), mmio: [{ start: 0x345, end: 0x346 }] }, '0x600000012345b07'],
    ['kvm-6.9', { slots: slot(false) }, '0x600000012345b77'],
    ['kvm-6.10', { slots: slot(false) }, '0x8600000012345b77'],
    ['sdm', { slots: slot(false), msrs: { 0x2ff: 0x806n } }, '0x12345037'],
    ['sdm', { slots: slot(true), msrs: { 0x2ff: 0x804n } }, '0x12345025'],
    ['sdm', { slots: large, msrs: { 0x2ff: 0x806n } }, '0x122000b7'],
  ] as const)('of %s with %o', (name, init, expected) => expect(entry(name, init)).toBe(expected));

  it.each(['sdm', 'kvm-5.16', 'kvm-6.16'])('of 4 KiB is the same in a tile, policy %s', (name) => {
    const slots = [
      { gfn: 3, count: 20, pfn: 0x1000, maxLevel: 1 as const },
      { gfn: 30, count: 5, pfn: 0x5000, readonly: true },
    ];
    const view = open(name, { slots, mmio: [{ start: 5, end: 8 }], msrs: { 0x2ff: 0x806n } });
    const entries = [...view.entries(0, 40)];
    const leaves = entries.map(
      (_, gfn) => [...view.spans('leaf', { range: { start: gfn, end: gfn + 1 } })][0]!,
    );
    expect(entries).toEqual(leaves.map((leaf) => leaf.entry));
    expect(entries.filter((one) => one === 0n)).toHaveLength(15);
  });
});

it('forces WB from 4 GiB to TOP_MEM2 where AMD switches it on, as the default only', () => {
  const spans = (syscfg: bigint, top: bigint): number[][] =>
    [
      ...open('sdm', {
        msrs: {
          0xc0010010: syscfg,
          0xc001001d: top,
          0x200: 0x1_2000_0004n,
          0x201: 0xff_f000_0800n,
          0x2ff: 0x801n,
        },
      }).spans('mtrr'),
    ].map(({ start, end, type }) => [start, end, type!]);
  const off = [
    [0, 0x120000, WC],
    [0x120000, 0x130000, WT],
    [0x130000, 2 ** 28, WC],
  ];
  expect(spans(0x600000n, 0x1_40ff_ffffn)).toEqual([
    [0, 0x100000, WC],
    [0x100000, 0x120000, WB],
    [0x120000, 0x130000, WT],
    [0x130000, 0x140800, WB],
    [0x140800, 2 ** 28, WC],
  ]);
  expect(spans(0x200000n, 0x1_4080_0000n)).toEqual(off);
  expect(spans(0x400000n, 0x1_4080_0000n)).toEqual(off);
  expect(spans(0x600000n, 0x1_0000_0000n)).toEqual(off);
  expect(spans(0x600000n, 0x100_0000_0000n + 0x8000_0000n)).toEqual(off);
  expect(
    open('kvm-5.16', { msrs: { 0xc0010010: 0x600000n, 0xc001001d: 0x1_4080_0000n, 0x2ff: 0x805n } }).typeSet(
      0x100000,
    ),
  ).toEqual([WP]);
});
