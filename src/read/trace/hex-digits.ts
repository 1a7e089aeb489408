/** Digits by their bytes, for what reads numbers without making strings. */

/** What each byte is worth as a hexadecimal digit; negative: it is none. */
export const HEX_DIGITS = new Int8Array(256).fill(-1);
for (const [digit, letter] of [...'0123456789abcdef'].entries()) {
  HEX_DIGITS[letter.charCodeAt(0)] = digit;
  HEX_DIGITS[letter.toUpperCase().charCodeAt(0)] = digit;
}
