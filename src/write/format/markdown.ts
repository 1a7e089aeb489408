/** GitHub's Markdown: tables for pull requests and job summaries, and words that stay words there. */
import { visible } from '../../visible.ts';
import type { Column } from './column.ts';

/** What GitHub would read as markup: emphasis, code, links, HTML, entities, strikethrough, the end of a cell. */
const MARKUP = /[\\`*[\]<>&~|]|(?<!\w)_|_(?!\w)/g;
/** `#3` would link to an issue and `@name` notify somebody; an empty comment in between hides both. */
const REFERENCE = /([#@])(?=[\w])/g;
/** A mark at the start of a line that would make a heading, a list, a quotation or a rule of it. */
const BLOCK = /^(\s*)([-+=#>]|\d+[.)])(?=\s|$|[-=]{2})/;

/**
 * Text that GitHub shows as it is.
 *
 * @param text - may have several lines; these are parted by `<br>`
 * @example
 * markdownText('a|b #3'); // 'a\\|b #<!-- -->3'
 */
export function markdownText(text: string): string {
  return text
    .replace(/[^\r\n]+/g, visible)
    .replace(MARKUP, (mark) =>
      mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : mark === '&' ? '&amp;' : `\\${mark}`,
    )
    .replace(REFERENCE, '$1<!-- -->')
    .replace(/\r\n?|\n/g, '<br>');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/**
 * Lines of a table, heading first. Streams; nothing is aligned but by GitHub.
 *
 * @param columns - from left to right; right-aligned ones stay so
 * @param rows - any number
 */
export function* markdownTable<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): Generator<string, void, undefined> {
  yield row(columns.map((column) => markdownText(column.title)));
  yield row(columns.map((column) => (column.align === 'right' ? '---:' : '---')));
  for (const one of rows) yield row(columns.map((column) => markdownText(column.text(one))));
}

/**
 * Lines of text with tables among them, as Markdown: the first line is the title, each further line of words is
 * a line of its own, tables ({@link markdownTable}) stay as they are.
 *
 * @param lines - words, empty lines, and lines of tables, which start with `| `
 */
export function* markdownLines(lines: Iterable<string>): Generator<string, void, undefined> {
  let isFirst = true;
  let before = '';
  for (const line of lines) {
    const isTable = line.startsWith('| ');
    // The title is a paragraph of its own, and words behind a table would be read as one of its rows.
    const isApart = isFirst ? false : line !== '' && before !== '' && before.startsWith('| ') !== isTable;
    if (isApart) yield '';
    if (isTable || (line === '' && before !== '')) yield line;
    else if (isFirst) yield* [`**${markdownText(line)}**`, ''];
    else if (line !== '') yield `${markdownText(line.trimStart()).replace(BLOCK, '$1\\$2')}  `;
    before = isFirst ? '' : line;
    isFirst = false;
  }
}
