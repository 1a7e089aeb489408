/** Markdown that GitHub shows as it is meant. */
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/write/format/column.ts';
import { markdownLines, markdownTable, markdownText } from '../../../src/write/format/markdown.ts';
import { tableLines } from '../../../src/write/format/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}
const COLUMNS: readonly Column<Row>[] = [
  { name: 'name', title: 'what | which', text: ({ name }) => name, value: ({ name }) => name },
  {
    name: 'count',
    title: 'pages',
    align: 'right',
    text: ({ count }) => String(count),
    value: ({ count }) => count,
  },
];

/** Cells of a row as GitHub parts them: at pipes that no backslash escapes. */
function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('text', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['a\\|b', 'a\\\\\\|b'],
    ['<b> & *c* `d` ~e~ [f](g)', '&lt;b&gt; &amp; \\*c\\* \\`d\\` \\~e\\~ \\[f\\](g)'],
    ['IA32_MTRR_PHYSBASE2, _x_', 'IA32_MTRR_PHYSBASE2, \\_x\\_'],
    ['#3 and @name', '#<!-- -->3 and @<!-- -->name'],
    ['two\nlines\r\nthree', 'two<br>lines<br>three'],
  ])('%j', (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });
});

describe('a table', () => {
  it('keeps its columns whatever stands in its cells', () => {
    const rows = ['plain', 'a|b', '\\', '\\|', '|', 'x\ny', ''].map((name, count) => ({ name, count }));
    const [heading, rule, ...lines] = [...markdownTable(COLUMNS, rows)];
    expect(cells(heading!)).toEqual(['what \\| which', 'pages']);
    expect(rule).toBe('| --- | ---: |');
    expect(lines).toHaveLength(rows.length);
    for (const [k, line] of lines.entries()) {
      expect(line).not.toContain('\n');
      // An even number of backslashes in front of a pipe would leave it a border.
      expect(line.replace(/\\\\/g, '').split(/(?<!\\)\|/)).toHaveLength(4);
      expect(cells(line).at(-1)).toBe(String(k));
    }
  });

  it('is what tableLines gives where Markdown is asked for', () => {
    const rows = [{ name: 'x', count: 1 }];
    expect([...tableLines(COLUMNS, rows, { markdown: true, colour: true })]).toEqual([
      ...markdownTable(COLUMNS, rows),
    ]);
  });
});

describe('words with tables', () => {
  it('have a title, lines of their own, and blank lines around tables', () => {
    const table = [...markdownTable(COLUMNS, [{ name: 'x', count: 1 }])];
    expect([
      ...markdownLines(['a: title_', '', ...table, '... and more', '', '# not a heading', '- nor a list']),
    ]).toEqual([
      '**a: title\\_**',
      '',
      ...table,
      '',
      '... and more  ',
      '',
      '\\# not a heading  ',
      '\\- nor a list  ',
    ]);
  });
});
