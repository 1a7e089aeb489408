/** Numbers and answers in words: sizes, addresses, levels, EPT types as the kernel's commits write them. */
import { type Level, typeName } from '../types.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P'] as const;

/**
 * A size with a power-of-1024 suffix: exact where four digits are enough, else with two decimals.
 *
 * @param bytes - any size
 * @example
 * sizeText(0xae000000n); // '2784M'
 */
export function sizeText(bytes: bigint): string {
  let unit = 0;
  let value = bytes;
  while (value !== 0n && unit < UNITS.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    unit += 1;
  }
  if (value < 10000n) return `${value}${UNITS[unit]}`;
  let about = Number(value);
  while (about >= 1024 && unit < UNITS.length - 1) {
    about /= 1024;
    unit += 1;
  }
  return `${about.toFixed(2)}${UNITS[unit]}`;
}

/** Size of a number of 4 KiB pages. */
export function pagesText(pages: number | bigint): string {
  return sizeText(BigInt(pages) << 12n);
}

/** A number with thousands separated. */
export function countText(count: number | bigint): string {
  // Not toLocaleString: loading the locale takes 18 ms, a third of the whole program's time.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0x` and lower-case digits. */
export function hexText(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** `WB`, `WB + IPAT`, `undefined`. */
export function eptText(type: number, ipat: number): string {
  return ipat === 1 ? `${typeName(type)} + IPAT` : typeName(type);
}

const LEVELS: readonly string[] = ['-', '4K', '2M', '1G'];

/** `4K`, `2M`, `1G`; `-` where nothing is mapped. */
export function levelText(level: Level): string {
  return LEVELS[level] ?? String(level);
}
