import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../src/read/bytes.ts';

describe('a text as UTF-8', () => {
  it.each([
    ['nothing', ''],
    ['ASCII', 'reg00: base=0x000000000\n'],
    ['a character of two bytes at the end', 'MTRR \u00e9'],
    ['characters of two, three and four bytes before ASCII', `\u00e9\u2013\u{1f600}${' text'.repeat(50)}`],
    ['nothing but characters of four bytes', '\u{1f600}'.repeat(9)],
    ['half of a pair at the end', 'ab\ud83d'],
    ['halves of pairs in the wrong order', '\ude00\ud83dab\u2013'],
  ])('%s', (_, text) => {
    expect([...utf8Bytes(text)]).toEqual([...Buffer.from(text, 'utf8')]);
  });

  it('is the same wherever the array that was enough for ASCII ends', () => {
    for (let before = 0; before < 12; before++) {
      for (const character of ['\u00e9', '\u2013', '\u{1f600}', '\ud83d']) {
        const text = `${'a'.repeat(before)}${character.repeat(3)}b`;
        expect([...utf8Bytes(text)], text).toEqual([...Buffer.from(text, 'utf8')]);
      }
    }
  });
});
