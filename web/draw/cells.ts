/** The cells of a lane: which of them are seen, where they stand, where lanes differ, what they are in words. */
import type { GfnRange } from '../../src/types.ts';
import type { Cell, Part } from '../worker/protocol.ts';
import { pagesOf, partKey } from './models.ts';
import type { Scale } from './scale.ts';

/** A cell with its place in pixels. */
export interface PlacedCell extends GfnRange {
  readonly x: number;
  readonly width: number;
  readonly parts: readonly Part[];
}

/** Narrowest cell: neighbours below it are drawn as one, stacked by their shares. */
const LEAST_WIDTH = 3;

/** Parts of several cells as those of one. */
export function mergedParts(all: Iterable<readonly Part[]>): Part[] {
  const merged = new Map<string, Part>();
  for (const parts of all) {
    for (const part of parts) {
      const key = partKey(part);
      merged.set(key, { ...part, pages: part.pages + (merged.get(key)?.pages ?? 0) });
    }
  }
  return [...merged.values()];
}

/** Index of the first of ascending ranges that ends above a frame. */
export function firstEndingAbove(ranges: readonly GfnRange[], gfn: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end > gfn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The part of ascending ranges that a window shows. */
export function visible<Range extends GfnRange>(ranges: readonly Range[], window: GfnRange): Range[] {
  const from = firstEndingAbove(ranges, window.start);
  let to = from;
  while (to < ranges.length && ranges[to]!.start < window.end) to += 1;
  return ranges.slice(from, to);
}

/** Edges on whole pixels, so that neighbours meet and lines are sharp. */
export function pixelSpan(range: GfnRange, scale: Scale): { x: number; width: number } {
  const right = scale.x + scale.width;
  const from = Math.round(Math.min(right, Math.max(scale.x, scale.toX(range.start))));
  const to = Math.round(Math.min(right, Math.max(scale.x, scale.toX(range.end))));
  return { x: from, width: to - from };
}

/** The cells that a scale shows, in place; runs of those that are too narrow to be seen are one cell each. */
export function placedCells(cells: readonly Cell[], scale: Scale): PlacedCell[] {
  const placed: PlacedCell[] = [];
  for (const cell of visible(cells, scale.window)) {
    const { x, width } = pixelSpan(cell, scale);
    const next = { start: cell.start, end: cell.end, x, width, parts: cell.parts };
    const last = placed.at(-1);
    if (!last || last.width >= LEAST_WIDTH) placed.push(next);
    else if (width < LEAST_WIDTH) placed[placed.length - 1] = joined(last, next);
    else {
      // A wide neighbour lends what is missing.
      const right = last.x + LEAST_WIDTH;
      placed[placed.length - 1] = { ...last, width: LEAST_WIDTH };
      placed.push({ ...next, x: right, width: x + width - right });
    }
  }
  return withWideEnd(placed);
}

function joined(a: PlacedCell, b: PlacedCell): PlacedCell {
  const parts = mergedParts([a.parts, b.parts]);
  return { start: a.start, end: b.end, x: a.x, width: b.x + b.width - a.x, parts };
}

/** The last cell takes what it is missing from the one before it. */
function withWideEnd(placed: PlacedCell[]): PlacedCell[] {
  const last = placed.at(-1);
  const before = placed.at(-2);
  if (!last || !before || last.width >= LEAST_WIDTH) return placed;
  const missing = LEAST_WIDTH - last.width;
  if (before.width < LEAST_WIDTH + missing) return [...placed.slice(0, -2), joined(before, last)];
  return [
    ...placed.slice(0, -2),
    { ...before, width: before.width - missing },
    { ...last, x: last.x - missing, width: LEAST_WIDTH },
  ];
}

/** Shares of the answers that are drawn apart. */
function sharesOf(parts: readonly Part[]): Map<string, number> {
  const total = pagesOf(parts);
  const shares = new Map<string, number>();
  for (const part of parts) {
    const key = partKey(part);
    shares.set(key, (shares.get(key) ?? 0) + part.pages / total);
  }
  return shares;
}

function sameShares(a: readonly Part[], b: readonly Part[]): boolean {
  if (a.length === 1 && b.length === 1) return partKey(a[0]!) === partKey(b[0]!);
  const [shares, others] = [sharesOf(a), sharesOf(b)];
  if (shares.size !== others.size) return false;
  return [...shares].every(([key, share]) => Math.abs((others.get(key) ?? 0) - share) < 1e-9);
}

/** Whether cells differ somewhere: two of one answer say so by themselves, others by what was counted or their shares. */
function differs(twin: Cell, { parts, differing }: Cell): boolean {
  const isExact = twin.parts.length === 1 && parts.length === 1;
  return isExact || differing === undefined ? !sameShares(twin.parts, parts) : differing > 0;
}

/**
 * Where a lane answers otherwise than another, both ascending.
 *
 * @returns ascending, neighbours joined
 */
export function differingRanges(reference: readonly Cell[], cells: readonly Cell[]): GfnRange[] {
  const found: { start: number; end: number }[] = [];
  let other = 0;
  for (const cell of cells) {
    while (other < reference.length && reference[other]!.end <= cell.start) other += 1;
    for (let at = other; at < reference.length && reference[at]!.start < cell.end; at++) {
      const twin = reference[at]!;
      const start = Math.max(cell.start, twin.start);
      const end = Math.min(cell.end, twin.end);
      if (!differs(twin, cell)) continue;
      const last = found.at(-1);
      if (last?.end === start) last.end = end;
      else found.push({ start, end });
    }
  }
  return found;
}

/** Heights of layers in the proportion of their shares, none below a least one, of a given sum. */
export function layerHeights(shares: readonly number[], height: number, least: number): number[] {
  const heights = shares.map((share) => Math.max(least, Math.round(share * height)));
  const highest = heights.indexOf(Math.max(...heights));
  heights[highest]! += height - heights.reduce((sum, one) => sum + one, 0);
  return heights;
}

/** A share that is neither none nor all, and never said to be. */
export function percentText(share: number): string {
  if (share < 0.0001) return '<0.01 %';
  const text = (100 * share).toFixed(share < 0.1 ? 2 : 1);
  return share < 1 && Number(text) === 100 ? '>99.9 %' : `${Number(text)} %`;
}

/** `WB`, or `WB 75 %, UC 25 %`, most pages first. */
export function partsText(parts: readonly Part[]): string {
  if (parts.length === 1) return partKey(parts[0]!);
  const total = pagesOf(parts);
  return [...parts]
    .sort((a, b) => b.pages - a.pages)
    .map((part) => `${partKey(part)} ${percentText(part.pages / total)}`)
    .join(', ');
}
