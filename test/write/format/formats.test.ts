import { describe, expect, it } from 'vitest';
import { countText, eptText, levelText, sizeText } from '../../../src/words.ts';
import { type Column, csvLines, jsonLines, ndjsonLines, tableLines } from '../../../src/write/index.ts';

interface Row {
  readonly name: string;
  readonly pages: number;
}
const columns: readonly Column<Row>[] = [
  { name: 'name', title: 'Name', text: ({ name }) => name, value: ({ name }) => name, colour: () => 'red' },
  {
    name: 'pages',
    title: 'pages',
    align: 'right',
    text: ({ pages }) => String(pages),
    value: ({ pages }) => (pages < 0 ? undefined : pages),
  },
];
const rows: readonly Row[] = [
  { name: 'a', pages: 1000000 },
  { name: 'b,"c"', pages: -1 },
];

/** Rows without end; `taken` counts how many were asked for. */
function endless(): { rows: Iterable<Row>; taken: () => number } {
  let taken = 0;
  function* generate() {
    for (;;) yield { name: 'x', pages: taken++ };
  }
  return { rows: generate(), taken: () => taken };
}

describe('tables', () => {
  it('are aligned', () => {
    expect([...tableLines(columns, rows)]).toEqual(['Name     pages', 'a      1000000', 'b,"c"       -1']);
  });

  it('have colours only where asked', () => {
    expect([...tableLines(columns, rows)].join('')).not.toContain('\u001b');
    expect([...tableLines(columns, rows, { colour: true })].join('')).toContain('\u001b[31ma');
  });

  it('have a heading without rows', () => {
    expect([...tableLines(columns, [])]).toEqual(['Name  pages']);
  });

  it('stream: rows without end are taken as lines are', () => {
    const { rows: many, taken } = endless();
    let lines = 0;
    for (const _ of tableLines(columns, many)) if (++lines === 2000) break;
    expect(taken()).toBeLessThan(2010);
  });
});

describe('csv', () => {
  it('quotes what needs it and leaves missing values empty', () => {
    expect([...csvLines(columns, rows)]).toEqual(['name,pages', 'a,1000000', '"b,""c""",']);
  });
});

describe('json', () => {
  it('is one object, a row a line', () => {
    const text = [
      ...jsonLines({
        head: { schema: 's@1', skipped: undefined },
        list: 'rows',
        columns,
        rows,
        tail: () => ({ sum: 1, gone: undefined }),
      }),
    ].join('\n');
    expect(JSON.parse(text)).toEqual({
      schema: 's@1',
      rows: [{ name: 'a', pages: 1000000 }, { name: 'b,"c"' }],
      sum: 1,
    });
    expect(text.split('\n')).toHaveLength(8);
  });

  it.each([0, 1, 3])('is JSON with %i rows, with and without a tail', (count) => {
    const some = Array.from({ length: count }, (_, pages) => ({ name: 'n', pages }));
    for (const tail of [undefined, () => ({}), () => ({ a: 1, b: 2 })]) {
      const text = [
        ...jsonLines({ head: { schema: 's' }, list: 'rows', columns, rows: some, ...(tail && { tail }) }),
      ].join('\n');
      expect((JSON.parse(text) as { rows: unknown[] }).rows).toHaveLength(count);
    }
  });

  it('lines stand for themselves', () => {
    expect(
      [...ndjsonLines({ schema: 's-lines@2' }, columns, rows)].map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ schema: 's-lines@2' }, { name: 'a', pages: 1000000 }, { name: 'b,"c"' }]);
  });
});

describe('words', () => {
  it.each([
    [0n, '0'],
    [512n, '512'],
    [4096n, '4K'],
    [0xa0000n, '640K'],
    [0xae000000n, '2784M'],
    [1n << 30n, '1G'],
    [9999n << 20n, '9999M'],
    [10001n << 20n, '9.77G'],
    [(1n << 46n) - 4096n, '64.00T'],
    [1n << 52n, '4P'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it('write EPT types as commits do', () => {
    expect([eptText(6, 0), eptText(6, 1), eptText(0, 1), eptText(-1, 0)]).toEqual([
      'WB',
      'WB + IPAT',
      'UC + IPAT',
      'undefined',
    ]);
    expect([0, 1, 2, 3].map((level) => levelText(level as 0))).toEqual(['-', '4K', '2M', '1G']);
    expect(countText(17179869184n)).toBe('17,179,869,184');
  });
});
