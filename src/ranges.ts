/** Ranges of frames: `start <= gfn < end`, in frames of 4 KiB. */
import type { GfnRange } from './types.ts';

/** 4 GiB, in frames. */
export const FOUR_GIB = 2 ** 20;

/** Frames under one leaf, or one entry of a table, by level: 4K, 2M, 1G, 512G, 256T. Level 0, not mapped: one page. */
export const LEAF_FRAMES = [1, 1, 2 ** 9, 2 ** 18, 2 ** 27, 2 ** 36] as const;

/** The aligned region of a level around a frame. */
export function regionOf(gfn: number, level: 1 | 2 | 3): GfnRange {
  const start = gfn - (gfn % LEAF_FRAMES[level]);
  return { start, end: start + LEAF_FRAMES[level] };
}

/** The part of a range that aligned pages of a size fill; empty, or running backwards, where they fill none. */
export function alignedWithin({ start, end }: GfnRange, frames: number): GfnRange {
  return { start: Math.ceil(start / frames) * frames, end: Math.floor(end / frames) * frames };
}

/** Whether two ranges have frames in common. */
export function overlap(a: GfnRange, b: GfnRange): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The frames that two ranges have in common; undefined where there are none. */
export function common(a: GfnRange, b: GfnRange): GfnRange | undefined {
  const [start, end] = [Math.max(a.start, b.start), Math.min(a.end, b.end)];
  return start < end ? { start, end } : undefined;
}

/** Ranges cut to a window, with all else that they carry; those outside it are left out. */
export function clipped<Range extends GfnRange>(
  ranges: readonly Range[],
  window: GfnRange,
): readonly Range[] {
  return ranges.flatMap((range) => {
    const part = common(range, window);
    return part ? [{ ...range, ...part }] : [];
  });
}

/** Ranges ascending, those that touch or overlap joined, empty ones left out. */
export function joined(ranges: readonly GfnRange[]): readonly GfnRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const made: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = made.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else if (start < end) made.push({ start, end });
  }
  return made;
}

/** Ranges, joined, without what lies in others. */
export function without(ranges: readonly GfnRange[], holes: readonly GfnRange[]): readonly GfnRange[] {
  const cuts = joined(holes);
  const rest: GfnRange[] = [];
  let first = 0;
  for (const { start, end } of joined(ranges)) {
    let from = start;
    while (first < cuts.length && cuts[first]!.end <= from) first += 1;
    for (let at = first; at < cuts.length && cuts[at]!.start < end; at++) {
      if (from < cuts[at]!.start) rest.push({ start: from, end: cuts[at]!.start });
      from = Math.max(from, cuts[at]!.end);
    }
    if (from < end) rest.push({ start: from, end });
  }
  return rest;
}

/** How many frames ranges cover, each once. */
export function framesIn(ranges: readonly GfnRange[]): number {
  return joined(ranges).reduce((sum, { start, end }) => sum + (end - start), 0);
}
