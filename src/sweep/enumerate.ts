/**
 * Every layout of a grid, by its number: sets of variable ranges, each with a size, a base and a type, and a default
 * type. Sets, not lists: the ranges of a layout differ, and stand in the registers by base, then size, then type.
 */
import { addressBits, DEF_TYPE_E, MASK_V, MSR_DEF_TYPE, physBase, physMask } from '../msr/index.ts';
import { MEMORY_TYPES, type MemoryType, typeName } from '../types.ts';
import type { EnumeratedLayouts } from './spec.ts';

/** A register write. */
type Write = readonly [msr: number, value: bigint];

interface Range {
  readonly base: number;
  readonly size: number;
  readonly type: MemoryType;
}

/** Bases that a range of some size can have. */
function basesOf({ base, below }: EnumeratedLayouts, size: number): number {
  const step = base === 'aligned' ? size : base;
  return below < size ? 0 : Math.floor((below - size) / step) + 1;
}

/** How many single ranges the grid has. */
function singles(grid: EnumeratedLayouts): bigint {
  const bases = grid.sizes.reduce((sum, size) => sum + BigInt(basesOf(grid, size)), 0n);
  return bases * BigInt(grid.types.length);
}

/** Ways to choose `k` of `n`. */
function choose(n: bigint, k: number): bigint {
  let ways = 1n;
  for (let taken = 0n; taken < BigInt(k); taken++) ways = (ways * (n - taken)) / (taken + 1n);
  return n < BigInt(k) ? 0n : ways;
}

/**
 * How many layouts a grid has.
 *
 * @example
 * const grid = { kind: 'enumerate', ranges: [0, 1], sizes: [2 ** 30], base: 'aligned', below: 2 ** 32 };
 * enumeratedCount({ ...grid, types: ['UC', 'WB'], defaults: ['UC'], maxphyaddr: 36 }); // 9n
 */
export function enumeratedCount(grid: EnumeratedLayouts): bigint {
  const [fewest, most] = grid.ranges;
  const all = singles(grid);
  let sets = 0n;
  for (let ranges = fewest; ranges <= most; ranges++) sets += choose(all, ranges);
  return sets * BigInt(grid.defaults.length);
}

function typeNamed(name: string): MemoryType {
  return MEMORY_TYPES.find((type) => typeName(type) === name)!;
}

/** A single range by its number. */
function rangeAt(grid: EnumeratedLayouts, index: bigint): Range {
  const types = BigInt(grid.types.length);
  const type = typeNamed(grid.types[Number(index % types)]!);
  let place = Number(index / types);
  for (const size of grid.sizes) {
    const bases = basesOf(grid, size);
    if (place < bases) return { base: place * (grid.base === 'aligned' ? size : grid.base), size, type };
    place -= bases;
  }
  throw new RangeError('a range beyond the grid');
}

/** The largest `n` of which `k` can be chosen in at most `rank` ways. */
function largestChoice(k: number, rank: bigint, below: bigint): bigint {
  let [low, high] = [BigInt(k) - 1n, below];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (choose(middle, k) <= rank) low = middle;
    else high = middle;
  }
  return low;
}

/** The set of `k` numbers below `n` with a number of its own: the combinatorial number system. */
function setAt(n: bigint, k: number, index: bigint): bigint[] {
  const members: bigint[] = [];
  let [rank, below] = [index, n];
  for (let left = k; left > 0; left--) {
    const member = largestChoice(left, rank, below);
    members.push(member);
    rank -= choose(member, left);
    below = member;
  }
  return members;
}

/**
 * A layout of a grid.
 *
 * @param grid - see {@link EnumeratedLayouts}
 * @param index - 0..{@link enumeratedCount} - 1
 * @returns its register writes
 */
export function enumeratedLayout(grid: EnumeratedLayouts, index: bigint): readonly Write[] {
  const all = singles(grid);
  const defaults = BigInt(grid.defaults.length);
  const type = typeNamed(grid.defaults[Number(index % defaults)]!);
  let rank = index / defaults;
  let ranges = grid.ranges[0];
  for (; rank >= choose(all, ranges); ranges++) rank -= choose(all, ranges);
  const chosen = setAt(all, ranges, rank)
    .map((member) => rangeAt(grid, member))
    .sort((a, b) => a.base - b.base || a.size - b.size || a.type - b.type);
  return [
    [MSR_DEF_TYPE, DEF_TYPE_E | BigInt(type)],
    ...chosen.flatMap(({ base, size, type }, at): Write[] => [
      [physBase(at), BigInt(base) | BigInt(type)],
      [physMask(at), addressBits(-BigInt(size), grid.maxphyaddr) | MASK_V],
    ]),
  ];
}
