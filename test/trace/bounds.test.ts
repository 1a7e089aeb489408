/** Entries at the edges: of the space, the host, slots, sizes and types. */
import { afterAll, describe, expect, it } from 'vitest';
import { Evaluator } from '../../src/engine/index.ts';
import { causesOf, type EntryCheckerOptions } from '../../src/trace/index.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { batchOf, hold, type TracedEntry } from './hold.ts';

const engine = new Evaluator(backends.at(-1)!.create());
afterAll(() => engine.dispose());

/** Everything WB, no slots. */
const PLAIN: VcpuInit = { maxphyaddr: 36, noncoherentDma: true, msrs: { 0x2ff: 0x806n } };
const SLOTTED: VcpuInit = {
  ...PLAIN,
  slots: [
    { gfn: 0x1000, count: 0x1000, pfn: 0x2_0000_0000 },
    { gfn: 0x3000, count: 0x200, pfn: 0x600, readonly: true },
  ],
};
const WB = 0x837n;
const at = (pfn: number, bits: bigint): bigint => bits | (BigInt(pfn) << 12n);

/** Every wrong entry: its causes and frames. */
function wrongs(
  init: VcpuInit,
  entries: readonly TracedEntry[],
  options?: EntryCheckerOptions,
  release = 'kvm-6.8',
) {
  const { candidates } = hold(engine, init, release, entries, options);
  return candidates[0]!.findings
    .stretches()
    .map(({ start, end, causes }) => [start, end - start, ...causesOf(causes)]);
}
/** The causes of one. */
const causes = (init: VcpuInit, entry: TracedEntry, options?: EntryCheckerOptions, release?: string) =>
  wrongs(init, [entry], options, release).flatMap(([, , ...names]) => names);

describe('a leaf', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('of type %i where WB is right', (type) => {
    const entry = { gfn: 5, level: 1, entry: at(5, (WB & ~0x38n) | BigInt(type << 3)) };
    expect(causes(PLAIN, entry)).toEqual(
      type === 6 ? [] : [[2, 3, 7].includes(type) ? 'reserved-type' : 'type'],
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('of access %i: W without R is no entry', (access) => {
    const entry = { gfn: 5, level: 1, entry: at(5, (WB & ~7n) | BigInt(access)) };
    expect(causes(PLAIN, entry)).toEqual([2, 6].includes(access) ? ['write-only'] : []);
  });

  it.each<[level: number, gfn: number, pfn: number, expected: string[]]>([
    [1, 0x201, 0x403, []],
    [2, 0x200, 0x400, []],
    [2, 0x201, 0x400, ['misaligned']],
    [2, 0x300, 0x400, ['misaligned']],
    [2, 0x200, 0x401, ['misaligned']],
    [2, 0x200, 0x500, ['misaligned']],
    [3, 0x40000, 0x80000, []],
    [3, 0x40200, 0x80000, ['misaligned']],
    [3, 0x40000, 0x80200, ['misaligned']],
    [3, 0x40000, 0xa0000, ['misaligned']],
    [3, 0x60000, 0x80000, ['misaligned']],
    [4, 0, 0, ['reserved-bits']],
    [5, 0, 0, ['reserved-bits']],
  ])('at level %i of frame %i on host frame %i', (level, gfn, pfn, expected) => {
    expect(causes(PLAIN, { gfn, level, entry: at(pfn, WB | 0x80n) })).toEqual(expected);
  });

  it.each([
    [{}, 2 ** 40 - 1, []],
    [{ hostAddressBits: 52 }, 2 ** 40 - 1, []],
    [{ hostAddressBits: 51 }, 2 ** 39 - 1, []],
    [{ hostAddressBits: 51 }, 2 ** 39, ['reserved-bits']],
    [{ hostAddressBits: 36 }, 2 ** 24 - 1, []],
    [{ hostAddressBits: 36 }, 2 ** 24, ['reserved-bits']],
    [{ hostAddressBits: 32 }, 2 ** 20, ['reserved-bits']],
  ])('of a host with %o at frame %i', (options, pfn, expected) => {
    expect(causes(PLAIN, { gfn: 5, level: 1, entry: at(pfn, WB) }, options)).toEqual(expected);
    // Tables lie in the host as pages do.
    expect(causes(PLAIN, { gfn: 0, level: 2, entry: at(pfn, 7n) }, options)).toEqual(expected);
  });

  it('on the last frame of the space, and behind it', () => {
    const end = 2 ** 24;
    const [small, large] = [WB, WB | 0x80n];
    expect(
      wrongs(PLAIN, [
        { gfn: end - 1, level: 1, entry: at(0, small) },
        { gfn: end, level: 1, entry: at(0, small) },
        { gfn: end + 0x205, level: 2, entry: at(0, large) },
        { gfn: 2 ** 30 + 1, level: 4, entry: at(0, large) },
      ]),
    ).toEqual([
      [end, 1, 'beyond-space'],
      [end + 0x200, 512, 'beyond-space', 'misaligned'],
      [2 ** 30, 2 ** 27, 'beyond-space', 'reserved-bits'],
    ]);
  });

  it('above 1G takes the frames of its table’s entry', () => {
    const large = at(0, WB | 0x80n);
    expect(wrongs(PLAIN, [{ gfn: 2 ** 20, level: 4, entry: large }])).toEqual([
      [0, 2 ** 27, 'reserved-bits'],
    ]);
    expect(wrongs(PLAIN, [{ gfn: 2 ** 20, level: 5, entry: large }])).toEqual([
      [0, 2 ** 36, 'reserved-bits'],
    ]);
  });
});

describe('a slot', () => {
  it.each<[gfn: number, expected: string[]]>([
    [0xfff, ['no-slot']],
    [0x1000, []],
    [0x1fff, []],
    [0x2000, ['no-slot']],
    [0x2fff, ['no-slot']],
    [0x3000, ['permission']],
    [0x31ff, ['permission']],
    [0x3200, ['no-slot']],
    [0xfedff, ['no-slot']],
    [0xfee00, []],
    [0xfee01, ['no-slot']],
  ])('at frame %i', (gfn, expected) => {
    const { checker, candidates } = hold(engine, SLOTTED, 'kvm-6.8', [{ gfn, level: 1, entry: at(gfn, WB) }]);
    const { first } = candidates[0]!.findings;
    expect(first ? causesOf(first.causes) : []).toEqual(expected);
    expect(checker.apicPages).toBe(gfn === 0xfee00 ? 1 : 0);
  });

  it.each<[gfn: number, pfn: number, expected: string[]]>([
    [0x1000, 0x2_0000_0000, []],
    [0x1800, 0x2_0000_0800, []],
    [0x1fff, 0x2_0000_0fff, []],
    [0x1fff, 0x2_0000_1000, ['pfn']],
    [0x1fff, 0x2_0000_0ffe, ['pfn']],
    [0x1fff, 0xfff, ['pfn']],
    [0x3001, 0x601, ['permission']],
    [0x3001, 0x600, ['permission', 'pfn']],
    [0xfee00, 0, []],
  ])('holds frame %i of the guest at frame %i of the host', (gfn, pfn, expected) => {
    const entry = { gfn, level: 1, entry: at(pfn, WB) };
    expect(causes(SLOTTED, entry, { comparesFrames: true })).toEqual(expected);
    expect(causes(SLOTTED, entry)).toEqual(expected.filter((cause) => cause !== 'pfn'));
  });

  it('that is read-only takes what may not be written, and what was put aside', () => {
    const tracked = 0x0750_0000_0000_0830n;
    for (const bits of [WB & ~2n, WB & ~7n, tracked])
      expect(causes(SLOTTED, { gfn: 0x3000, level: 1, entry: at(0, bits) })).toEqual([]);
  });

  it('is not missed where none is needed, nor the page of the APIC counted', () => {
    const entries = [0xfee00, 0xfee01].map((gfn) => ({ gfn, level: 1, entry: at(gfn, 0x37n) }));
    const { checker, candidates } = hold(engine, SLOTTED, 'sdm', entries, { requiresSlots: false });
    expect([candidates[0]!.findings.entries, checker.apicPages]).toEqual([0, 0]);
    expect(hold(engine, SLOTTED, 'sdm', entries, { requiresSlots: true }).checker.apicPages).toBe(1);
  });

  it.each<[string, VcpuInit, gfn: number, expected: string[]]>([
    ['kvm-6.8', SLOTTED, 0xfff, []],
    ['kvm-6.8', SLOTTED, 0x1000, ['mmio-in-slot']],
    ['kvm-6.8', SLOTTED, 0x31ff, ['mmio-in-slot']],
    ['kvm-6.8', PLAIN, 0x1000, []],
    ['sdm', SLOTTED, 0x1000, ['write-only']],
    ['sdm', SLOTTED, 0xfff, ['write-only']],
    ['sdm', PLAIN, 0xfff, ['write-only']],
  ])('%s: a marker of MMIO in %o at frame %i', (release, init, gfn, expected) => {
    expect(causes(init, { gfn, level: 1, entry: 0x506n }, {}, release)).toEqual(expected);
  });
});

describe('a table', () => {
  it.each(Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => bit !== 7))('with bit %i', (bit) => {
    const entry = 0x1000005n | (1n << BigInt(bit));
    const isReserved = bit >= 3 && bit <= 6;
    expect(causes(PLAIN, { gfn: 0, level: 2, entry })).toEqual(isReserved ? ['reserved-bits'] : []);
  });

  it('that may be written and not read, or has reserved bits as well', () => {
    const of = (entry: bigint) => wrongs(PLAIN, [{ gfn: 0x333, level: 2, entry }]);
    expect(of(0x1002n)).toEqual([[0x200, 512, 'write-only']]);
    expect(of(0x1007n)).toEqual([]);
    expect(of(0x1006n | 0x800n)).toEqual([[0x200, 512, 'write-only']]);
    expect(of(0x1042n)).toEqual([[0x200, 512, 'reserved-bits']]);
  });
});

describe('a checker', () => {
  it('judges each batch by itself, and adds them up', () => {
    const { checker, candidates } = hold(engine, PLAIN, 'kvm-6.8', [{ gfn: 1, level: 1, entry: 0x807n }]);
    checker.push(batchOf([{ gfn: 9, level: 1, entry: at(9, WB) }]));
    checker.push(batchOf([]));
    checker.push(batchOf([{ gfn: 8, level: 1, entry: 0x807n, space: 1 }]));
    checker.push(batchOf([{ gfn: 7, level: 1, entry: 0x807n }]));
    expect(candidates[0]!.findings.stretches().map(({ start }) => start)).toEqual([1, 7]);
    expect([checker.tally.entries, checker.tally.smm, candidates[0]!.findings.entries]).toEqual([3, 1, 2]);
  });

  it('names the first of a file, whether its frame is in the space or not', () => {
    const first = (entries: readonly TracedEntry[]) =>
      hold(engine, PLAIN, 'kvm-6.8', entries).candidates[0]!.findings.first!.line;
    const [inside, outside] = [
      { gfn: 1, level: 1, entry: 0x807n },
      { gfn: 2 ** 30, level: 1, entry: 0x837n },
    ];
    expect(first([inside!, outside!])).toBe(1);
    expect(first([outside!, inside!])).toBe(1);
  });

  it('takes a slot over the whole space for no statement of slots, and any other for one', () => {
    const whole = { gfn: 0, count: 2 ** 24, pfn: 0 };
    const noSlotAt = (slots: NonNullable<VcpuInit['slots']>) =>
      causes({ ...PLAIN, slots }, { gfn: 0x5000, level: 1, entry: 0x506n }).length > 0;
    expect(vcpu({ ...PLAIN, slots: [whole] }).slots).toEqual(vcpu(PLAIN).slots);
    expect(noSlotAt([whole])).toBe(false);
    for (const other of [
      { ...whole, gfn: 1, count: 2 ** 24 - 1 },
      { ...whole, count: 2 ** 24 - 1 },
      { ...whole, pfn: 1 },
      { ...whole, readonly: true },
      { ...whole, maxLevel: 2 as const },
    ])
      expect(noSlotAt([other]), JSON.stringify(other)).toBe(true);
    expect(
      noSlotAt([
        { ...whole, count: 2 ** 23 },
        { ...whole, gfn: 2 ** 23, count: 2 ** 23, pfn: 2 ** 23 },
      ]),
    ).toBe(true);
    expect(causes({ ...PLAIN, slots: [] }, { gfn: 5, level: 1, entry: at(5, WB) })).toEqual(['no-slot']);
  });
});
