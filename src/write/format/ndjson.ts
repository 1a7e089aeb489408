/** JSON lines: where the rows come from, then one object a row. */
import type { Column, JsonValue } from './column.ts';
import { rowObject } from './json.ts';

/**
 * A line with the head, and one for each row.
 *
 * @param head - `schema` first, that of a line
 */
export function* ndjsonLines<Row>(
  head: Readonly<Record<string, JsonValue | undefined>>,
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): Generator<string, void, undefined> {
  yield JSON.stringify(head);
  for (const row of rows) yield JSON.stringify(rowObject(columns, row));
}
