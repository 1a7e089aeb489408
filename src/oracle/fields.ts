/**
 * Values of a parsed request, read one by one: each reader takes the value's path for the error and refuses
 * whatever the protocol does not allow there.
 */
import { InputRangeError, InputTypeError } from '../errors.ts';

const HEX_STRING = /^0x[0-9a-fA-F]+$/;
/** So many hex digits after the leading zeros always stay below 2^53. */
const SAFE_HEX_DIGITS = 13;
const SHOWN_CHARACTERS = 40;

/**
 * A value in an error message: short whatever it is.
 *
 * @param value - anything that JSON.parse gives
 */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  const cut = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value;
  return JSON.stringify(cut);
}

/** An error that says what was expected at a path and what stands there: a value of the wrong kind. */
export function expected(path: string, what: string, value: unknown): InputTypeError {
  return new InputTypeError(path, `expected ${what}, got ${shown(value)}`);
}

/** The same for a value of the right kind that is none of those that can be. */
export function unfit(path: string, what: string, value: unknown): InputRangeError {
  return new InputRangeError(path, `expected ${what}, got ${shown(value)}`);
}

/** Whether a value is a hex string, `"0x"` and at least one digit. */
export function isHexString(value: unknown): value is string {
  return typeof value === 'string' && HEX_STRING.test(value);
}

/**
 * An unsigned number of any size: a JSON integer up to 2^53-1, or a hex string.
 *
 * @throws {@link InputError}
 */
export function readUnsigned(path: string, value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (isHexString(value)) return BigInt(value);
  throw expected(path, 'an integer from 0 to 2^53-1 or a hex string like "0x1f"', value);
}

/**
 * An unsigned number below 2^53, written either way.
 *
 * @throws {@link InputError}
 */
export function readInteger(path: string, value: unknown): number {
  if (isHexString(value) && value.length <= SAFE_HEX_DIGITS + 2) return Number(value);
  const unsigned = readUnsigned(path, value);
  if (unsigned > BigInt(Number.MAX_SAFE_INTEGER)) throw unfit(path, 'a number below 2^53', value);
  return Number(unsigned);
}

/** @throws {@link InputError} */
export function readBoolean(path: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw expected(path, 'true or false', value);
  return value;
}

/** @throws {@link InputError} */
export function readString(path: string, value: unknown): string {
  if (typeof value !== 'string') throw expected(path, 'a string', value);
  return value;
}

/** @throws {@link InputError} */
export function readArray(path: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(path, 'an array', value);
  return value;
}

/**
 * An array of exactly two values.
 *
 * @throws {@link InputError}
 */
export function readPair(path: string, value: unknown): readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw expected(path, 'a pair [start, end]', value);
  return [value[0], value[1]];
}

/** @throws {@link InputError} */
export function readObject(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(path, 'an object', value);
  }
  return value as Record<string, unknown>;
}

/**
 * Refuses keys that are not among the known ones, so that a misspelt key never passes silently.
 *
 * @param prefix - path of the object with its dot, empty for the request itself
 * @throws {@link InputError}
 */
export function requireKnownKeys(prefix: string, object: object, known: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      throw new InputTypeError(
        `${prefix}${key}`,
        `unknown key ${shown(key)}: expected one of ${known.join(', ')}`,
      );
    }
  }
}
