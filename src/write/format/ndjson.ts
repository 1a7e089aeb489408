/** JSON lines: one object a row, nothing else. */
import type { Column } from './column.ts';
import { rowObject } from './json.ts';

/** A line for each row. */
export function* ndjsonLines<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): Generator<string, void, undefined> {
  for (const row of rows) yield JSON.stringify(rowObject(columns, row));
}
