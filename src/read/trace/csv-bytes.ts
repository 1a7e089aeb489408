/**
 * The usual row of a table in bytes: `fee00,1,6000000fee00b07`, with `0x` or without. What does not fit exactly is left
 * to csv.ts. Ten million rows must pass here, so there is no string, no bigint, no expression.
 */
import { HEX_DIGITS } from './hex-digits.ts';
import type { EntrySink } from './reader.ts';

const COMMA = 0x2c;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads one row.
 *
 * @returns whether it is the usual one, whole
 */
export function readRow(
  bytes: Uint8Array,
  start: number,
  end: number,
  number: number,
  sink: EntrySink,
): boolean {
  const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  let gfn = 0;
  let at = behindPrefix(bytes, start);
  let first = at;
  for (; at < last && bytes[at] !== COMMA; at++) {
    const digit = HEX_DIGITS[bytes[at]!]!;
    if (digit < 0) return false;
    gfn = gfn * 16 + digit;
  }
  const level = bytes[at + 1]! - 0x30;
  if (at === first || at - first > 13 || level < 1 || level > 5 || bytes[at + 2] !== COMMA) return false;
  at = behindPrefix(bytes, at + 3);
  first = at;
  // Where the row has ended before, what has been read lies behind it.
  if (last <= first || last - first > 16) return false;
  let low = 0;
  let high = 0;
  for (; at < last; at++) {
    const digit = HEX_DIGITS[bytes[at]!]!;
    if (digit < 0) return false;
    high = (high << 4) | (low >>> 28);
    low = (low << 4) | digit;
  }
  sink.add(number, 0, gfn, level, low, high);
  return true;
}

/** Where digits begin. */
function behindPrefix(bytes: Uint8Array, start: number): number {
  return bytes[start] === 0x30 && (bytes[start + 1]! | 0x20) === 0x78 ? start + 2 : start;
}
