/** Comma-separated values (RFC 4180) with a heading. */
import type { Column, JsonValue } from './column.ts';

function cell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a CSV file, heading first; null and missing values are empty cells. */
export function* csvLines<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): Generator<string, void, undefined> {
  yield columns.map((column) => cell(column.name)).join(',');
  for (const row of rows) yield columns.map((column) => cell(column.value(row))).join(',');
}
