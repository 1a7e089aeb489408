/** Registers as bars, the widest above, those that lie within others below them: overlaps are seen at a glance. */
import type { RegisterBar } from '../worker/protocol.ts';

/**
 * Rows of bars that do not overlap: each stands in the highest row that has room for it below all bars that it
 * shares frames with.
 *
 * @returns bars by row, each row ascending
 */
export function registerRows(bars: readonly RegisterBar[]): RegisterBar[][] {
  const rows: RegisterBar[][] = [];
  const widestFirst = [...bars].sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  for (const bar of widestFirst) {
    const overlaps = (other: RegisterBar) => other.start < bar.end && bar.start < other.end;
    const row = rows.findLastIndex((taken) => taken.some(overlaps)) + 1;
    rows[row] = [...(rows[row] ?? []), bar];
  }
  return rows.map((row) => row.sort((a, b) => a.start - b.start));
}
