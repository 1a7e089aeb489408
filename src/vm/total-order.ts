/** The order in which totals are listed. */
import type { Total } from '../types.ts';

/** By level, type, IPAT and entry; an undefined type or entry comes first. */
export function compareTotals(a: Omit<Total, 'pages'>, b: Omit<Total, 'pages'>): number {
  const difference =
    (a.level ?? 0) - (b.level ?? 0) || (a.type ?? 0) - (b.type ?? 0) || (a.ipat ?? 0) - (b.ipat ?? 0);
  if (difference !== 0) return difference;
  const [left, right] = [a.entry ?? -1n, b.entry ?? -1n];
  return left < right ? -1 : left > right ? 1 : 0;
}
