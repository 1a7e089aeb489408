/** Aligned text for people. */
import { type Style, styled } from './ansi.ts';
import type { Column } from './column.ts';
import { markdownTable } from './markdown.ts';

/** How many rows decide the widths of the columns; those behind them are written as they come. */
const ROWS_MEASURED = 500;

/** What {@link tableLines} takes besides columns and rows. */
export interface TableOptions {
  /** Whether to use colours. Default false. */
  readonly colour?: boolean;
  /** Whether to write GitHub's Markdown, which needs no alignment. Default false. */
  readonly markdown?: boolean;
}

function padded(text: string, width: number, align: 'left' | 'right' | undefined, last: boolean): string {
  if (align === 'right') return text.padStart(width);
  return last ? text : text.padEnd(width);
}

/**
 * Lines of a table, heading first, two spaces between columns. Streams: only the first rows are kept, to
 * measure the columns.
 *
 * @param columns - from left to right
 * @param rows - any number
 */
export function* tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
  { colour = false, markdown = false }: TableOptions = {},
): Generator<string, void, undefined> {
  if (markdown) {
    yield* markdownTable(columns, rows);
    return;
  }
  const iterator = rows[Symbol.iterator]();
  try {
    const measured: Row[] = [];
    let next = iterator.next();
    for (; !next.done && measured.length < ROWS_MEASURED; next = iterator.next()) measured.push(next.value);
    const widths = columns.map((column) =>
      measured.reduce((width, row) => Math.max(width, column.text(row).length), column.title.length),
    );
    const line = (cells: readonly string[], styles: readonly (Style | undefined)[]) =>
      cells
        .map((cell, k) => {
          const text = padded(cell, widths[k]!, columns[k]!.align, k === cells.length - 1);
          return styled(styles[k], text, colour);
        })
        .join('  ');
    const bold = columns.map(() => 'bold' as const);
    yield line(
      columns.map((column) => column.title),
      bold,
    );
    const rowLine = (row: Row) =>
      line(
        columns.map((column) => column.text(row)),
        columns.map((column) => column.colour?.(row)),
      );
    for (const row of measured) yield rowLine(row);
    for (; !next.done; next = iterator.next()) yield rowLine(next.value);
  } finally {
    iterator.return?.();
  }
}
