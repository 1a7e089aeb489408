/** What the single file of the page is packed with, unpacked again. */
import * as fc from 'fast-check';
import { compress } from 'lzma1';
import { describe, expect, it } from 'vitest';
import { packed, toBase91 } from '../../scripts/page-text.mjs';
import { bytesOfBase91 } from '../../web/boot/base91.ts';
import { unpackLzma } from '../../web/boot/lzma.ts';
import { rounds } from '../rounds.ts';

const lzma = (bytes: Uint8Array): Uint8Array => Uint8Array.from(compress(bytes, 9));

/** Bytes with all that matches can be: near and far, long and short, the last ones again, and between them none. */
const repetitive = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.record({ back: fc.integer({ min: 1, max: 70_000 }), length: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ byte: fc.integer({ min: 0, max: 255 }), count: fc.integer({ min: 1, max: 3000 }) }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => {
    const bytes: number[] = [];
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) bytes.push(...piece);
      else if ('byte' in piece) bytes.push(...new Array<number>(piece.count).fill(piece.byte));
      else {
        const from = Math.max(bytes.length - piece.back, 0);
        for (let at = 0; at < piece.length && from < bytes.length; at++) bytes.push(bytes[from + at]!);
      }
    }
    return Uint8Array.from(bytes);
  });

describe('the text', () => {
  it('is of characters that neither end nor open an element, and gives the bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const text = toBase91(bytes);
        expect(text).toMatch(/^[!-;=-|]*$/);
        const back = bytesOfBase91(text);
        expect(back.subarray(0, bytes.length)).toEqual(bytes);
        expect(back.length - bytes.length).toBeLessThan(2);
      }),
      { numRuns: rounds(200, 5000) },
    );
  });

  it('is less than a quarter longer than the bytes', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => Math.imul(at, 0x9e37_79b1) >>> 24);
    expect(toBase91(bytes).length / bytes.length).toBeLessThan(1.235);
  });
});

describe('LZMA', () => {
  it('gives back whatever was packed', () => {
    fc.assert(
      fc.property(repetitive, (bytes) => {
        expect(Buffer.compare(unpackLzma(lzma(bytes)), bytes)).toBe(0);
      }),
      { numRuns: rounds(60, 2000) },
    );
  });

  it('refuses what is cut off', () => {
    const whole = lzma(new TextEncoder().encode('a line of it, and one more of its like\n'.repeat(40)));
    expect(() => unpackLzma(whole.subarray(0, whole.length / 2))).toThrow('ends too early');
  });
});

it('parts are packed together, and told apart', () => {
  const parts = ['body { color: red }', 'alert("</script>")', '', 'ä ∞'];
  const whole = unpackLzma(bytesOfBase91(packed(parts)));
  expect(new TextDecoder().decode(whole).split('\0')).toEqual(parts);
  expect(() => packed(['\0'])).toThrow('separates parts');
});
