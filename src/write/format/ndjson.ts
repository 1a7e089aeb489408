/** JSON lines: where the rows come from, then one object a row. */
import type { Column, JsonValue } from './column.ts';
import { rowObject } from './json.ts';

/** What is said beside the rows. */
export interface NdjsonOptions {
  /** Further members that are the same in every row. */
  readonly trailing?: Readonly<Record<string, JsonValue>>;
  /** Asked when all rows are through: whether there were more, which a last line then says. */
  readonly isTruncated?: () => boolean;
}

/**
 * A line with the head, one for each row, and `{"truncated":true}` where there were more.
 *
 * @param head - `schema` first, that of a line
 */
export function* ndjsonLines<Row>(
  head: Readonly<Record<string, JsonValue | undefined>>,
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
  { trailing = {}, isTruncated }: NdjsonOptions = {},
): Generator<string, void, undefined> {
  yield JSON.stringify(head);
  for (const row of rows) yield JSON.stringify({ ...rowObject(columns, row), ...trailing });
  if (isTruncated?.()) yield JSON.stringify({ truncated: true });
}
