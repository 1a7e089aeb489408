/**
 * Sets of frames as binary decision diagrams over the frame's bits, the highest first: what one register with holes in
 * its mask matches is small there, however many stretches it is. Equal sets are the same object.
 */

/** A set of frames. */
export interface PageSet {
  readonly id: number;
  /** The highest bit that matters, counted from the top; more than there are for nothing and everything. */
  readonly level: number;
  /** Frames with this bit 0, and 1. */
  readonly halves: readonly [PageSet, PageSet] | undefined;
}

const LEAF_LEVEL = 64;
/** No frame. */
export const NOTHING: PageSet = { id: 0, level: LEAF_LEVEL, halves: undefined };
/** All frames. */
export const EVERYTHING: PageSet = { id: 1, level: LEAF_LEVEL, halves: undefined };

/** Larger than any id. */
const IDS = 2 ** 26;

/** The half of a set behind a bit. */
export function half(set: PageSet, level: number, bit: 0 | 1): PageSet {
  return set.level === level && set.halves ? set.halves[bit] : set;
}

/** The sets of one space. */
export class PageSets {
  /** Bits of a frame number. */
  readonly bits: number;
  #count = 2;
  readonly #nodes = new Map<string, PageSet>();
  readonly #both = new Map<number, PageSet>();
  readonly #without = new Map<number, PageSet>();

  constructor(bits: number) {
    this.bits = bits;
  }

  node(level: number, lower: PageSet, upper: PageSet): PageSet {
    if (lower === upper) return lower;
    const key = `${level},${lower.id},${upper.id}`;
    const known = this.#nodes.get(key);
    if (known) return known;
    const made: PageSet = { id: this.#count++, level, halves: [lower, upper] };
    this.#nodes.set(key, made);
    return made;
  }

  /** Frames `start <= gfn < end`. */
  range(start: number, end: number): PageSet {
    const build = (level: number, first: number, size: number): PageSet => {
      if (start >= first + size || end <= first) return NOTHING;
      if (start <= first && end >= first + size) return EVERYTHING;
      const lower = build(level + 1, first, size / 2);
      return this.node(level, lower, build(level + 1, first + size / 2, size / 2));
    };
    return build(0, 0, 2 ** this.bits);
  }

  /** Frames that are in both. */
  both(a: PageSet, b: PageSet): PageSet {
    if (a === b || b === EVERYTHING) return a;
    if (a === EVERYTHING) return b;
    if (a === NOTHING || b === NOTHING) return NOTHING;
    const key = Math.min(a.id, b.id) * IDS + Math.max(a.id, b.id);
    const known = this.#both.get(key);
    if (known) return known;
    const level = Math.min(a.level, b.level);
    const lower = this.both(half(a, level, 0), half(b, level, 0));
    const made = this.node(level, lower, this.both(half(a, level, 1), half(b, level, 1)));
    this.#both.set(key, made);
    return made;
  }

  /** Frames of `a` that are not in `b`. */
  without(a: PageSet, b: PageSet): PageSet {
    if (a === NOTHING || a === b || b === EVERYTHING) return NOTHING;
    if (b === NOTHING) return a;
    const key = a.id * IDS + b.id;
    const known = this.#without.get(key);
    if (known) return known;
    const level = Math.min(a.level, b.level);
    const lower = this.without(half(a, level, 0), half(b, level, 0));
    const made = this.node(level, lower, this.without(half(a, level, 1), half(b, level, 1)));
    this.#without.set(key, made);
    return made;
  }

  /** Frames that are in one of the two. */
  either(a: PageSet, b: PageSet): PageSet {
    return this.without(EVERYTHING, this.both(this.without(EVERYTHING, a), this.without(EVERYTHING, b)));
  }

  /** How many frames. */
  count(set: PageSet): number {
    const known = new Map<PageSet, number>();
    /** The share of the space. */
    const share = (one: PageSet): number => {
      if (!one.halves) return one === NOTHING ? 0 : 1;
      const before = known.get(one);
      if (before !== undefined) return before;
      const found = (share(one.halves[0]) + share(one.halves[1])) / 2;
      known.set(one, found);
      return found;
    };
    return share(set) * 2 ** this.bits;
  }
}
