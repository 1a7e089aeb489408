import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { UC, UC_MINUS, type Want, WC } from '../../src/types.ts';
import { type SlotInit, TILE_FRAMES, TYPE_TILE_FRAMES, vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';
import { question } from './arbitrary.ts';

const engine = createReferenceEngine();

describe('tiles', () => {
  it('hold the types of the ept spans and the entries of leaves that are limited to 4 KiB', () => {
    fc.assert(
      fc.property(question(600), ({ init, policy, start: first }) => {
        const slots = [{ gfn: 0x40, count: 2 ** 20 - 0x40, pfn: 0x1234, maxLevel: 1 as const }];
        const view = engine.open(vcpu({ ...init, slots }), policy);
        const range = { start: first, end: first + 600 };
        const types = [...view.spans('ept', { range })].flatMap(({ start, end, type }) =>
          Array.from({ length: end - start }, () => (type === -1 ? 0xff : type)),
        );
        expect([...view.types(first, 600)]).toEqual(types);
        const entries = [...view.spans('leaf', { range })].flatMap(({ start, end, level, entry }) =>
          Array.from({ length: end - start }, (_, i) =>
            level === 0 || entry === null ? entry : entry! + (BigInt(i) << 12n),
          ),
        );
        const undefinedAsNull = [...view.entries(first, 600)].map((entry) =>
          (entry & 0x38n) === 0x38n ? null : entry,
        );
        expect(undefinedAsNull).toEqual(entries);
      }),
      { numRuns: rounds(20, 60) },
    );
  });

  it('are at most one tile of frames inside the space', () => {
    const view = engine.open(vcpu({ maxphyaddr: 36 }), policy('sdm'));
    expect(view.types(2 ** 24 - TILE_FRAMES, TILE_FRAMES)).toHaveLength(TILE_FRAMES);
    expect(view.entries(5, 0)).toHaveLength(0);
    expect(() => view.entries(0, TILE_FRAMES + 1)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    for (const [first, count] of [
      [0, TYPE_TILE_FRAMES + 1],
      [2 ** 24 - 1, 2],
      [-1, 1],
      [0.5, 1],
    ] as const) {
      expect(() => view.types(first, count)).toThrow(expect.objectContaining({ code: 'bad-request' }));
      expect(() => view.entries(first, count)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    }
  });
});

describe('queries', () => {
  const view = engine.open(vcpu({ maxphyaddr: 36 }), policy('kvm-6.16'));
  const refusal = (path: string) => expect.objectContaining({ code: 'bad-request', path });

  it('are refused before the first span is asked for', () => {
    expect(() => view.spans('mtrr')).toThrow(refusal('want'));
    expect(() => view.totals('mtrr')).toThrow(refusal('want'));
    expect(() => view.spans('ept', { range: { start: 2, end: 1 } })).toThrow(refusal('range.1'));
    expect(() => view.spans('ept', { range: { start: 0, end: 2 ** 24 + 1 } })).toThrow(refusal('range.1'));
    expect(() => view.spans('ept', { range: { start: 0.5, end: 1 } })).toThrow(refusal('range.0'));
    expect(() => view.spans('effective', { pat: 3 as never })).toThrow(refusal('pat'));
  });

  it.each<Want>(['ept', 'effective', 'levels', 'leaf'])('of an empty range have no %s spans', (want) => {
    const range = { start: 7, end: 7 };
    expect([...view.spans(want, { range })]).toEqual([]);
    expect(view.totals(want, { range })).toEqual([]);
  });

  it('find no type set where KVM looks at no MTRR', () => {
    expect(view.typeSet(0)).toEqual([]);
    const hidden = engine.open(vcpu({ maxphyaddr: 36, guestHasMtrr: false }), policy('kvm-6.8'));
    expect(hidden.typeSet(0)).toEqual([6]);
  });
});

describe('hosts of AMD', () => {
  const GIB = 2 ** 18;
  const accesses = (hostMsrs: Record<number, bigint>, slots?: SlotInit[]) => {
    const guest = vcpu({ maxphyaddr: 36, vendor: 'amd', hostMsrs, ...(slots && { slots }) });
    return [...engine.open(guest, policy('kvm-6.8')).spans('effective', { pat: UC_MINUS })];
  };

  it('cut accesses at every edge of the memory behind', () => {
    // Default WC, a fixed range of WC and one of WB, and WB from 4 to 8 GiB by TOP_MEM2.
    const fixed = { 0x250: 0x0101010101010101n, 0x258: 0x0606060606060606n, 0x2ff: 0xc01n };
    const tom2 = { 0xc0010010: 0x600000n, 0xc001001d: 8n << 30n };
    expect(accesses({ ...fixed, ...tom2 })).toEqual([
      { start: 0, end: 0x80, type: WC },
      { start: 0x80, end: 0x100, type: UC },
      { start: 0x100, end: 4 * GIB, type: WC },
      { start: 4 * GIB, end: 8 * GIB, type: UC },
      { start: 8 * GIB, end: 64 * GIB, type: WC },
    ]);
    // The same memory 2 GiB below, and nothing behind the rest.
    const slots = [{ gfn: GIB, count: 8 * GIB, pfn: 3 * GIB }];
    expect(accesses({ 0x2ff: 0x801n, ...tom2 }, slots)).toEqual([
      { start: 0, end: GIB, type: UC },
      { start: GIB, end: 2 * GIB, type: WC },
      { start: 2 * GIB, end: 6 * GIB, type: UC },
      { start: 6 * GIB, end: 9 * GIB, type: WC },
      { start: 9 * GIB, end: 64 * GIB, type: UC },
    ]);
  });
});
