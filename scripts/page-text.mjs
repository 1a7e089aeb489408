/** How the single file of the page holds its programs: packed as LZMA, in characters of ASCII. web/boot/ unpacks it. */
import { compress } from 'lzma1';

/** Characters from `!` on without `<`, which opens an element. */
const DIGITS = Array.from({ length: 92 }, (_, at) => String.fromCharCode(0x21 + at)).filter(
  (one) => one !== '<',
);
const BASE = DIGITS.length;
/** Pairs of digits that hold 14 bits: those of which 13 leave room for one more. */
const LONG = BASE ** 2 - 2 ** 13;

/**
 * 13 or 14 bits in two characters, after Joachim Henke's basE91. Decoding may bring a byte of zeros more.
 *
 * @param {Uint8Array} bytes
 */
export function toBase91(bytes) {
  let text = '';
  let held = 0;
  let bits = 0;
  const write = () => {
    const isLong = (held & 0x1fff) < LONG;
    const pair = held & (isLong ? 0x3fff : 0x1fff);
    text += `${DIGITS[pair % BASE]}${DIGITS[Math.floor(pair / BASE)]}`;
    held >>= isLong ? 14 : 13;
    bits -= isLong ? 14 : 13;
  };
  for (const byte of bytes) {
    held |= byte << bits;
    bits += 8;
    if (bits >= 14) write();
  }
  while (bits > 0) write();
  return text;
}

/**
 * Packs texts.
 *
 * @param {readonly string[]} parts without U+0000, which separates them
 */
export function packed(parts) {
  if (parts.some((part) => part.includes('\0')))
    throw new Error('a part of the page holds what separates parts');
  const bytes = compress(new TextEncoder().encode(parts.join('\0')), 9);
  return toBase91(Uint8Array.from(bytes));
}
