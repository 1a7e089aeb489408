/** Lists of memory as lines: one a list, and one more for what lies within its stretches. */
import type { MemoryRow } from '../worker/protocol.ts';

/** Stretches that do not overlap, drawn side by side. */
export interface MemoryLine {
  readonly title: string;
  /** Ascending. */
  readonly rows: readonly MemoryRow[];
}

/** Deepest nesting of /proc/iomem that is drawn: what lies below are single devices. */
const DEEPEST = 1;

/** The lines of all lists, in the order in which they come. */
export function memoryLines(rows: readonly MemoryRow[]): MemoryLine[] {
  const lines = new Map<string, { title: string; rows: MemoryRow[] }>();
  for (const row of rows) {
    if (row.depth > DEEPEST) continue;
    const key = `${row.list} ${row.depth}`;
    const line = lines.get(key) ?? { title: row.depth === 0 ? row.list : '', rows: [] };
    line.rows.push(row);
    lines.set(key, line);
  }
  return [...lines.values()].map(({ title, rows: all }) => ({
    title,
    rows: all.sort((a, b) => a.start - b.start),
  }));
}
