import { describe, expect, it } from 'vitest';
import { combineWithPat } from '../../src/reference/pat.ts';
import { type MemoryType, type PatType, typeName } from '../../src/types.ts';

/** Intel SDM vol. 3A, "Effective Page-Level Memory Types", row by row; columns as in the heading. */
const COLUMNS: readonly PatType[] = [0, 7, 1, 4, 6, 5];
const ROWS: readonly (readonly [MemoryType, string])[] = [
  [0, 'UC UC WC UC UC UC'],
  [1, 'UC WC WC UC WC UC'],
  [4, 'UC UC WC WT WT WP'],
  [6, 'UC UC WC WT WB WP'],
  [5, 'UC WC WC WT WP WP'],
];

describe('effective type', () => {
  it.each(ROWS)('MTRR type %i', (type, row) => {
    expect(COLUMNS.map((pat) => typeName(combineWithPat(type, pat))).join(' ')).toBe(row);
  });
});
