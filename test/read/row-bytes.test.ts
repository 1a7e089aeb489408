/** The fast way through tables: it takes the usual row, wherever it lies, and leaves all else to the slow one. */
import { describe, expect, it } from 'vitest';
import { readRow } from '../../src/read/trace/csv-bytes.ts';
import { EntrySink } from '../../src/read/trace/reader.ts';
import { entryTexts } from './entry-texts.ts';

/** What the fast way makes of a row that lies between other bytes; undefined: it leaves it. */
function fast(row: string, before: string, behind: string): string | undefined {
  const texts: string[] = [];
  const sink = new EntrySink((batch) => {
    texts.push(...entryTexts(batch));
  });
  const bytes = Buffer.from(before + row + behind, 'latin1');
  const isTaken = readRow(bytes, before.length, before.length + row.length, 5, sink);
  sink.flush();
  expect(texts.length).toBe(isTaken ? 1 : 0);
  return texts[0];
}

const NEIGHBOURS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['\n', '\n'],
  ['0x', '0x5'],
  ['7', ',7'],
  ['1,1,', ',1,1'],
  ['\r', '\r'],
];
/** What never stands behind a row that is whole: an `x` would join it. */
const ODD_NEIGHBOURS: typeof NEIGHBOURS = [...NEIGHBOURS, ['0', 'x1']];

describe('the fast way through a table', () => {
  it.each<[string, string]>([
    ['fee00,1,6000000fee00b07', 'fee00 1 6000000fee00b07'],
    ['0xfee00,1,0x6000000fee00b07', 'fee00 1 6000000fee00b07'],
    ['0XFEE00,1,0X6000000FEE00B07', 'fee00 1 6000000fee00b07'],
    ['fee00,1,6000000fee00b07\r', 'fee00 1 6000000fee00b07'],
    ['0,1,0', '0 1 0'],
    ['00,1,00', '0 1 0'],
    ['0x0,1,0x0\r', '0 1 0'],
    ['9,1,9', '9 1 9'],
    ['a,1,f', 'a 1 f'],
    ['0123456789abc,1,def0123456789abc', '123456789abc 1 def0123456789abc'],
    ['fffffffffffff,1,ffffffffffffffff', 'fffffffffffff 1 ffffffffffffffff'],
    ['0xfffffffffffff,1,0xffffffffffffffff', 'fffffffffffff 1 ffffffffffffffff'],
    ['100000000,1,100000000', '100000000 1 100000000'],
    ...[1, 2, 3, 4, 5].map((level): [string, string] => [`fee00,${level},b7`, `fee00 ${level} b7`]),
  ])('takes %j', (row, entry) => {
    for (const [before, behind] of NEIGHBOURS) expect(fast(row, before, behind)).toBe(`5 0 ${entry}`);
  });

  it.each([
    ['', '\r', '1', '1,1', '1,1\r', '1,1,', '1,1,\r', ',,', '1,,1', ',1,1'],
    ['1,0,1', '1,6,1', '1,12,1', '1,/,1', '1,:,1', '1;1;1', '1,1;1', '1;1,1', '1,1,1,1', '1,1,1\r\r'],
    ['10000000000000,1,1', '1,1,10000000000000000', '0x10000000000000,1,1', '1,1,0x10000000000000000'],
    ['0x', '0x,1,1', '1,1,0x', '1,1,0x\r', 'x1,1,1', '1,1,x1', '1x1,1,1', '1,1,1x1', '0x0x1,1,1'],
    ['0y1,1,1', '0w1,1,1', '1,1,0y1', '1,1,0w1', '/x1,1,1', '1,1,/x1', '"1",1,1', 'gfn,level,entry'],
    ['/', ':', '@', '`', 'g', 'G', '[', '{', ' ', '\xe1', '\xff'].flatMap((odd) => [
      `1${odd},1,1`,
      `${odd}1,1,1`,
      `1,1,1${odd}`,
      `1,1,${odd}1`,
      `1,1,${odd}`,
    ]),
  ])('leaves %j and others', (...rows) => {
    for (const row of rows)
      for (const [before, behind] of ODD_NEIGHBOURS) expect(fast(row, before, behind), row).toBeUndefined();
  });
});
