/**
 * Checks of what callers hand in: each takes the value's path for the error, and tells the wrong kind
 * ({@link InputTypeError}) from the wrong value ({@link InputRangeError}). Types say the same, but JavaScript and `as`
 * do not listen to them.
 */
import { InputRangeError, InputTypeError } from './errors.ts';
import { didYouMean } from './suggest.ts';

const SHOWN_CHARACTERS = 60;

/** The class that an object was made by, where it has one worth a word. */
function className(value: object): string | undefined {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : undefined;
}

/**
 * A value as a message shows it: short, and telling text from numbers.
 *
 * @param value - anything
 * @returns `"46"`, `46`, `46n`, `nothing`, `an array`, `an object`, `a Map`, ...
 * @example
 * shownArgument('46'); // '"46"'
 */
export function shownArgument(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') {
    return JSON.stringify(
      value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS - 3)}...` : value,
    );
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') {
    const name = className(value);
    return name === undefined ? 'an object' : `a value of the class ${name}`;
  }
  return String(value);
}

/** Refuses a value of the wrong kind. */
export function wrongKind(path: string, expected: string, value: unknown, hint?: string): InputTypeError {
  return new InputTypeError(path, `expected ${expected}, got ${shownArgument(value)}`, hint);
}

/** Refuses a value of the right kind that cannot be. */
export function wrongValue(path: string, expected: string, value: unknown, hint?: string): InputRangeError {
  return new InputRangeError(path, `expected ${expected}, got ${shownArgument(value)}`, hint);
}

/** Path of a value within another one; the outer one's is empty for an argument as a whole. */
function inside(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function throwUnknownKey(path: string, key: string, known: readonly string[], hint?: string): never {
  const meant = didYouMean(key, known) ?? `known: ${known.join(', ')}`;
  throw new InputTypeError(inside(path, key), `unknown key ${JSON.stringify(key)}`, hint ?? meant);
}

/**
 * An object with keys that are known, so that a misspelt one never passes silently.
 *
 * @param path - where it is; empty for an argument as a whole
 * @param value - what was handed in
 * @param known - the keys that it may have
 * @param what - what it should be, for the message
 * @param hint - what to do about an unknown key, where something better can be said than what was meant
 * @returns the value
 * @throws {@link InputTypeError}
 */
export function requireKeys<T>(
  path: string,
  value: T,
  known: readonly string[],
  what = 'an object',
  hint?: (key: string) => string | undefined,
): T {
  requireObject(path, value, what);
  for (const key in value) if (!known.includes(key)) throwUnknownKey(path, key, known, hint?.(key));
  return value;
}

/** @throws {@link InputTypeError} for anything but an object that is no array */
export function requireObject(path: string, value: unknown, what = 'an object', hint?: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongKind(path, what, value, hint);
  }
}

/**
 * An integer of a range.
 *
 * @throws {@link InputTypeError} for what is no number, {@link InputRangeError} for one that does not fit
 */
export function requireInteger(path: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  // For the error alone: vCPUs are made by the million.
  const expected = `an integer ${low}..${high}`;
  if (typeof value === 'number') throw wrongValue(path, expected, value);
  const isNumeric = typeof value === 'bigint' || (typeof value === 'string' && /^\d{1,15}$/.test(value));
  throw wrongKind(path, expected, value, isNumeric ? `did you mean ${Number(value)}?` : undefined);
}

/**
 * `true` or `false`.
 *
 * @param fallback - what it is where it was left out
 * @throws {@link InputTypeError}
 */
export function requireFlag(path: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  const meant = { true: true, false: false, 1: true, 0: false }[String(value)];
  throw wrongKind(path, 'true or false', value, meant === undefined ? undefined : `did you mean ${meant}?`);
}

/** @throws {@link InputTypeError} */
export function requireText(path: string, value: unknown, what = 'text'): string {
  if (typeof value !== 'string') throw wrongKind(path, what, value);
  return value;
}

/**
 * One of some words.
 *
 * @throws {@link InputTypeError} for what is no text, {@link InputRangeError} with the nearest one for another text
 */
export function requireWord<Word extends string>(path: string, value: unknown, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word;
  const expected = `one of ${words.join(', ')}`;
  if (typeof value !== 'string') throw wrongKind(path, expected, value);
  throw wrongValue(path, expected, value, didYouMean(value, words));
}

/** @throws {@link InputTypeError} */
export function requireArray<T>(path: string, value: readonly T[], what = 'an array'): readonly T[] {
  if (!Array.isArray(value)) throw wrongKind(path, what, value);
  return value;
}

/** @throws {@link InputTypeError} for what cannot be gone through; text is refused too */
export function requireIterable(path: string, value: unknown, what: string): void {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  if (!isIterable) throw wrongKind(path, `an array or another iterable of ${what}`, value);
}

/** @throws {@link InputTypeError} */
export function requireFunction(path: string, value: unknown, what: string): void {
  if (typeof value !== 'function') throw wrongKind(path, what, value);
}

/**
 * A typed array, of this realm or of another one.
 *
 * @param name - its class, `Float64Array`
 * @throws {@link InputTypeError}
 */
export function requireTypedArray(path: string, value: unknown, name: string): void {
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag];
  if (tag !== name || !ArrayBuffer.isView(value)) throw wrongKind(path, `a ${name}`, value);
}
