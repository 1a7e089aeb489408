/** Comma-separated values (RFC 4180) with a heading. */
import type { Column, JsonValue } from './column.ts';

function cell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Lines of a CSV file, heading first; null and missing values are empty cells.
 *
 * @param trailing - further columns whose cells are the same in every row: where the answers come from
 */
export function* csvLines<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
  trailing: Readonly<Record<string, JsonValue>> = {},
): Generator<string, void, undefined> {
  yield [...columns.map((column) => column.name), ...Object.keys(trailing)].map(cell).join(',');
  const end = Object.values(trailing)
    .map((value) => `,${cell(value)}`)
    .join('');
  for (const row of rows) {
    yield columns.map((column) => cell(column.cell ? column.cell(row) : column.value(row))).join(',') + end;
  }
}
