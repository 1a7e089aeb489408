/** Aligned text for people. */
import { type Style, styled } from './ansi.ts';
import type { Column } from './column.ts';
import { markdownTable } from './markdown.ts';
import { type TableLayout, tableLayout } from './table-layout.ts';
import { wrapped } from './wrap.ts';

/** How many rows decide the widths of the columns; those behind them are written as they come. */
const ROWS_MEASURED = 500;
const GAP = '  ';
/** Before what stands below a row. */
const BELOW = '    ';

/** How text for people looks. */
export interface TextStyle {
  /** Whether to use colours. Default false. */
  readonly colour?: boolean;
  /** Characters of a line; tables are made to fit. Default: any number. */
  readonly lineWidth?: number | undefined;
}

/** What {@link tableLines} takes besides columns and rows. */
export interface TableOptions extends TextStyle {
  /** Whether to write GitHub's Markdown, which needs no alignment. Default false. */
  readonly markdown?: boolean;
}

/** A cell with its colour. */
interface Cell {
  readonly text: string;
  readonly style: Style | undefined;
}

function padded(text: string, width: number, align: 'left' | 'right' | undefined, isLast: boolean): string {
  if (align === 'right') return text.padStart(width);
  return isLast ? text : text.padEnd(width);
}

/** Writes rows as a layout has them. */
class RowWriter<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #layout: TableLayout;
  readonly #colour: boolean;

  constructor(columns: readonly Column<Row>[], layout: TableLayout, colour: boolean) {
    this.#columns = columns;
    this.#layout = layout;
    this.#colour = colour;
  }

  *head(): Generator<string, void, undefined> {
    if (this.#layout.kind === 'list') return;
    yield* this.#lines(this.#columns.map(({ title }) => ({ text: title, style: 'bold' })));
  }

  /** @param isFirst - of the table's rows */
  *row(row: Row, isFirst: boolean): Generator<string, void, undefined> {
    const cells = this.#columns.map((column) => ({ text: column.text(row), style: column.colour?.(row) }));
    if (this.#layout.kind !== 'list') yield* this.#lines(cells);
    else {
      if (!isFirst) yield '';
      yield* this.#list(cells, this.#layout.titles, this.#layout.lineWidth);
    }
  }

  *#lines(cells: readonly Cell[]): Generator<string, void, undefined> {
    const { kind } = this.#layout;
    if (kind === 'list') return;
    const { widths } = this.#layout;
    yield* this.#beside(cells.slice(0, widths.length), widths);
    if (kind !== 'below') return;
    const { text, style } = cells.at(-1)!;
    if (text === '') return;
    for (const line of wrapped(text, this.#layout.lineWidth - BELOW.length))
      yield BELOW + styled(style, line, this.#colour);
  }

  /** Cells side by side, each as many lines high as it needs. */
  *#beside(cells: readonly Cell[], widths: readonly number[]): Generator<string, void, undefined> {
    const parts = cells.map(({ text }, k) => wrapped(text, widths[k]!));
    const height = Math.max(...parts.map(({ length }) => length));
    for (let line = 0; line < height; line++) {
      // Below the first line nothing is padded up to cells that have ended.
      const last = line === 0 ? cells.length - 1 : parts.findLastIndex(({ length }) => length > line);
      yield cells
        .slice(0, last + 1)
        .map(({ style }, k) => {
          const { align } = this.#columns[k]!;
          return styled(style, padded(parts[k]![line] ?? '', widths[k]!, align, k === last), this.#colour);
        })
        .join(GAP);
    }
  }

  /** A row as lines of a title and a text each. */
  *#list(cells: readonly Cell[], width: number, lineWidth: number): Generator<string, void, undefined> {
    for (const [k, { text, style }] of cells.entries()) {
      if (text === '') continue;
      const title = styled('bold', this.#columns[k]!.title.padEnd(width), this.#colour);
      for (const [index, line] of wrapped(text, lineWidth - width - GAP.length).entries()) {
        yield `${index === 0 ? title : ' '.repeat(width)}${GAP}${styled(style, line, this.#colour)}`;
      }
    }
  }
}

/**
 * Lines of a table, heading first, two spaces between columns. Streams: only the first rows are kept, to
 * measure the columns. Where a line has no room for them, cells are broken between words, the last column goes below
 * the others, or each row becomes a list.
 *
 * @param columns - from left to right
 * @param rows - any number
 */
export function* tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
  { colour = false, markdown = false, lineWidth }: TableOptions = {},
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
    const writer = new RowWriter(columns, tableLayout(columns, measured, lineWidth), colour);
    yield* writer.head();
    for (const [index, row] of measured.entries()) yield* writer.row(row, index === 0);
    for (; !next.done; next = iterator.next()) yield* writer.row(next.value, false);
  } finally {
    iterator.return?.();
  }
}
