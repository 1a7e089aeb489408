import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alignedWithin,
  clipped,
  common,
  framesIn,
  joined,
  LEAF_FRAMES,
  overlap,
  regionOf,
  without,
} from '../src/ranges.ts';
import type { GfnRange } from '../src/types.ts';

const SPACE = 40;
const range = fc.tuple(fc.nat(SPACE), fc.nat(8)).map(([start, frames]) => ({ start, end: start + frames }));
const ranges = fc.array(range, { maxLength: 8 });

/** The frames of ranges, one by one. */
function frames(list: readonly GfnRange[]): Set<number> {
  return new Set(list.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, k) => start + k)));
}
const sorted = (set: Iterable<number>) => [...set].sort((a, b) => a - b);

describe('ranges of frames', () => {
  it('join to ranges that hold the same frames, ascending with gaps', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const made = joined(list);
        expect(sorted(frames(made))).toEqual(sorted(frames(list)));
        for (const [at, one] of made.entries()) {
          expect(one.start).toBeLessThan(one.end);
          if (at > 0) expect(one.start).toBeGreaterThan(made[at - 1]?.end ?? Number.POSITIVE_INFINITY);
        }
        expect(framesIn(list)).toBe(frames(list).size);
      }),
    );
  });

  it('lose what lies in others', () => {
    fc.assert(
      fc.property(ranges, ranges, (list, holes) => {
        const gone = frames(holes);
        const left = sorted(frames(list)).filter((gfn) => !gone.has(gfn));
        expect(sorted(frames(without(list, holes)))).toEqual(left);
        expect(joined(without(list, holes))).toEqual(without(list, holes));
      }),
    );
  });

  it('have frames in common or not, and are cut to them', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const both = [...frames([a])].filter((gfn) => frames([b]).has(gfn));
        const part = common(a, b);
        expect(sorted(frames(part ? [part] : []))).toEqual(both);
        expect(clipped([{ ...a, name: 'x' }], b)).toEqual(part ? [{ ...part, name: 'x' }] : []);
        if (a.start < a.end && b.start < b.end) expect(overlap(a, b)).toBe(both.length > 0);
      }),
    );
  });

  it('are aligned to leaves', () => {
    expect(LEAF_FRAMES.slice(1).map((count) => Math.log2(count))).toEqual([0, 9, 18, 27, 36]);
    expect(regionOf(0x12345, 1)).toEqual({ start: 0x12345, end: 0x12346 });
    expect(regionOf(0x12345, 2)).toEqual({ start: 0x12200, end: 0x12400 });
    expect(regionOf(0x12345, 3)).toEqual({ start: 0, end: 0x40000 });
    expect(alignedWithin({ start: 0x1ff, end: 0x601 }, 512)).toEqual({ start: 0x200, end: 0x600 });
    const none = alignedWithin({ start: 1, end: 511 }, 512);
    expect(none.start).toBeGreaterThanOrEqual(none.end);
  });
});
