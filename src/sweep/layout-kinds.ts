/**
 * The ranges of each kind of layout, from random words. docs/layouts.md describes them; assembly/batch/ makes the same
 * layouts by code of its own, and test/sweep/generate.test.ts holds one against the other.
 */
import { type MemoryType, UC, WB, WC, WP, WT } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import type { RandomWords } from './random-words.ts';

/** A pair of base and mask, in frames. */
export interface DrawnRange {
  readonly base: number;
  /** Frames, a power of two. */
  readonly size: number;
  readonly type: MemoryType;
  readonly isOn: boolean;
  /** Frame bits that the mask does not look at although they lie above the size. */
  readonly holes?: readonly number[];
}

/** What ranges are drawn from. */
export interface Draw {
  readonly words: RandomWords;
  /** How many pairs. */
  readonly count: number;
  readonly maxphyaddr: number;
}

const MIB = 2 ** 8;
const GIB = 2 ** 18;
/** Words 0 and 1 are the layout's own, one a range follows. */
const HEAD = 0;
const SECOND = 1;
const FIRST_RANGE = 2;
const FIRST_BASE = 28;

/** UC and WB five times each, the others twice. */
const LIKELY_TYPES: readonly MemoryType[] = [
  ...[UC, UC, UC, UC, UC, WB, WB, WB, WB, WB],
  ...[WT, WT, WC, WC, WP, WP],
] as MemoryType[];
const STOLEN_TYPES: readonly MemoryType[] = [WC, WP, WT, UC];

const alignedDown = (frame: number, size: number): number => Math.floor(frame / size) * size;
const addressBits = ({ maxphyaddr }: Draw): number => maxphyaddr - 12;

function on(base: number, size: number, type: MemoryType): DrawnRange {
  return { base, size, type, isOn: true };
}

/** Indices of the ranges with the words that each takes. */
function wordsOf({ count }: Draw): readonly number[] {
  return Array.from({ length: count }, (_, index) => FIRST_RANGE + index);
}

/** The hole below 4 GiB: 64 MiB to 2 GiB. */
function pciHole({ words }: Draw): DrawnRange {
  const size = 64 * MIB * 2 ** words.below(SECOND, 16, 6);
  return on(4 * GIB - size, size, UC);
}

/** What graphics and firmware took from below the hole: 1 MiB to 128 MiB, mostly UC. */
function stolen({ words }: Draw, at: number, hole: DrawnRange): DrawnRange {
  const size = MIB * 2 ** words.bits(at, 2, 3);
  const base = alignedDown(hole.base - size * (1 + words.bits(at, 5, 2)), size);
  return on(base, size, words.bits(at, 8, 3) === 0 ? STOLEN_TYPES[words.bits(at, 11, 2)]! : UC);
}

/** Size of the chain's next range: the same, smaller, or twice as large where the place is aligned to that. */
function nextSize(size: number, base: number, step: number, frames: number): number {
  if (step < 3) return size;
  if (step < 5) return Math.max(size / 2, MIB);
  if (step < 6) return Math.max(size / 4, MIB);
  return base % (2 * size) === 0 && 2 * size <= frames ? 2 * size : size;
}

/** Default UC: a chain of WB ranges from 0, the hole below 4 GiB, what was stolen below it, holes in the chain. */
export function ucDefault(draw: Draw): DrawnRange[] {
  const { words, count, maxphyaddr } = draw;
  const frames = frameCount(maxphyaddr);
  const links = 1 + words.below(HEAD, 32, count);
  const hole = pciHole(draw);
  let size = Math.min(GIB * 2 ** words.bits(SECOND, 0, 2), frames);
  let base = 0;
  return wordsOf(draw).map((at, index) => {
    if (index < links) {
      const link = on(base, size, WB);
      base = (base + size) % frames;
      size = nextSize(size, base, words.bits(at, 0, 3), frames);
      return link;
    }
    if (index === links) return hole;
    if (words.bits(at, 0, 2) !== 0) return stolen(draw, at, hole);
    const gap = MIB * 2 ** words.below(at, 16, 12);
    return on(alignedDown(words.bits(at, 32, Math.min(24, addressBits(draw))), gap), gap, UC);
  });
}

/** Default WB: the hole below 4 GiB, what was stolen below it, BARs above 4 GiB. */
export function wbDefault(draw: Draw): DrawnRange[] {
  const { words, maxphyaddr } = draw;
  const hole = pciHole(draw);
  return wordsOf(draw).map((at, index) => {
    if (index === 0) return hole;
    if (words.bits(at, 0, 2) === 0) return stolen(draw, at, hole);
    const size = MIB * 2 ** words.below(at, 16, 13);
    const base = (4 * GIB + words.bits(at, 32, 26)) % frameCount(maxphyaddr);
    return on(alignedDown(base, size), size, words.bits(at, 8, 2) === 0 ? WC : UC);
  });
}

/** Type of a range that no firmware writes, and whether it is on. */
function likely({ words }: Draw, at: number): Pick<DrawnRange, 'type' | 'isOn'> {
  return { type: LIKELY_TYPES[words.bits(at, 0, 4)]!, isOn: words.bits(at, 4, 4) !== 0 };
}

/** Aligned ranges of any size within a place of 2^order frames. */
export function crowd(draw: Draw, order: number, place = 0): DrawnRange[] {
  const { words } = draw;
  return wordsOf(draw).map((at) => {
    const size = 2 ** words.below(at, 8, order + 1);
    return { base: place + alignedDown(words.bits(at, 24, order), size), size, ...likely(draw, at) };
  });
}

/** A {@link crowd} anywhere, of 16 frames to 16 GiB. */
export function overlapping(draw: Draw): DrawnRange[] {
  const { words } = draw;
  const order = 4 + words.below(HEAD, 32, Math.min(addressBits(draw), 22) - 3);
  return crowd(draw, order, alignedDown(words.bits(SECOND, 24, addressBits(draw)), 2 ** order));
}

/** Bases with bits that their masks do not look at. */
export function unaligned(draw: Draw): DrawnRange[] {
  const { words } = draw;
  const order = words.bits(HEAD, 57, 1) === 1 ? addressBits(draw) : Math.min(addressBits(draw), 22);
  return wordsOf(draw).map((at) => ({
    base: words.bits(at, 24, order),
    size: 2 ** words.below(at, 8, order + 1),
    ...likely(draw, at),
  }));
}

/** Masks with one to three bits cleared, bases that agree with them or not. */
export function withHoles(draw: Draw): DrawnRange[] {
  const { words } = draw;
  const bits = addressBits(draw);
  return wordsOf(draw).map((at, index) => {
    const size = 2 ** words.below(at, 8, bits + 1);
    const holes = [words.below(at, 24, bits)];
    if (words.bits(at, 5, 1) === 1) holes.push(words.below(at, 32, bits));
    if (words.bits(at, 6, 1) === 1) holes.push(words.below(at, 40, bits));
    const base = words.bits(FIRST_BASE + index, 0, bits);
    const isAligned = words.bits(at, 7, 1) === 0;
    return {
      base: isAligned ? holes.reduce(withoutBit, alignedDown(base, size)) : base,
      size,
      type: likely(draw, at).type,
      isOn: true,
      holes,
    };
  });
}

function withoutBit(frame: number, bit: number): number {
  return Math.floor(frame / 2 ** bit) % 2 === 1 ? frame - 2 ** bit : frame;
}
