/** Numbers, sizes and type names as dumps write them. Parsers give undefined for what they do not know. */
import { UC, UC_MINUS, WB, WC, WP, WT } from '../types.ts';

/**
 * A hex number of at most 64 bits.
 *
 * @param digits - hex digits of either case, with or without `0x`
 */
export function hex(digits: string): bigint | undefined {
  const plain = /^0x/i.test(digits) ? digits.slice(2) : digits;
  if (!/^[0-9a-f]{1,40}$/i.test(plain)) return undefined;
  const value = BigInt(`0x${plain}`);
  return value >> 64n === 0n ? value : undefined;
}

/** A hex number that a regular expression has already held to at most 16 digits. */
export function hexOf(digits: string | undefined): bigint {
  return BigInt(`0x${(digits ?? '0').replace(/^0x/i, '')}`);
}

const TYPE_WORDS: ReadonlyMap<string, number> = new Map([
  ['uc', UC],
  ['uncachable', UC],
  ['uncacheable', UC],
  ['uncached', UC],
  ['uc-', UC_MINUS],
  ['uncached-minus', UC_MINUS],
  ['wc', WC],
  ['uswc', WC],
  ['write-combining', WC],
  ['write-combined', WC],
  ['wt', WT],
  ['write-through', WT],
  ['wp', WP],
  ['write-protect', WP],
  ['write-protected', WP],
  ['wb', WB],
  ['write-back', WB],
  ['writeback', WB],
]);

/** The memory type that a word means: `uncachable` (the kernel's spelling), `WB`, `Write-Protect`. */
export function typeOfWord(word: string): number | undefined {
  return TYPE_WORDS.get(word.toLowerCase());
}

/** The words that {@link typeOfWord} knows for MTRR types, as part of a regular expression. */
export const TYPE_PATTERN =
  '(?:write-(?:back|combining|combined|through|protected|protect)|writeback|unc(?:achable|acheable|ached))';

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  K: 1n << 10n,
  M: 1n << 20n,
  G: 1n << 30n,
  T: 1n << 40n,
};

/** A size of digits and a unit letter: powers of 1024. */
export function sizeOf(digits: string | undefined, unit: string | undefined): bigint {
  return BigInt(digits ?? '0') * (UNITS[(unit ?? '').toUpperCase()] ?? 1n);
}

/** How many bits a number has: 0 for 0. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
