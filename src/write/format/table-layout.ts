/** How the columns of a table share a line. */
import type { Column } from './column.ts';

/** A column is broken down to this many characters before another layout is chosen. */
const LEAST_TEXT = 24;
const GAP = 2;

/** See the kinds. */
export type TableLayout =
  /** Side by side, as wide as they are told. */
  | { readonly kind: 'beside'; readonly widths: readonly number[] }
  /** All but the last side by side, that one below them. */
  | { readonly kind: 'below'; readonly widths: readonly number[]; readonly lineWidth: number }
  /** Each row a list, titles as wide as they are told. */
  | { readonly kind: 'list'; readonly titles: number; readonly lineWidth: number };

/** What a column needs. */
interface Need {
  /** For all of its texts on one line each. */
  readonly natural: number;
  /** At least. */
  readonly least: number;
}

function longestWord(text: string): number {
  return text.split(' ').reduce((longest, { length }) => Math.max(longest, length), 0);
}

function needOf<Row>(column: Column<Row>, rows: readonly Row[]): Need {
  let [natural, word] = [column.title.length, longestWord(column.title)];
  for (const row of rows) {
    const cell = column.text(row);
    natural = Math.max(natural, cell.length);
    // What is no longer than the title's own words need not be looked at.
    if (cell.length > word) word = Math.max(word, longestWord(cell));
  }
  return { natural, least: Math.max(word, Math.min(natural, LEAST_TEXT)) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Widths of columns side by side: the widest give way, down to what they need; undefined where there is no room. */
function widthsOf(needs: readonly Need[], lineWidth: number): readonly number[] | undefined {
  const room = lineWidth - GAP * (needs.length - 1);
  const capped = (cap: number) => needs.map(({ natural, least }) => Math.max(least, Math.min(natural, cap)));
  if (sum(capped(0)) > room) return undefined;
  let cap = Math.max(...needs.map(({ natural }) => natural));
  while (sum(capped(cap)) > room) cap -= 1;
  return capped(cap);
}

/**
 * The layout in which a table fits.
 *
 * @param rows - that decide
 * @param lineWidth - characters of a line; undefined: any number
 */
export function tableLayout<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  lineWidth: number | undefined,
): TableLayout {
  const needs = columns.map((column) => needOf(column, rows));
  const naturals = needs.map(({ natural }) => natural);
  if (lineWidth === undefined) return { kind: 'beside', widths: naturals };
  const beside = widthsOf(needs, lineWidth);
  if (beside) return { kind: 'beside', widths: beside };
  const isText = columns.length > 2 && columns.at(-1)!.align !== 'right';
  const above = isText ? widthsOf(needs.slice(0, -1), lineWidth) : undefined;
  if (above) return { kind: 'below', widths: above, lineWidth };
  return { kind: 'list', titles: Math.max(...columns.map(({ title }) => title.length)), lineWidth };
}
