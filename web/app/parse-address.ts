/** Addresses as people type them. */

const UNITS: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };
const PAGE = 4096n;

/**
 * The frame of an address: hex with or without `0x`, or a size such as `4G`.
 *
 * @returns undefined for what is no address
 */
export function frameOfAddress(text: string): number | undefined {
  const word = text.trim().replaceAll(/[_`]/g, '');
  const sized = /^(\d{1,6})([KMGT])(?:i?B)?$/i.exec(word);
  if (sized) return Number((BigInt(sized[1]!) * UNITS[sized[2]!.toUpperCase()]!) / PAGE);
  const hex = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(word);
  return hex ? Number(BigInt(`0x${hex[1]}`) / PAGE) : undefined;
}
