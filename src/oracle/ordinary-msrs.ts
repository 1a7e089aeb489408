/**
 * Registers as nearly every request writes them: numbers in lower case without leading zeros, values of up to 16 hex
 * digits. They recur from request to request, and are most of a line.
 */

/** Values of characters as hex digits, -1 for those that are none. */
const DIGITS = new Int8Array(128).fill(-1);
for (const [digit, characters] of [...'0123456789', 'aA', 'bB', 'cC', 'dD', 'eE', 'fF'].entries()) {
  for (const character of characters) DIGITS[character.charCodeAt(0)] = digit;
}
const ZERO = 48;
const X = 120;
const MOST_DIGITS = 16;

const long = new BigUint64Array(1);
/** The same in halves, the lower one first wherever Wasm runs. */
const halves = new Uint32Array(long.buffer);

/**
 * Value of a hex string.
 *
 * @param text - anything
 * @returns undefined for what is no hex string, and for one of more than 16 digits
 */
export function hexWord(text: unknown): bigint | undefined {
  if (typeof text !== 'string') return undefined;
  const { length } = text;
  if (length < 3 || length > MOST_DIGITS + 2) return undefined;
  if (text.charCodeAt(0) !== ZERO || text.charCodeAt(1) !== X) return undefined;
  let [high, low] = [0, 0];
  const middle = length - MOST_DIGITS / 2;
  for (let at = 2; at < length; at++) {
    const digit = DIGITS[text.charCodeAt(at)] ?? -1;
    if (digit < 0) return undefined;
    if (at < middle) high = (high << 4) | digit;
    else low = (low << 4) | digit;
  }
  halves[0] = low;
  halves[1] = high;
  return long[0];
}

/** Numbers by the texts that requests gave for them. */
const known = new Map<string, number>();
/** More than there are registers to speak of: somebody makes them up. */
const MOST_KNOWN = 1024;

/** Number of an MSR that is written in its one plain way; undefined for another text. */
function plainMsr(key: string): number | undefined {
  const found = known.get(key);
  if (found !== undefined) return found;
  const number = Number(hexWord(key) ?? -1n);
  if (number < 0 || number > 0xffffffff || key !== `0x${number.toString(16)}`) return undefined;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, number);
  return number;
}

/**
 * Register writes of an object whose keys are plain and therefore differ.
 *
 * @param msrs - as JSON.parse gives it
 * @returns undefined where a key or a value is not as usual, right or wrong
 */
export function ordinaryMsrs(msrs: unknown): [number, bigint][] | undefined {
  if (typeof msrs !== 'object' || msrs === null || Array.isArray(msrs)) return undefined;
  const record = msrs as Readonly<Record<string, unknown>>;
  const writes: [number, bigint][] = [];
  for (const key of Object.keys(record)) {
    const msr = plainMsr(key);
    const value = hexWord(record[key]);
    if (msr === undefined || value === undefined) return undefined;
    writes.push([msr, value]);
  }
  return writes;
}
