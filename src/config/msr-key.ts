/** An MSR as a config writes it: by number, or by any of the names of `msr/names.ts`. */
import { msrByName } from '../msr/index.ts';
import { parseQuantity } from './values.ts';

/** Largest MSR number that WRMSR can name. */
const MSR_MAX = 0xffffffff;

/**
 * The number of an MSR that is given by number or name.
 *
 * @param key - `0x2ff`, `2ffH`, `767`, or any name that users know
 * @returns the number, or undefined where the name is unknown
 * @example
 * msrNumber('MTRRphysMask3'); // 0x207
 */
export function msrNumber(key: string): number | undefined {
  const number = parseQuantity(/^[0-9a-f]+h$/i.test(key) ? `0${key}` : key);
  if (number === undefined) return msrByName(key);
  return number <= MSR_MAX ? Number(number) : undefined;
}
