/** What one register can match: frames whose bits are as it says, but for those that its mask leaves free. */
import type { MemoryType } from '../../types.ts';
import type { PlannedRange } from '../fewest.ts';
import { EVERYTHING, half, NOTHING, type PageSet, type PageSets } from './page-set.ts';

/** A bit that has to be 0, or 1, or may be either. */
export type Bit = 0 | 1 | 'free';

/** All bits of a frame, the highest first. */
export type Cube = readonly Bit[];

/** The frames that a cube matches. */
export function framesOf(sets: PageSets, cube: Cube): PageSet {
  let set = EVERYTHING;
  for (let level = cube.length - 1; level >= 0; level--) {
    if (cube[level] === 0) set = sets.node(level, set, NOTHING);
    else if (cube[level] === 1) set = sets.node(level, NOTHING, set);
  }
  return set;
}

function covers(a: Cube, b: Cube): boolean {
  return a.every((bit, level) => bit === 'free' || bit === b[level]);
}

/** Without those that another one covers. */
function largest(cubes: readonly Cube[]): readonly Cube[] {
  return cubes.filter(
    (cube, at) =>
      !cubes.some(
        (other, index) => index !== at && covers(other, cube) && (index < at || !covers(cube, other)),
      ),
  );
}

/** Most cubes that are gathered before the smaller ones among them are dropped. */
const MOST_CUBES = 128;

/** The lowest frame of a set that is not empty, as bits. */
export function lowestOf(set: PageSet, bits: number): readonly (0 | 1)[] {
  const frame = new Array<0 | 1>(bits).fill(0);
  let rest = set;
  while (rest.halves) {
    const isUpper = rest.halves[0] === NOTHING;
    if (isUpper) frame[rest.level] = 1;
    rest = rest.halves[isUpper ? 1 : 0];
  }
  return frame;
}

/**
 * The largest cubes within a set that match a frame of it; not all where there are very many.
 *
 * @param spend - called for every step; false ends the search with what was found
 */
export function cubesThrough(
  sets: PageSets,
  set: PageSet,
  frame: readonly (0 | 1)[],
  spend: () => boolean,
): readonly Cube[] {
  const found: Cube[] = [];
  const cube = new Array<Bit>(sets.bits).fill('free');
  const visit = (within: PageSet): void => {
    if (within === NOTHING || found.length === MOST_CUBES || !spend()) return;
    if (!within.halves) {
      found.push([...cube]);
      return;
    }
    const { level } = within;
    const own = half(within, level, frame[level]!);
    const both = sets.both(...within.halves);
    visit(both);
    if (both === own) return;
    cube[level] = frame[level]!;
    visit(own);
    cube[level] = 'free';
  };
  visit(set);
  return largest(found);
}

/** The largest cubes within a set, wherever they are; see {@link cubesThrough}. */
export function cubesWithin(sets: PageSets, set: PageSet, spend: () => boolean): readonly Cube[] {
  const found: Cube[] = [];
  const cube = new Array<Bit>(sets.bits).fill('free');
  const visit = (within: PageSet): void => {
    if (within === NOTHING || found.length === MOST_CUBES || !spend()) return;
    if (!within.halves) {
      found.push([...cube]);
      return;
    }
    const { level, halves } = within;
    const both = sets.both(...halves);
    visit(both);
    for (const bit of [0, 1] as const) {
      if (halves[bit] === both) continue;
      cube[level] = bit;
      visit(halves[bit]);
    }
    cube[level] = 'free';
  };
  visit(set);
  return largest(found);
}

/** A cube as a register's range. */
export function rangeOf(cube: Cube, type: MemoryType): PlannedRange {
  const bits = cube.length;
  let start = 0;
  for (const bit of cube) start = 2 * start + (bit === 1 ? 1 : 0);
  const fixed = cube.findLastIndex((bit) => bit !== 'free');
  const frames = 2 ** (bits - 1 - fixed);
  const repeats = cube
    .flatMap((bit, level) => (bit === 'free' && level < fixed ? [2 ** (bits - 1 - level)] : []))
    .reverse();
  return { start, frames, type, ...(repeats.length > 0 && { repeats }) };
}
