/**
 * A walk over the union of the cuts of many span lists, lowest first. Memory is bounded by the number of
 * lists, whatever their length.
 */
import { EptsweepError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import type { DemandCursor } from './cursor.ts';
import { DEMAND_CODES, type DemandCode } from './demand.ts';

/** Most stretches that a walk visits: masks with holes can make 2^39 of them. */
export const MOST_STRETCHES = 1 << 23;

/** A stretch of frames on which no group changes its mind. Reused from step to step. */
export interface Stretch extends GfnRange {
  /** How many vCPUs demand each code. */
  readonly counts: Float64Array;
  /** Bit `code` is set where at least one vCPU demands it. */
  readonly present: number;
}

/** Takes part in a merge. */
export interface StretchVisitor {
  /** A group has come to a new demand at the start of the next stretch; `before` is -1 at the very start. */
  changes(group: number, before: DemandCode | -1, now: DemandCode): void;
  /** A group's last demand holds to the end. */
  ends?(group: number, last: DemandCode): void;
}

/** Groups by the end of their current span: a binary heap. */
class EndHeap {
  readonly #groups: number[] = [];
  constructor(private readonly cursors: readonly DemandCursor[]) {}

  get lowest(): number {
    return this.cursors[this.#groups[0]!]!.end;
  }
  get top(): number {
    return this.#groups[0]!;
  }
  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  push(group: number): void {
    const groups = this.#groups;
    let at = groups.length;
    const end = this.cursors[group]!.end;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.cursors[groups[parent]!]!.end <= end) break;
      groups[at] = groups[parent]!;
      at = parent;
    }
    groups[at] = group;
  }

  /** Restores the order after the top has moved on. */
  sift(): void {
    const groups = this.#groups;
    const group = groups[0]!;
    const { end } = this.cursors[group]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= groups.length) break;
      const other = child + 1;
      if (other < groups.length && this.cursors[groups[other]!]!.end < this.cursors[groups[child]!]!.end) {
        child = other;
      }
      if (this.cursors[groups[child]!]!.end >= end) break;
      groups[at] = groups[child]!;
      at = child;
    }
    groups[at] = group;
  }

  /** Takes the top out once its group is at the end, where all that are left end too: their order counts no more. */
  pop(): void {
    this.#groups.shift();
  }
}

/**
 * Stretches of a walk, ascending. The object that is given out is the same each time.
 *
 * @param cursors - one a group, at their first spans
 * @param weights - vCPUs of each group
 * @param range - what the cursors walk; not empty
 * @param most - stretches that are visited
 * @throws EptsweepError `too-many-spans` after these
 */
export function* stretches(
  cursors: readonly DemandCursor[],
  weights: readonly number[],
  range: GfnRange,
  visitor?: StretchVisitor,
  most = MOST_STRETCHES,
): Generator<Stretch, void, undefined> {
  const counts = new Float64Array(DEMAND_CODES);
  let present = 0;
  const add = (code: DemandCode, vcpus: number): void => {
    counts[code]! += vcpus;
    if (counts[code] === 0) present &= ~(1 << code);
    else present |= 1 << code;
  };
  const heap = new EndHeap(cursors);
  cursors.forEach((cursor, group) => {
    add(cursor.code, weights[group]!);
    heap.push(group);
    visitor?.changes(group, -1, cursor.code);
  });
  let start = range.start;
  for (let visited = 0; !heap.isEmpty; visited++) {
    if (visited === most) {
      throw new EptsweepError(
        'too-many-spans',
        `more than ${most} stretches (masks with holes): give a range`,
        'range',
      );
    }
    const end = heap.lowest;
    yield { start, end, counts, present };
    start = end;
    while (!heap.isEmpty && heap.lowest === end) {
      const group = heap.top;
      const cursor = cursors[group]!;
      const before = cursor.code;
      if (!cursor.advance()) {
        visitor?.ends?.(group, before);
        heap.pop();
        continue;
      }
      add(before, -weights[group]!);
      add(cursor.code, weights[group]!);
      visitor?.changes(group, before, cursor.code);
      heap.sift();
    }
  }
}
