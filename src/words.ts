/** Numbers and answers in words: sizes, addresses, lists, levels, EPT types as the kernel's commits write them. */
import { type GfnRange, type Level, typeName } from './types.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P'] as const;

/**
 * A size with a power-of-1024 suffix: exact where four digits are enough, else with two decimals.
 *
 * @param bytes - any size
 * @returns digits and K, M, G, T, P or nothing
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

/**
 * Size of a number of 4 KiB pages.
 *
 * @param pages - how many
 * @returns as {@link sizeText}
 * @example
 * pagesText(512); // '2M'
 */
export function pagesText(pages: number | bigint): string {
  return sizeText(BigInt(pages) << 12n);
}

/**
 * A number with thousands separated.
 *
 * @param count - not negative
 * @returns digits with a comma after each three from the right
 * @example
 * countText(1048576); // '1,048,576'
 */
export function countText(count: number | bigint): string {
  // Not toLocaleString: loading the locale takes 18 ms, a third of the whole program's time.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * A number as the manuals write addresses and registers.
 *
 * @param value - not negative
 * @returns `0x` and lower-case digits
 * @example
 * hexText(0x2ffn); // '0x2ff'
 */
export function hexText(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Address of a frame. */
export function addressText(gfn: number): string {
  return hexText(BigInt(gfn) << 12n);
}

/**
 * Frames as an inclusive range of addresses.
 *
 * @param range - of frames
 * @returns hexadecimal
 * @example
 * addresses({ start: 0xa0, end: 0xc0 }); // '0xa0000-0xbffff'
 */
export function addresses(range: GfnRange): string {
  const { start, end } = range;
  return `${addressText(start)}-${hexText((BigInt(end) << 12n) - 1n)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `1 CPU`, `2500 CPUs`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** `1 entry`, `2,500 entries`: for people. */
export function plural(count: number | bigint, one: string, many = `${one}s`): string {
  return `${countText(count)} ${Number(count) === 1 ? one : many}`;
}

/** A word of a command line, quoted where a POSIX shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Runs of numbers, ascending: `0-3` and `7`. */
export function idRuns(ids: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === id) last[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}

/**
 * Numbers with runs joined, as configs write lists of vCPUs.
 *
 * @param ids - in any order, each once
 * @returns ascending, with commas
 * @example
 * idsText([7, 0, 1, 2, 3]); // '0-3,7'
 */
export function idsText(ids: readonly number[]): string {
  return idRuns(ids).join(',');
}

/**
 * The memory type of an EPT entry, as the kernel's commits write it.
 *
 * @param type - bits 5:3 of the entry; -1 where it is undefined
 * @param ipat - bit 6 of the entry
 * @returns `WB`, `WB + IPAT`, `undefined`
 * @example
 * eptText(6, 1); // 'WB + IPAT'
 */
export function eptText(type: number, ipat: number): string {
  return ipat === 1 ? `${typeName(type)} + IPAT` : typeName(type);
}

const LEVELS: readonly string[] = ['-', '4K', '2M', '1G'];

/**
 * The size of a leaf.
 *
 * @param level - 1, 2 or 3; 0 where nothing is mapped
 * @returns `4K`, `2M`, `1G`, or `-`
 * @example
 * levelText(2); // '2M'
 */
export function levelText(level: Level): string {
  return LEVELS[level] ?? String(level);
}
