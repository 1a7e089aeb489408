/** The short ways of ordinary requests: what they find is what the long ways find, and they never guess. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { answerLine, readRequest } from '../../src/oracle/index.ts';
import { jsonSource, ordinarySource } from '../../src/oracle/json-source.ts';
import { ordinaryRegisters } from '../../src/oracle/ordinary-registers.ts';
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

/** Anything that may stand in the place of a request's registers. */
const msr = fc.oneof(
  fc.constantFrom(
    '0x200',
    '0x201',
    '0x2ff',
    '0xc0010010',
    '0x0',
    '0x0200',
    '0x2FF',
    '0x',
    '200',
    '0x123456789',
    '',
  ),
  fc.integer({ min: 0x200, max: 0x20f }).map((number) => `0x${number.toString(16)}`),
);
const content = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((word) => `"0x${word.toString(16)}"`),
  fc.constantFrom(
    '"0x0"',
    '"0xFf"',
    '"0x00000000000000001"',
    '"0x10000000000000000"',
    '"0x"',
    '6',
    'null',
    '" 0x1"',
  ),
);
const plainContent = fc.constantFrom('"0x0"', '"0x6"', '"0xFfF"', '"0xfffffffffffff800"');
const registers = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof({ weight: 9, arbitrary: msr }, fc.string()),
        fc.oneof(content, plainContent),
        blank,
        blank,
      ),
      {
        maxLength: 8,
      },
    ),
    fc.boolean(),
  )
  .map(([members, isPlain]) => {
    const texts = members.map(([key, word, a, b], index) =>
      isPlain
        ? `${a}"0x${(0x200 + ((7 * index) % 16)).toString(16)}"${b}:${a}"0x${index}"`
        : `${a}${JSON.stringify(key)}${b}:${a}${word}${b}`,
    );
    return `{${texts.join(',')}}`;
  });
/** Requests with them in their place, in others, cut off, or twice. */
const request = fc
  .tuple(
    registers,
    blank,
    fc.constantFrom(
      (msrs: string, gap: string) => `{"id":1,"maxphyaddr":36,"msrs"${gap}:${gap}${msrs}}`,
      (msrs: string, gap: string) => `{"msrs":${msrs}${gap},"id":"a","maxphyaddr":36,"want":"mtrr"}`,
      (msrs: string) => `{"id":1,"maxphyaddr":36,"memory":[{"msrs":${msrs}}]}`,
      (msrs: string) => `{"id":1,"maxphyaddr":36,"vendor":"intel","hostMsrs":{"msrs":${msrs}}}`,
      (msrs: string) => `{"id":1,"maxphyaddr":36,"msrs":${msrs},"msrs":${msrs}}`,
      (msrs: string) => `{"id":"msrs","maxphyaddr":36,"msrs":${msrs}}`,
      (msrs: string) => `{"id":"msrs":${msrs},"maxphyaddr":36}`,
      (msrs: string) => `{"id":1,"id":2,"maxphyaddr":36,"msrs":${msrs}}`,
      (msrs: string) => `{"id":1,"maxphyaddr":36,"msrs":${msrs}`,
      (msrs: string) => `{"id":1,"maxphyaddr":36,"msrs":${msrs}x}`,
      (msrs: string) => `["msrs":${msrs}]`,
      (msrs: string) => `"msrs":${msrs}`,
    ),
    fc.nat(),
    fc.constantFrom('', '', '', ',', '"', '{', '}', ':', '0', 'A'),
  )
  .map(([msrs, gap, place, at, inserted]) => {
    const text = place(msrs, gap);
    return text.slice(0, at % text.length) + inserted + text.slice(at % text.length);
  });

describe('ordinary registers', () => {
  it('are read as they are where an escape in the name hides them', () => {
    const evaluator = createEvaluatorSync();
    let ordinary = 0;
    const answerOf = (text: string) => {
      const answer = JSON.parse(answerLine(evaluator, text)) as { error?: { code: string; message: string } };
      // The place of a fault in the text is another one.
      if (answer.error?.code === 'bad-json') answer.error.message = '';
      return answer;
    };
    fc.assert(
      fc.property(request, (text) => {
        if (ordinaryRegisters(text)) ordinary++;
        const hidden = text.replace(/"msrs"/g, '"\\u006dsrs"');
        expect(answerOf(text)).toEqual(answerOf(hidden));
      }),
      { numRuns: rounds(3_000, 100_000) },
    );
    expect(ordinary).toBeGreaterThan(300);
    evaluator.dispose();
  });

  it('leave the rest of the line', () => {
    expect(
      ordinaryRegisters(
        '{"id":1,"msrs" :\t{ "0x2ff" : "0x806","0x200":"0xffffFFFF00000006" } ,"want":"ept"}',
      ),
    ).toEqual({
      writes: [
        { msr: 0x2ff, value: 0x806n },
        { msr: 0x200, value: 0xffff_ffff_0000_0006n },
      ],
      rest: '{"id":1,"msrs" :\t{} ,"want":"ept"}',
    });
  });

  it.each([
    '{"msrs":{"0x02ff":"0x1"}}',
    '{"msrs":{"0x2FF":"0x1"}}',
    '{"msrs":{"0x2ff":1}}',
    '{"msrs":{"x":"0x1"}}',
    '{"msrs":{"0x":"0x1"}}',
    '{"msrs":{"0x123456789":"0x1"}}',
    '{"msrs":{"0x2ff":"0x"}}',
    '{"msrs":{"0x2ff":"0x10000000000000000"}}',
    '{"msrs":{"0x2ff":"0x1 "}}',
    '{"msrs":{"0x2ff":"0x\u0661"}}',
    '{"msrs":{"0x2ff ":"0x1"}}',
    '{"msrs":{"0x2ff":"0x1",}}',
    '{"msrs":{"0x2ff":"0x1"',
    '{"msrs":{"0x200":"0x1","0x2ff":"0x1","0x200":"0x1"}}',
    '{"msrs":{"0x2ff":"0x1"},"msrs":{}}',
    '{"msrs":{}}',
    '{"msrs":[]}',
    '{"id":1}',
    '"msrs"',
  ])('%s is left to the reader of any', (text) => {
    expect(ordinaryRegisters(text)).toBeUndefined();
  });

  it('are no more than there are, each held against all before it', () => {
    const members = (count: number) =>
      Array.from({ length: count }, (_, index) => `"0x${(1000 - index).toString(16)}":"0x1"`).join(',');
    expect(ordinaryRegisters(`{"msrs":{${members(64)}}}`)?.writes.length).toBe(64);
    expect(ordinaryRegisters(`{"msrs":{${members(65)}}}`)).toBeUndefined();
  });

  it('that are refused are named as they were written', () => {
    const evaluator = createEvaluatorSync();
    const text = '{"id":1,"maxphyaddr":36,"msrs":{"0x2ff":"0x806","0xdeadbeef":"0xAB"}}';
    expect(JSON.parse(answerLine(evaluator, text))).toMatchObject({
      error: { code: 'wrmsr-gp', msr: '0xdeadbeef', value: '0xab' },
    });
    evaluator.dispose();
  });
});
