/** Random MTRRs: layouts as firmware writes them, and layouts as nobody should. */

import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  FIXED_MSRS,
  MASK_V,
  MSR_DEF_TYPE,
  physBase,
  physMask,
} from '../msr/index.ts';
import { type MemoryType, UC, WB, WC, WP, WT } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import type { Random } from './random.ts';

/** Register writes in order, by MSR number. */
export type Writes = Map<number, bigint>;

/** A variable range in frames, before it becomes a register pair. */
interface Range {
  readonly base: number;
  readonly size: number;
  readonly type: MemoryType;
}

const TYPES: readonly MemoryType[] = [UC, WC, WT, WP, WB];
/** UC and WB are what layouts are made of; the others still come up often enough. */
const LIKELY_TYPES: readonly MemoryType[] = [UC, UC, UC, WB, WB, WB, WT, WC, WP];
const GIB = 2 ** 18;
const MIB = 2 ** 8;

/** A type, mostly UC or WB. */
export function randomType(random: Random): MemoryType {
  return random.chance(60) ? random.pick(LIKELY_TYPES) : random.pick(TYPES);
}

function writePair(writes: Writes, index: number, base: bigint, mask: bigint): void {
  writes.set(physBase(index), base);
  writes.set(physMask(index), mask);
}

function contiguousMask(size: number, maxphyaddr: number): bigint {
  return BigInt.asUintN(maxphyaddr, -(BigInt(size) << 12n));
}

function writeRange(writes: Writes, index: number, range: Range, maxphyaddr: number): void {
  const base = (BigInt(range.base) << 12n) | BigInt(range.type);
  writePair(writes, index, base, contiguousMask(range.size, maxphyaddr) | MASK_V);
}

/** DEF_TYPE: E almost always, FE as asked. */
export function writeDefType(random: Random, writes: Writes, type: MemoryType, fixedPercent: number): void {
  const enable = random.chance(95) ? DEF_TYPE_E : 0n;
  const fixedEnable = random.chance(fixedPercent) ? DEF_TYPE_FE : 0n;
  writes.set(MSR_DEF_TYPE, BigInt(type) | enable | fixedEnable);
}

function repeated(type: MemoryType): bigint {
  return BigInt(type) * 0x0101010101010101n;
}

/** Fixed ranges: all of one type a register, as firmware writes them, or each byte on its own. */
export function writeFixed(random: Random, writes: Writes): void {
  const usual: readonly MemoryType[] = [WB, WB, UC, WP, WP, WP, WP, WP, WP, WP, WP];
  const isUsual = random.chance(40);
  FIXED_MSRS.forEach((msr, index) => {
    if (isUsual) writes.set(msr, repeated(usual[index]!));
    else if (random.chance(40)) writes.set(msr, repeated(randomType(random)));
    else if (random.chance(70)) {
      let value = 0n;
      for (let byte = 0; byte < 8; byte++) value = (value << 8n) | BigInt(random.pick(TYPES));
      writes.set(msr, value);
    }
  });
}

/** What a PC's firmware writes: default UC, a chain of WB ranges, UC holes; or default WB and UC holes. */
export function writeTypical(random: Random, writes: Writes, maxphyaddr: number): void {
  const frames = frameCount(maxphyaddr);
  const holeSize = random.pick([256 * MIB, 512 * MIB, GIB, 2 * GIB, 64 * MIB]);
  const ranges: Range[] = [];
  const hole: Range = { base: 4 * GIB - holeSize, size: holeSize, type: UC };
  if (random.chance(40)) {
    ranges.push(hole);
    if (random.chance(40) && frames > 16 * GIB) {
      ranges.push({ base: frames / 2, size: GIB * 2 ** random.between(0, 3), type: random.pick([UC, WC]) });
    }
    writeDefType(random, writes, WB, 70);
  } else {
    let base = 0;
    let size = random.pick([2 * GIB, 4 * GIB, 8 * GIB]);
    for (let count = random.between(1, 4); count > 0 && base + size <= frames; count--) {
      ranges.push({ base, size, type: WB });
      base += size;
      while (base % size !== 0) size /= 2;
      if (random.chance(50)) size = Math.max(size / 2, MIB);
    }
    if (random.chance(80)) ranges.push(hole);
    for (let count = random.between(0, 2); count > 0; count--) {
      const stolen = random.pick([MIB, 2 * MIB, 8 * MIB, 16 * MIB, 64 * MIB]);
      ranges.push({ base: hole.base - stolen * random.between(1, 4), size: stolen, type: UC });
    }
    writeDefType(random, writes, UC, 70);
  }
  if (random.chance(20)) {
    ranges.push({ base: 4 * GIB - 4 * MIB, size: 4 * MIB, type: random.pick([WP, WC, WT]) });
  }
  if (random.chance(30)) ranges.reverse();
  ranges.slice(0, 8).forEach((range, index) => void writeRange(writes, index, range, maxphyaddr));
  writeFixed(random, writes);
}

function randomSize(random: Random, maxphyaddr: number): number {
  return 2 ** random.between(0, random.chance(70) ? Math.min(20, maxphyaddr - 12) : maxphyaddr - 12);
}

/** Ranges as the manual wants them, anywhere, or crowded into one place so that they overlap. */
export function writeAligned(
  random: Random,
  writes: Writes,
  maxphyaddr: number,
  count: number,
  isCrowded: boolean,
): void {
  const frames = frameCount(maxphyaddr);
  const crowd = isCrowded ? 2 ** random.between(4, Math.min(22, maxphyaddr - 12)) : frames;
  const place = random.below(Math.max(1, Math.floor(frames / crowd))) * crowd;
  for (let index = 0; index < count; index++) {
    const size = Math.min(randomSize(random, maxphyaddr), crowd);
    const base = place + random.below(Math.max(1, crowd / size)) * size;
    writeRange(writes, index, { base, size, type: randomType(random) }, maxphyaddr);
    if (random.chance(8)) writes.set(physMask(index), contiguousMask(size, maxphyaddr));
  }
}

/** Bases with bits that their masks do not look at. */
export function writeOddBases(random: Random, writes: Writes, maxphyaddr: number, count: number): void {
  const low = random.chance(60) ? Math.min(maxphyaddr, 34) : maxphyaddr;
  for (let index = 0; index < count; index++) {
    const size = randomSize(random, low);
    const base = (random.bits(low - 12) << 12n) | BigInt(randomType(random));
    writePair(writes, index, base, contiguousMask(size, maxphyaddr) | MASK_V);
  }
}

function clearedMask(random: Random, maxphyaddr: number): bigint {
  let mask = contiguousMask(randomSize(random, maxphyaddr), maxphyaddr);
  for (let count = random.between(1, 3); count > 0; count--) {
    mask &= ~(1n << BigInt(random.between(12, maxphyaddr - 1)));
  }
  return mask;
}

function sparseMask(random: Random, maxphyaddr: number): bigint {
  let mask = 0n;
  for (let count = random.between(0, 3); count > 0; count--) {
    mask |= 1n << BigInt(random.between(12, maxphyaddr - 1));
  }
  return mask;
}

/** Masks with holes: a few bits cleared, only a few bits set, or any bits at all. */
export function writeHoles(random: Random, writes: Writes, maxphyaddr: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const style = random.below(10);
    let mask: bigint;
    if (style < 6) mask = clearedMask(random, maxphyaddr);
    else if (style < 8) mask = sparseMask(random, maxphyaddr);
    else if (style < 9) mask = random.bits(maxphyaddr - 12) << 12n;
    else mask = contiguousMask(randomSize(random, maxphyaddr), maxphyaddr);
    const address = random.bits(maxphyaddr - 12) << 12n;
    const base = (random.chance(70) ? address & mask : address) | BigInt(randomType(random));
    writePair(writes, index, base, mask | MASK_V);
  }
}
