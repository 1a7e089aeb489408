/** Random vCPUs of several kinds: what firmware writes, and what nobody should write but anybody can. */
import { type Policy, policy, QUIRKS } from '../../src/policy/index.ts';
import { type GfnRange, MEMORY_TYPES, type MemoryType, UC, WB, WC, WP, WT } from '../../src/types.ts';
import { frameCount, type SlotInit, type VcpuInit } from '../../src/vm/index.ts';
import type { Rng } from './rng.ts';

/** What a random vCPU is like. */
export type VcpuKind =
  | 'typical'
  | 'aligned'
  | 'overlapping'
  | 'odd-bases'
  | 'holes'
  | 'many-ranges'
  | 'refused'
  | 'slots'
  | 'mmio';

export const VCPU_KINDS: readonly VcpuKind[] = [
  'typical',
  'aligned',
  'overlapping',
  'odd-bases',
  'holes',
  'many-ranges',
  'refused',
  'slots',
  'mmio',
];

/** One policy of every behaviour there is: each row, and the releases in between where levels or leaves changed. */
export const POLICIES: readonly Policy[] = [
  'sdm',
  'kvm-4.7',
  'kvm-5.16',
  'kvm-6.6',
  'kvm-6.7',
  'kvm-6.10',
  'kvm-6.11-rc1',
  'kvm-6.11',
  'kvm-6.12.78',
  'kvm-6.16',
].map((name) => policy(name));

const WIDTHS = [32, 33, 34, 36, 39, 40, 46, 52];
const FIXED_MSRS = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
const MASK_VALID = 0x800n;

type Write = readonly [number, bigint];

/** A variable range as it is generated: frames, before it becomes a base and a mask. */
interface Range {
  readonly base: bigint;
  /** log2 of the frames that the mask leaves open at its lower end. */
  readonly bits: number;
  /** Mask bits above those that are cleared all the same. */
  readonly holes: bigint;
  readonly type: MemoryType;
  readonly valid: boolean;
}

function rangeWrites(index: number, range: Range, maxphyaddr: number): readonly Write[] {
  const space = (1n << BigInt(maxphyaddr)) - 1n;
  const open = (1n << BigInt(range.bits)) - 1n;
  const mask = space & (~(open | range.holes) << 12n);
  const base = (range.base << 12n) & space & ~0xfffn;
  return [
    [0x200 + 2 * index, base | BigInt(range.type)],
    [0x201 + 2 * index, mask | (range.valid ? MASK_VALID : 0n)],
  ];
}

function randomType(rng: Rng): MemoryType {
  return rng.chance(0.6) ? rng.pick([UC, WB]) : rng.pick(MEMORY_TYPES);
}

/** Mostly in the first 8 GiB, where ranges meet each other, sometimes anywhere. */
function randomFrame(rng: Rng, maxphyaddr: number): bigint {
  const width = maxphyaddr - 12;
  return rng.bits(rng.chance(0.8) ? Math.min(width, rng.between(9, 21)) : width);
}

function randomRange(rng: Rng, kind: VcpuKind, maxphyaddr: number): Range {
  const width = maxphyaddr - 12;
  const bits = rng.chance(0.9)
    ? Math.min(width, rng.between(kind === 'overlapping' ? 8 : 0, 20))
    : rng.below(width + 1);
  const frame = randomFrame(rng, maxphyaddr);
  const isOdd = kind === 'odd-bases' || rng.chance(0.1);
  const base = isOdd ? frame : (frame >> BigInt(bits)) << BigInt(bits);
  let holes = 0n;
  if (kind === 'holes' && rng.chance(0.7)) {
    for (let count = rng.between(1, 3); count > 0; count--) holes |= 1n << BigInt(rng.below(width));
    // Now and then the other way round: a mask that looks at nothing but these bits.
    if (rng.chance(0.15)) return { base: frame, bits: 0, holes: ~holes, type: randomType(rng), valid: true };
  }
  return {
    base: kind === 'overlapping' ? base & 0xfffffn : base,
    bits,
    holes,
    type: randomType(rng),
    valid: rng.chance(0.9),
  };
}

/** As firmware lays memory out: default UC with WB memory and UC holes in it, or default WB with UC holes. */
function typicalWrites(rng: Rng, maxphyaddr: number): readonly Write[] {
  const top = BigInt(rng.between(6, 12)) << 16n; // RAM below 4 GiB ends between 1.5 and 3 GiB, in frames
  const ranges: Range[] = [];
  const add = (base: bigint, bits: number, type: MemoryType): void => {
    ranges.push({ base, bits, holes: 0n, type, valid: true });
  };
  const byDefault = rng.pick([UC, WB]);
  if (byDefault === UC) {
    add(0n, 20, WB);
    if (maxphyaddr > 32) add(1n << 20n, rng.between(16, 20), WB);
  }
  for (let at = top, room = 5; at < 1n << 20n && room > 0; room--) {
    const bits = at.toString(2).length - at.toString(2).lastIndexOf('1') - 1;
    add(at, bits, UC);
    at += 1n << BigInt(bits);
  }
  if (rng.chance(0.3)) add(0xc0000n, 12, WC);
  return [
    ...ranges.slice(0, 8).flatMap((range, index) => rangeWrites(index, range, maxphyaddr)),
    [0x250, 0x0606060606060606n],
    [0x258, 0x0606060606060606n],
    [0x259, rng.pick([0n, 0x0606060606060606n])],
    ...FIXED_MSRS.slice(3).map((msr) => [msr, rng.pick([0x0505050505050505n, 0x0606060606060606n])] as const),
    [0x2ff, 0xc00n | BigInt(byDefault)],
  ];
}

function randomWrites(rng: Rng, kind: VcpuKind, maxphyaddr: number): readonly Write[] {
  const count = kind === 'many-ranges' ? rng.between(9, 40) : rng.between(0, 8);
  const writes: Write[] = [];
  const indexes = rng.shuffled(Array.from({ length: kind === 'many-ranges' ? 40 : 8 }, (_, i) => i));
  const fewTypes = rng.chance(0.5)
    ? rng.pick<readonly MemoryType[]>([
        [UC, WB],
        [WB, WT],
        [WC, WB],
        [WP, WT, WB],
      ])
    : undefined;
  for (const index of indexes.slice(0, count)) {
    const shape = kind === 'many-ranges' && rng.chance(0.3) ? 'holes' : kind;
    const range = randomRange(rng, shape, maxphyaddr);
    writes.push(...rangeWrites(index, fewTypes ? { ...range, type: rng.pick(fewTypes) } : range, maxphyaddr));
  }
  const byDefault = randomType(rng);
  if (rng.chance(0.5)) {
    const isMixed = rng.chance(0.5);
    for (const msr of FIXED_MSRS) {
      const all = isMixed ? undefined : byDefault;
      const types = Array.from({ length: 8 }, () => BigInt(all ?? randomType(rng)));
      writes.push([msr, types.reduce((value, type, byte) => value | (type << BigInt(8 * byte)), 0n)]);
    }
  }
  const enable = rng.chance(0.9) ? 0x800n : 0n;
  const fixedEnable = rng.chance(0.6) ? 0x400n : 0n;
  writes.push([0x2ff, enable | fixedEnable | BigInt(byDefault)]);
  if (rng.chance(0.15)) {
    writes.push([0xc0010010, rng.pick([0x600000n, 0x700000n, 0x200000n, 0x400000n])]);
    writes.push([0xc001001d, (1n << 32n) + (rng.bits(12) << 23n)]);
  }
  if (rng.chance(0.2)) writes.push([0x277, 0x0007040600070406n]);
  return rng.shuffled(writes);
}

/** Writes of which at least one is refused, whatever the policy. */
function refusedWrite(rng: Rng, maxphyaddr: number): Write {
  return rng.pick<Write>([
    [0x2ff, 0x802n],
    [0x2ff, 0x1806n],
    [0x2ff, 0x816n],
    [0x200, 0x106n],
    [0x206, 3n],
    [0x204, 1n << BigInt(maxphyaddr)],
    [0x201, 0x400n],
    [0x203, (1n << BigInt(maxphyaddr)) | 0x800n],
    [0x250, 0x0606060607060606n],
    [0x26f, 0x0200000000000000n],
    [0x277, 0x0007040600070402n],
    [0x1f2, 6n],
    [0x251, 0n],
    [0x270, 0n],
    [0x1_0000_0200, 6n],
  ]);
}

function randomSlots(rng: Rng, maxphyaddr: number): readonly SlotInit[] {
  const frames = frameCount(maxphyaddr);
  const slots: SlotInit[] = [];
  let gfn = rng.chance(0.5) ? 0 : rng.below(0x1000);
  for (let left = rng.between(0, 6); left > 0 && gfn < frames; left--) {
    const size = rng.chance(0.5) ? 2 ** rng.between(0, 20) : rng.between(1, 0x100000);
    const count = Math.min(size, frames - gfn);
    const near = rng.pick([gfn, gfn + 512, gfn + 2 ** 18, gfn + 1, rng.below(2 ** 30)]);
    slots.push({
      gfn,
      count,
      pfn: Math.min(near, 2 ** 40 - count),
      readonly: rng.chance(0.3),
      maxLevel: rng.pick([1, 2, 3, 3]),
    });
    gfn += count + (rng.chance(0.5) ? 0 : rng.below(0x40000));
  }
  return rng.shuffled(slots);
}

function randomMmio(rng: Rng, maxphyaddr: number): readonly GfnRange[] {
  return Array.from({ length: rng.between(1, 5) }, () => {
    const start = Number(randomFrame(rng, maxphyaddr));
    return { start, end: start + (rng.chance(0.5) ? 2 ** rng.between(0, 19) : rng.below(0x800)) };
  });
}

/**
 * A random vCPU.
 *
 * @param rng - decides everything
 * @param kind - default a random one
 * @returns what `vcpu` takes; `many-ranges` has up to 40 ranges, which KVM policies refuse
 */
export function randomVcpu(rng: Rng, kind: VcpuKind = rng.pick(VCPU_KINDS)): VcpuInit {
  const maxphyaddr = rng.pick(WIDTHS);
  let msrs = kind === 'typical' ? typicalWrites(rng, maxphyaddr) : randomWrites(rng, kind, maxphyaddr);
  if (kind === 'refused') msrs = rng.shuffled([...msrs, refusedWrite(rng, maxphyaddr)]);
  return {
    maxphyaddr,
    msrs,
    ...(kind === 'many-ranges' ? { vcnt: 40 } : {}),
    cr0cd: rng.chance(0.1),
    guestHasMtrr: rng.chance(0.9),
    noncoherentDma: rng.chance(0.7),
    selfSnoop: rng.chance(0.8),
    ...(rng.chance(0.3) ? { quirks: QUIRKS.filter(() => rng.chance(0.5)) } : {}),
    ...(kind === 'slots' || rng.chance(0.15) ? { slots: randomSlots(rng, maxphyaddr) } : {}),
    ...(kind === 'mmio' || rng.chance(0.1) ? { mmio: randomMmio(rng, maxphyaddr) } : {}),
  };
}

/** Frames around which answers can change, for windows that are worth looking at. */
export function interestingFrames(init: VcpuInit): readonly number[] {
  const frames = frameCount(init.maxphyaddr);
  const marks = new Set([0, 0x80, 0xc0, 0x100, 0x200, 0x80000, 0x100000, 0x140000, frames / 2, frames]);
  for (const [msr, value] of init.msrs as readonly Write[]) {
    if (msr >= 0x200 && msr < 0x250 && msr % 2 === 0) marks.add(Number(value >> 12n));
  }
  for (const { gfn, count } of init.slots ?? []) marks.add(gfn).add(gfn + count);
  for (const { start, end } of init.mmio ?? []) marks.add(start).add(end);
  return [...marks].filter((gfn) => gfn <= frames).sort((a, b) => a - b);
}
