/** Leaf entries and the rows of KVM's rule table, as literals. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy, type Quirk } from '../../src/policy/index.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

type Switches = Pick<VcpuInit, 'noncoherentDma' | 'cr0cd' | 'selfSnoop'> & { quirks?: readonly Quirk[] };

const DMA = { noncoherentDma: true };
const CD = { noncoherentDma: true, cr0cd: true };
const CD_QUIRK: readonly Quirk[] = ['cd-nw-cleared'];
const PAT_QUIRK: readonly Quirk[] = ['ignore-guest-pat'];

/** Bits 6:3 of the entry under a default type of WT: columns of the rule table, by release. */
const ROWS: readonly (readonly [string, Switches, number])[] = [
  ['kvm-4.7', {}, 0x70],
  ['kvm-4.7', DMA, 0x20],
  ['kvm-4.7', CD, 0x70],
  ['kvm-4.7', { ...CD, quirks: [] }, 0x40],
  ['kvm-4.7', { ...CD, quirks: PAT_QUIRK }, 0x40],
  ['kvm-4.7', { cr0cd: true }, 0x70],
  ['kvm-4.7', { quirks: [], selfSnoop: false }, 0x70],
  ['kvm-6.6.200', CD, 0x70],
  ['kvm-6.7', {}, 0x70],
  ['kvm-6.7', DMA, 0x20],
  ['kvm-6.7', CD, 0x30],
  ['kvm-6.7', { ...CD, quirks: [] }, 0x40],
  ['kvm-6.10', CD, 0x30],
  ['kvm-6.11-rc', {}, 0x30],
  ['kvm-6.11-rc3', { selfSnoop: false }, 0x70],
  ['kvm-6.11-rc7', { ...DMA, selfSnoop: false }, 0x30],
  ['kvm-6.11', {}, 0x70],
  ['kvm-6.11', { quirks: [] }, 0x70],
  ['kvm-6.11', DMA, 0x30],
  ['kvm-6.11', { ...CD, quirks: [] }, 0x30],
  ['kvm-6.12.77', { quirks: CD_QUIRK }, 0x70],
  ['kvm-6.12.78', { quirks: CD_QUIRK }, 0x30],
  ['kvm-6.16', {}, 0x70],
  ['kvm-6.16', { quirks: [] }, 0x30],
  ['kvm-6.16', { quirks: [], selfSnoop: false }, 0x70],
  ['kvm-6.16', { quirks: PAT_QUIRK, selfSnoop: false }, 0x70],
  ['kvm-6.16', { ...DMA, quirks: PAT_QUIRK }, 0x30],
  ['kvm-6.16', CD, 0x30],
  ['kvm-7.1', { quirks: PAT_QUIRK }, 0x70],
];

describe.each(backends)('entries on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  function firstLeaf(init: VcpuInit, name: string, gfn: number): bigint | null | undefined {
    const view = engine.open(vcpu(init), policy(name));
    const [span] = [...view.spans('leaf', { range: { start: gfn, end: gfn + 1 } })];
    view.dispose();
    return span!.entry;
  }

  it.each(ROWS)('%s %j: type and IPAT', (name, switches, bits) => {
    const init = { maxphyaddr: 40, msrs: { 0x2ff: 0x804n }, ...switches };
    const view = engine.open(vcpu(init), policy(name));
    expect(Number(view.entries(0x777, 1)[0]! & 0x78n)).toBe(bits);
    const [span] = [...view.spans('ept')];
    expect(span).toEqual({ start: 0, end: 2 ** 28, type: (bits >> 3) & 7, ipat: bits >> 6 });
    view.dispose();
  });

  it.each(['kvm-4.19', 'kvm-6.8', 'kvm-6.11-rc2', 'kvm-6.12', 'kvm-6.17'])(
    '%s: MMIO is UC before all',
    (name) => {
      const mmio = [{ start: 0x10, end: 0x12 }];
      for (const switches of [{}, DMA, CD, { ...CD, quirks: [] }]) {
        const view = engine.open(
          vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x804n }, mmio, ...switches }),
          policy(name),
        );
        const spans = [...view.spans('ept')].map(({ start, end, type, ipat }) => [start, end, type, ipat]);
        expect(spans).toContainEqual([0x10, 0x12, 0, 0]);
        view.dispose();
      }
    },
  );

  const at = (gfn: number, pfn: number, count: number, extra: object = {}): VcpuInit => ({
    maxphyaddr: 40,
    slots: [{ gfn, count, pfn, ...extra }],
  });

  it('writes the words that KVM 5.16 writes', () => {
    expect(firstLeaf(at(0, 0x12345, 1), 'kvm-5.16', 0)).toBe(0x0600000012345b77n);
    const disabled = { ...at(0, 0x12345, 1), noncoherentDma: true, guestHasMtrr: false };
    expect(firstLeaf(disabled, 'kvm-5.16', 0)).toBe(0x0600000012345b37n);
    expect(firstLeaf(at(0, 0x12345, 1, { readonly: true }), 'kvm-5.16', 0)).toBe(0x0000000012345975n);
    expect(firstLeaf(at(0, 0x12200, 512), 'kvm-5.16', 0)).toBe(0x0600000012200bf7n);
    const device = { ...at(0, 0xfed00, 1), mmio: [{ start: 0, end: 1 }] };
    expect(firstLeaf(device, 'kvm-5.16', 0)).toBe(0x06000000fed00b07n);
  });

  it.each([
    ['kvm-6.9', 0x0600000012345b77n],
    ['kvm-6.10', 0x8600000012345b77n],
    ['kvm-6.16', 0x8600000012345b77n],
    ['sdm', 0x12345007n],
  ])('%s suppresses #VE from 6.10 on', (name, entry) => {
    expect(firstLeaf(at(0, 0x12345, 1), name, 0)).toBe(entry);
  });

  it('writes architectural entries without A and D', () => {
    const wb = { msrs: { 0x2ff: 0x806n } };
    expect(firstLeaf({ ...at(0, 0x12345, 1), ...wb }, 'sdm', 0)).toBe(0x12345037n);
    expect(firstLeaf({ ...at(0, 0x12345, 1, { readonly: true }), ...wb }, 'sdm', 0)).toBe(0x12345035n);
    expect(firstLeaf({ ...at(0, 0x12200, 512), ...wb }, 'sdm', 0x1ff)).toBe(0x122000b7n);
  });

  it.each([
    ['kvm-4.7', 0x12345f77n, 0x777175n],
    ['kvm-5.3.18', 0x12345f77n, 0x777175n],
    ['kvm-5.4', 0x12345f77n, 0x777175n],
    ['kvm-5.12', 0x12345f77n, 0x777175n],
    ['kvm-5.13', 0x600000012345b77n, 0x777975n],
    ['kvm-6.9', 0x600000012345b77n, 0x777975n],
    ['kvm-6.10', 0x8600000012345b77n, 0x8000000000777975n],
    ['kvm-7.1.5', 0x8600000012345b77n, 0x8000000000777975n],
    ['kvm-7.2', 0x80a0000012345f77n, 0x8000000000777d75n],
    ['kvm-9.0', 0x80a0000012345f77n, 0x8000000000777d75n],
  ])('lays out entries as %s does', (name, writable, readonly) => {
    expect(firstLeaf(at(0, 0x12345, 1), name, 0)).toBe(writable);
    expect(firstLeaf(at(0, 0x777, 1, { readonly: true }), name, 0)).toBe(readonly);
    // Host frame 0x200 in place of 0x12345 and 0x777, by the way that writes many entries.
    for (const [slot, word] of [
      [at(0, 0x200, 64), writable - 0x12345000n],
      [at(0, 0x200, 64, { readonly: true }), readonly - 0x777000n],
    ] as const) {
      const view = engine.open(vcpu(slot), policy(name));
      expect([...view.entries(0, 64)]).toEqual(
        Array.from({ length: 64 }, (_, k) => word + 0x200000n + 0x1000n * BigInt(k)),
      );
      view.dispose();
    }
  });

  it('gives 0 where no slot maps', () => {
    expect(firstLeaf(at(4, 0x12345, 1), 'kvm-5.16', 0)).toBe(0n);
    const view = engine.open(vcpu(at(4, 0x12345, 1)), policy('kvm-6.16'));
    expect([...view.entries(3, 3)]).toEqual([0n, 0x8600000012345b77n, 0n]);
    view.dispose();
  });

  it('joins leaves that follow on across slots, and no others', () => {
    const slots = [
      { gfn: 0, count: 16, pfn: 0x100 },
      { gfn: 16, count: 16, pfn: 0x110 },
      { gfn: 32, count: 16, pfn: 0x200 },
      { gfn: 48, count: 16, pfn: 0x210, readonly: true },
    ];
    const view = engine.open(vcpu({ maxphyaddr: 36, slots }), policy('sdm'));
    const spans = [...view.spans('leaf', { range: { start: 4, end: 64 } })];
    expect(spans).toEqual([
      { start: 4, end: 32, level: 1, entry: 0x104007n },
      { start: 32, end: 48, level: 1, entry: 0x200007n },
      { start: 48, end: 64, level: 1, entry: 0x210005n },
    ]);
    expect(view.totals('leaf', { range: { start: 4, end: 64 } })).toEqual([
      { level: 1, entry: 5n, pages: 16n },
      { level: 1, entry: 7n, pages: 44n },
    ]);
    view.dispose();
  });

  it('joins leaves whose type is undefined, whatever backs them', () => {
    const slots = [
      { gfn: 0, count: 16, pfn: 0x100 },
      { gfn: 16, count: 16, pfn: 0x999, readonly: true },
    ];
    const msrs = { 0x200: 1n, 0x201: 0x800n, 0x202: 4n, 0x203: 0x800n, 0x2ff: 0x806n };
    const view = engine.open(vcpu({ maxphyaddr: 36, msrs, slots }), policy('sdm'));
    expect([...view.spans('leaf')]).toEqual([
      { start: 0, end: 32, level: 1, entry: null },
      { start: 32, end: 2 ** 24, level: 0, entry: 0n },
    ]);
    expect(view.totals('leaf')).toEqual([
      { level: 0, entry: 0n, pages: 2n ** 24n - 32n },
      { level: 1, entry: null, pages: 32n },
    ]);
    view.dispose();
  });
});
