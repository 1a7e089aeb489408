import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/write/format/column.ts';
import { tableLines } from '../../../src/write/format/table.ts';
import { fittedLines, visibleLength, wrapped } from '../../../src/write/format/wrap.ts';

describe('wrapped', () => {
  it.each([
    ['', 5, ['']],
    ['as it is', 8, ['as it is']],
    ['the MTRRs are off', 9, ['the MTRRs', 'are off']],
    ['0x80000000-0xbcbfffff is long', 10, ['0x80000000-0xbcbfffff', 'is long']],
    ['two  spaces stay', 11, ['two  spaces', 'stay']],
    ['and go  here', 6, ['and go', 'here']],
  ])('%j at %i', (text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines);
  });

  it('has room of its own in the first line', () => {
    expect(wrapped('a b c d', 1, 3)).toEqual(['a b', 'c', 'd']);
  });

  it('counts no colour', () => {
    expect(visibleLength('\x1b[1mbold\x1b[22m')).toBe(4);
    expect(wrapped('\x1b[1mbold\x1b[22m text', 9)).toEqual(['\x1b[1mbold\x1b[22m text']);
  });
});

describe('fittedLines', () => {
  it('goes on below the text of a label, or behind an indent', () => {
    const lines = ['  label  one two three', '  one two three four', 'one two three four five'];
    expect([...fittedLines(lines, 18)]).toEqual([
      '  label  one two',
      '         three',
      '  one two three',
      '    four',
      'one two three four',
      '  five',
    ]);
    expect([...fittedLines(lines, undefined)]).toEqual(lines);
  });

  it.each([
    '  eptsweep map a-file 0x0-0xfffff',
    '$ eptsweep map a-file 0',
    '  dmesg | eptsweep check - and so on',
  ])('leaves %j whole, to be copied', (line) => {
    expect([...fittedLines([line], 10)]).toEqual([line]);
  });
});

type Row = readonly string[];
const columns: readonly Column<Row>[] = ['name', 'size', 'why it is so'].map((title, at) => ({
  name: title,
  title,
  ...(title === 'size' && { align: 'right' }),
  text: (row) => row[at]!,
  value: (row) => row[at],
}));
const rows: readonly Row[] = [
  ['0x0-0xfffff', '1M', 'the fixed ranges below 1 MiB are enabled'],
  ['0x100000-0x1fffff', '1M', ''],
];
const at = (lineWidth?: number) => [...tableLines(columns, rows, { lineWidth })];

describe('a table that has to fit', () => {
  it('is as it always was where there is room', () => {
    const plain = at();
    expect(plain).toEqual([
      'name               size  why it is so',
      '0x0-0xfffff          1M  the fixed ranges below 1 MiB are enabled',
      '0x100000-0x1fffff    1M  ',
    ]);
    expect(at(65)).toEqual(plain);
  });

  it('breaks texts between words', () => {
    expect(at(52)).toEqual([
      'name               size  why it is so',
      '0x0-0xfffff          1M  the fixed ranges below 1',
      '                         MiB are enabled',
      '0x100000-0x1fffff    1M  ',
    ]);
  });

  it('has the last column below the others', () => {
    expect(at(40)).toEqual([
      'name               size',
      '    why it is so',
      '0x0-0xfffff          1M',
      '    the fixed ranges below 1 MiB are',
      '    enabled',
      '0x100000-0x1fffff    1M',
    ]);
  });

  it('becomes lists', () => {
    expect(at(22)).toEqual([
      'name          0x0-0xfffff',
      'size          1M',
      'why it is so  the',
      '              fixed',
      '              ranges',
      '              below 1',
      '              MiB are',
      '              enabled',
      '',
      'name          0x100000-0x1fffff',
      'size          1M',
    ]);
  });
});
