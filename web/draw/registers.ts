/** Registers as bars, the widest above, those that lie within others below them: overlaps are seen at a glance. */
import type { RegisterBar } from '../worker/protocol.ts';

/** Whether a register was ever given something: variable ranges that hold zeros are as after reset. */
function isUsed({ isEnabled, kind, registers }: RegisterBar): boolean {
  return isEnabled || kind !== 'variable' || registers.some(({ value }) => !/^0x0*$/.test(value));
}

/** What counts before what does not, the widest first. */
function byWeight(a: RegisterBar, b: RegisterBar): number {
  if (a.isEnabled !== b.isEnabled) return a.isEnabled ? -1 : 1;
  return b.end - b.start - (a.end - a.start) || a.start - b.start;
}

/**
 * Rows of bars that do not overlap: each stands in the highest row that has room for it below all bars that it
 * shares frames with. Those that are not in force come last, those that hold nothing not at all.
 *
 * @returns bars by row, each row ascending
 */
export function registerRows(bars: readonly RegisterBar[]): RegisterBar[][] {
  const rows: RegisterBar[][] = [];
  for (const bar of bars.filter(isUsed).sort(byWeight)) {
    const overlaps = (other: RegisterBar) => other.start < bar.end && bar.start < other.end;
    const row = rows.findLastIndex((taken) => taken.some(overlaps)) + 1;
    rows[row] = [...(rows[row] ?? []), bar];
  }
  return rows.map((row) => row.sort((a, b) => a.start - b.start));
}
