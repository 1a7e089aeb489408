/**
 * Bytes as text in characters that every encoding of a document has, 13 or 14 bits in two of them (after Joachim Henke's
 * basE91): 23 % more than the bytes, where base64 takes 33. The 91 characters are those from `!` on without `<`, so that a
 * block of data neither ends nor opens anything.
 */

const FIRST = '!'.charCodeAt(0);
/** Without `<`: those behind it move up. */
const LEFT_OUT = '<'.charCodeAt(0) - FIRST;
const BASE = 91;
/** Pairs that hold 14 bits: those of which 13 bits leave room for one more. */
const LONG = BASE * BASE - 2 ** 13;

/** @param text - as scripts/page-text.mjs writes it */
export function bytesOfBase91(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  let held = 0;
  let bits = 0;
  const digit = (at: number): number => {
    const place = text.charCodeAt(at) - FIRST;
    return place > LEFT_OUT ? place - 1 : place;
  };
  for (let at = 0; at < text.length; at += 2) {
    const pair = digit(at) + digit(at + 1) * BASE;
    held |= pair << bits;
    bits += (pair & 8191) < LONG ? 14 : 13;
    for (; bits >= 8; bits -= 8) {
      bytes[size++] = held;
      held >>= 8;
    }
  }
  return bytes.subarray(0, size);
}
