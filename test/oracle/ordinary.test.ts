/** The short ways of ordinary requests: what they find is what the long ways find, and they never guess. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/oracle/index.ts';
import { jsonSource, ordinarySource } from '../../src/oracle/json-source.ts';
import { hexWord, ordinaryMsrs } from '../../src/oracle/ordinary-msrs.ts';
import { rounds } from '../rounds.ts';

const blank = fc.constantFrom('', '', '', ' ', '\t', ' \r ');
const word = fc.constantFrom(
  'id',
  'want',
  'msrs',
  '0x200',
  '0x0200',
  ':',
  'a:b',
  '": ',
  '{',
  'memory',
  'gfn',
  '\u00e9',
  '\\',
);
const scalar = fc.oneof(
  word.map((text) => JSON.stringify(text)),
  fc.constantFrom('1', '1.0', '9007199254740993', '-0', '1e400', 'true', 'null', '"\\u0069d"', '"x\\"y"'),
);

/** JSON as somebody may write it: blanks anywhere, keys twice, escapes, in objects and lists. */
const { value } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('object'), tie('list')),
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          word.map((text) => JSON.stringify(text)),
          fc.constant('"\\u0069d"'),
        ),
        blank,
        blank,
        tie('value'),
      ),
      {
        maxLength: 5,
      },
    )
    .map((members) => `{${members.map(([key, a, b, inner]) => `${a}${key}${b}:${a}${inner}`).join(',')}}`),
  list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(' ,')}]`),
}));
const objectText = value.filter((text) => text.startsWith('{'));

describe('an ordinary line', () => {
  it('shows what walking through it shows', () => {
    let ordinary = 0;
    fc.assert(
      fc.property(objectText, (text) => {
        const found = ordinarySource(text, JSON.parse(text) as object);
        if (!found) return;
        ordinary++;
        const walked = jsonSource(text);
        expect(found.repeatedKey).toBe(walked.repeatedKey);
        // Only what stands behind `id` of the outermost object counts, where that is no string.
        if (typeof (JSON.parse(text) as { id?: unknown }).id === 'number')
          expect(found.idText).toBe(walked.idText);
      }),
      { numRuns: rounds(2_000, 100_000) },
    );
    expect(ordinary).toBeGreaterThan(100);
  });

  it.each([
    ['{"id":1,"id":2}', undefined],
    ['{"id" : 1,"msrs":{"0x1":1,"0x1":2}}', undefined],
    ['{"id":"a","x":":"}', undefined],
    ['{"id":"\\u0061"}', undefined],
    ['{"msrs":{"id":1},"id":2}', undefined],
    ['{"id":1.50,"msrs":{"0x1":1}}', '1.50'],
    ['{"id"\t:\r7 }', '7'],
  ])('%s is walked through where it has to be', (text, idText) => {
    const found = ordinarySource(text, JSON.parse(text) as object);
    expect(found?.idText).toBe(idText);
    if (found) expect(found.repeatedKey).toBeUndefined();
  });

  it('leaves deep nests to the walk', () => {
    const text = `{"id":1,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(ordinarySource(text, JSON.parse(text) as object)).toBeUndefined();
    expect(readRequest(text)).toMatchObject({ id: 1, error: { code: 'bad-request', path: 'x' } });
  });
});

describe('ordinary registers', () => {
  it('have the values that BigInt() gives', () => {
    const hex = fc.stringMatching(/^0x[0-9a-fA-F]{1,20}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          hex,
          fc.string(),
          fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => `0x${n.toString(16)}`),
        ),
        (text) => {
          const expected = /^0x[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(text) : undefined;
          expect(hexWord(text)).toBe(expected);
        },
      ),
    );
    for (const other of [
      undefined,
      null,
      1,
      1n,
      true,
      {},
      [],
      '0x',
      '0X1',
      ' 0x1',
      '0x1 ',
      '0x\u0661',
      '0x1_0',
    ]) {
      expect(hexWord(other)).toBeUndefined();
    }
  });

  it('are plain and differ, or are read one by one', () => {
    expect(ordinaryMsrs({ '0x2ff': '0x806', '0x200': '0x6' })).toEqual([
      [0x2ff, 0x806n],
      [0x200, 6n],
    ]);
    for (const msrs of [
      { '0x02ff': '0x1' },
      { '0x2FF': '0x1' },
      { '0x2ff': 1 },
      { x: '0x1' },
      { '0x123456789': '0x1' },
      [],
      null,
      'x',
    ]) {
      expect(ordinaryMsrs(msrs)).toBeUndefined();
    }
    expect(ordinaryMsrs({ __proto__: null, '0x2ff': '0x10000000000000000' })).toBeUndefined();
  });

  it('many made-up ones do not pile up, and stay right', () => {
    for (let msr = 0x1000; msr < 0x1000 + 5000; msr++) {
      expect(ordinaryMsrs({ [`0x${msr.toString(16)}`]: '0x1' })).toEqual([[msr, 1n]]);
    }
  });
});
