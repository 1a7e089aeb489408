import { describe, expect, it } from 'vitest';
import { joinBytes, logText, oneByteText, ownText, utf8Bytes, utf8Text } from '../../src/read/bytes.ts';
import { TextLines } from '../../src/read/text-lines.ts';
import { Rng } from '../generators/rng.ts';

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

/** Bytes of code units, the low byte first or last. */
const wide = (text: string, isLittle: boolean) =>
  Uint8Array.from(
    [...text].flatMap((one) => {
      const code = one.charCodeAt(0);
      return isLittle ? [code & 255, code >> 8] : [code >> 8, code & 255];
    }),
  );

describe('a byte order mark', () => {
  const marked = '\ufeffa\n\ufeffb';

  it('stays where it stands, whoever reads the bytes', () => {
    const bytes = utf8Bytes(marked);
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(utf8Text(bytes)).toBe(marked);
    expect(logText(bytes)).toBe(marked);
    expect(ownText(marked)).toBe(marked);
    // A byte that is no character changes nothing of those around it.
    expect(logText(joinBytes([bytes, Uint8Array.of(0x96), bytes]))).toBe(`${marked}\u0096${marked}`);
    expect(oneByteText(bytes.subarray(0, 4))).toBe('\u00ef\u00bb\u00bfa');
  });

  it.each([
    ['utf8', utf8Bytes(marked)],
    ['utf16le', wide(marked, true)],
    ['utf16be', wide(marked, false)],
  ] as const)('stays in lines of %s', (encoding, bytes) => {
    const lines: string[] = [];
    const cut = new TextLines(encoding, (text) => lines.push(text));
    for (const byte of bytes) cut.push(Uint8Array.of(byte));
    expect(cut.finish()).toBe('\ufeffb');
    expect(lines).toEqual(['\ufeffa', '\ufeffb']);
  });
});

describe('bytes of a log', () => {
  const FATAL = new TextDecoder('utf-8', { fatal: true });
  /** One character from here on, by what the decoder takes; or the byte by itself. */
  function characterAt(bytes: Uint8Array, at: number): readonly [string, number] {
    for (const length of [1, 2, 3, 4]) {
      if (at + length > bytes.length) break;
      try {
        return [FATAL.decode(bytes.subarray(at, at + length)), length];
      } catch {
        // It is longer, or none.
      }
    }
    return [String.fromCharCode(bytes[at]!), 1];
  }

  it('are characters where they can be, and themselves where not', () => {
    const rng = new Rng(41);
    const pieces = [
      [0x41],
      [0x96],
      [0xc1],
      [0xf5],
      [0xc3, 0xa9],
      [0xe2, 0x80, 0x93],
      [0xf1, 0x9f, 0x98, 0x80],
    ];
    for (let n = 0; n < 2000; n++) {
      const whole = Array.from({ length: rng.between(1, 5) }, () => rng.pick(pieces)).flat();
      // Cut somewhere, a byte left out somewhere.
      const cut = whole.slice(0, rng.between(1, whole.length));
      const bytes = Uint8Array.from(rng.chance(0.5) ? cut.toSpliced(rng.below(cut.length), 1) : cut);
      let expected = '';
      for (let at = 0; at < bytes.length; ) {
        const [character, length] = characterAt(bytes, at);
        expected += character;
        at += length;
      }
      expect([...bytes, logText(bytes)]).toEqual([...bytes, expected]);
    }
  });

  it('are joined in order, and a single piece is not copied', () => {
    const pieces = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
    expect([...joinBytes(pieces)]).toEqual([1, 2, 3]);
    expect(joinBytes([pieces[0]!])).toBe(pieces[0]);
    expect(joinBytes([])).toEqual(Uint8Array.of());
  });
});
