/**
 * Values as people write them in configs and on the command line: numbers, memory types, quirks.
 * Each reader returns undefined for what it cannot read, and never guesses.
 */
import { QUIRKS, type Quirk } from '../policy/index.ts';
import {
  type MemoryType,
  PAT_TYPES,
  type PatType,
  typeName,
  UC,
  UC_MINUS,
  WB,
  WC,
  WP,
  WT,
} from '../types.ts';

/** What {@link parseQuantity} takes, for messages. */
export const QUANTITY_FORMS = 'a number such as 4096, 0x1000 or 4K';

const SUFFIX_SHIFT: Readonly<Record<string, bigint>> = { '': 0n, k: 10n, m: 20n, g: 30n, t: 40n };

/** The patterns of {@link parseQuantity}, for the published schema too. */
export const QUANTITY_PATTERN =
  "^(0[xX][0-9a-fA-F](?:[_'`]?[0-9a-fA-F])*|[0-9](?:[_'`]?[0-9a-fA-F])*[hH]|[0-9](?:[_']?[0-9])*(?: ?[kKmMgGtT](?:i?[bB])?)?)$";
const quantityPattern = new RegExp(QUANTITY_PATTERN);

/**
 * Reads a number: decimal, `0x1000` or `1000h`, with `_`, `'` or a backtick between digits, or decimal with
 * K, M, G, T (powers of 1024; `KiB` and `KB` mean the same).
 *
 * @param value - a bigint, an integer below 2^53, or text
 * @returns the number, or undefined for anything else, negative numbers included
 * @example
 * parseQuantity('2G'); // 2147483648n
 */
export function parseQuantity(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value >= 0n ? value : undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (!quantityPattern.test(text)) return undefined;
  const digits = text.replace(/[_'` ]/g, '').toLowerCase();
  if (digits.startsWith('0x')) return BigInt(digits);
  if (digits.endsWith('h')) return BigInt(`0x${digits.slice(0, -1)}`);
  const [, number, suffix] = /^(\d+)([kmgt]?)/.exec(digits) ?? [];
  return BigInt(number ?? '') << (SUFFIX_SHIFT[suffix ?? ''] ?? 0n);
}

const TYPE_WORDS: Readonly<Record<string, PatType>> = {
  uc: UC,
  uncachable: UC,
  uncacheable: UC,
  uncached: UC,
  wc: WC,
  writecombining: WC,
  writecombine: WC,
  writecombined: WC,
  uswc: WC,
  wt: WT,
  writethrough: WT,
  wp: WP,
  writeprotect: WP,
  writeprotected: WP,
  wb: WB,
  writeback: WB,
};
const UC_MINUS_WORDS = ['uc-', 'uc_minus', 'uc-minus', 'uncached-minus', 'uncached_minus'];

/** Spellings of memory types, for did-you-mean. */
export const TYPE_SPELLINGS: readonly string[] = [
  'UC',
  'WC',
  'WT',
  'WP',
  'WB',
  'UC-',
  'uncachable',
  'write-combining',
  'write-through',
  'write-protect',
  'write-back',
  'uncached-minus',
];

/**
 * Reads a PAT type: `WB`, `write-back`, `UC-`, `uncached-minus`, ..., or its encoding.
 *
 * @returns 0, 1, 4, 5, 6 or 7; undefined for anything else
 */
export function parsePatType(value: unknown): PatType | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return PAT_TYPES.find((type) => type === Number(value));
  }
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  if (UC_MINUS_WORDS.includes(text)) return UC_MINUS;
  const word = text.replace(/[-_ ]/g, '');
  if (text.endsWith('-')) return undefined;
  return Object.hasOwn(TYPE_WORDS, word) ? TYPE_WORDS[word] : undefined;
}

/**
 * Reads a memory type that an MTRR can hold.
 *
 * @returns 0, 1, 4, 5 or 6; undefined for anything else, UC- included
 */
export function parseMemoryType(value: unknown): MemoryType | undefined {
  const type = parsePatType(value);
  return type === UC_MINUS ? undefined : type;
}

/**
 * Reads a quirk: `ignore-guest-pat`, or KVM's own `KVM_X86_QUIRK_IGNORE_GUEST_PAT`.
 */
export function parseQuirk(value: unknown): Quirk | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value
    .trim()
    .toLowerCase()
    .replace(/^kvm_x86_quirk_/, '')
    .replaceAll('_', '-');
  return QUIRKS.find((quirk) => quirk === word);
}

/** Reads a mapping level: `4K`, `2M`, `1G`, or 1, 2, 3. */
export function parseLevel(value: unknown): 1 | 2 | 3 | undefined {
  const text = String(value).trim().toUpperCase();
  const level = { '4K': 1, '2M': 2, '1G': 3, 1: 1, 2: 2, 3: 3 }[text];
  return level === undefined ? undefined : (level as 1 | 2 | 3);
}

/** A value as a message shows it: short, and text in quotes. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}...` : value}"`;
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  return String(value);
}

/** The names of memory types that an MTRR can hold, for messages. */
export const MEMORY_TYPE_FORMS = [UC, WC, WT, WP, WB].map(typeName).join(', ');
