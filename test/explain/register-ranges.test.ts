/** Registers as stretches of memory, held against the manual's compare frame by frame. */
import { describe, expect, it } from 'vitest';
import { registerRanges } from '../../src/explain/index.ts';
import { vcpu } from '../../src/index.ts';

const MAXPHYADDR = 32;
const FRAMES = 2 ** (MAXPHYADDR - 12);

function rangesOf(msrs: Record<number, bigint>) {
  return registerRanges(vcpu({ maxphyaddr: MAXPHYADDR, msrs }));
}

/** Stretches by looking at each frame. */
function stretchesByFrame(base: bigint, mask: bigint) {
  const [bits, compared] = [
    Number((base & mask & 0xffff_ffffn) >> 12n),
    Number((mask & 0xffff_ffffn) >> 12n),
  ];
  const stretches: { start: number; end: number }[] = [];
  for (let gfn = 0; gfn < FRAMES; gfn++) {
    if ((gfn & compared) !== bits) continue;
    const last = stretches.at(-1);
    if (last?.end === gfn) last.end = gfn + 1;
    else stretches.push({ start: gfn, end: gfn + 1 });
  }
  return stretches;
}

describe('registers as stretches', () => {
  it.each([
    ['contiguous', 0x8000_0006n, 0xf000_0800n],
    ['with holes', 0x0010_0000n, 0x00f0_0800n],
    ['with holes at both ends', 0x1230_0001n, 0x0f30_0800n],
    ['of one page', 0x1234_5004n, 0xffff_f800n],
    ['of the whole space', 6n, 0x800n],
    ['with a base outside its mask', 0x8765_4006n, 0xf000_0800n],
  ])('of a pair %s', (_, base, mask) => {
    const [pair] = rangesOf({ 0x200: base, 0x201: mask });
    const expected = stretchesByFrame(base, mask);
    expect([...pair!.stretches()]).toEqual(expected);
    expect(pair!.pages).toBe(BigInt(expected.reduce((sum, { start, end }) => sum + end - start, 0)));
    expect(pair!.range).toEqual({ start: expected[0]!.start, end: expected.at(-1)!.end });
    expect(pair!.hasHoles).toBe(expected.length > 1);
    expect(pair!.isEnabled).toBe(true);
    expect(pair!.values).toEqual([base, mask]);
  });

  it('of a mask with 2^39 stretches, counted and taken one by one', () => {
    const [pair] = registerRanges(vcpu({ maxphyaddr: 52, msrs: { 0x200: 0n, 0x201: 0x1800n } }));
    expect(pair!.pages).toBe(2n ** 39n);
    expect(pair!.range).toEqual({ start: 0, end: 2 ** 40 - 1 });
    const stretches = pair!.stretches();
    expect([stretches.next().value, stretches.next().value]).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ]);
  });

  it('of a pair that is off, and of the default type', () => {
    const ranges = rangesOf({ 0x204: 0x8000_0005n, 0x205: 0xf000_0000n, 0x2ff: 0x6n });
    expect(ranges.map(({ kind, index, type, isEnabled }) => ({ kind, index, type, isEnabled }))).toEqual([
      { kind: 'variable', index: 2, type: 5, isEnabled: false },
      { kind: 'default', index: undefined, type: 6, isEnabled: false },
    ]);
    expect(ranges[1]!.range).toEqual({ start: 0, end: FRAMES });
  });

  it('joins fixed ranges of one type through several registers', () => {
    const wb = 0x0606_0606_0606_0606n;
    const ranges = rangesOf({ 0x250: wb, 0x258: wb, 0x26c: 0x0505_0505_0505_0505n, 0x2ff: 0xc00n });
    const fixed = ranges.filter(({ kind }) => kind === 'fixed');
    expect(fixed.map(({ name, type, range, isEnabled }) => ({ name, type, ...range, isEnabled }))).toEqual([
      { name: 'IA32_MTRR_FIX64K_00000', type: 6, start: 0, end: 0xa0, isEnabled: true },
      { name: 'IA32_MTRR_FIX16K_A0000', type: 0, start: 0xa0, end: 0xe0, isEnabled: true },
      { name: 'IA32_MTRR_FIX4K_E0000', type: 5, start: 0xe0, end: 0xe8, isEnabled: true },
      { name: 'IA32_MTRR_FIX4K_E8000', type: 0, start: 0xe8, end: 0x100, isEnabled: true },
    ]);
    expect(fixed[0]!.msrs).toEqual([0x250, 0x258]);
  });

  it('shows what AMD makes WB above 4 GiB', () => {
    const msrs = { 0xc0010010: 0x600000n, 0xc001001d: 0x2_0000_0000n, 0x2ff: 0x800n };
    const tom2 = registerRanges(vcpu({ maxphyaddr: 40, vendor: 'amd', msrs })).at(-1)!;
    expect({ kind: tom2.kind, ...tom2.range }).toEqual({ kind: 'tom2', start: 0x100000, end: 0x200000 });
  });
});
