/** Reads the maps of a scenario: keys one by one, every problem noted at its place, unknown keys with a guess. */
import type { ConfigProblem } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { GfnRange } from '../types.ts';
import { type Path, pathText } from './path.ts';
import { framesTouched, parseRange, RANGE_FORMS } from './range-text.ts';
import { parseQuantity, QUANTITY_FORMS, shown } from './values.ts';

/** Where things stand in the text, asked only if something is wrong. */
export interface Places {
  readonly file: string;
  locate(path: Path, what?: 'key' | 'value'): { readonly line: number; readonly column: number };
}

/** Problems that are collected before the rest is left alone. */
const MOST_PROBLEMS = 50;

/** Collects problems. */
export class Problems {
  readonly list: ConfigProblem[] = [];
  constructor(readonly places: Places) {}

  /** Takes what another reader found wrong with a part of the text. */
  take(problems: readonly ConfigProblem[]): void {
    this.list.push(...problems);
  }

  get isFull(): boolean {
    return this.list.length >= MOST_PROBLEMS;
  }

  note(path: Path, message: string, hint?: string, what: 'key' | 'value' = 'value'): void {
    if (this.isFull) return;
    this.list.push({
      file: this.places.file,
      ...this.places.locate(path, what),
      path: pathText(path),
      message,
      ...(hint !== undefined && { hint }),
    });
  }
}

const MAX_VALUE = 1n << 64n;
const PAGE = 4096n;

/** One map. A value that cannot be used is noted and comes back as undefined. */
export class Fields {
  readonly #map: Readonly<Record<string, unknown>>;

  /**
   * @param value - what should be a map
   * @param known - its keys; others are noted
   */
  constructor(
    value: unknown,
    readonly path: Path,
    private readonly problems: Problems,
    known: readonly string[],
  ) {
    const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
    this.#map = isMap ? (value as Record<string, unknown>) : {};
    if (!isMap) problems.note(path, `expected a map, got ${shown(value)}`, `keys: ${known.join(', ')}`);
    for (const key of Object.keys(this.#map)) {
      if (known.includes(key)) continue;
      const hint = didYouMean(key, known) ?? `known: ${known.join(', ')}`;
      problems.note([...path, key], 'unknown key', hint, 'key');
    }
  }

  has(key: string): boolean {
    return this.#map[key] !== undefined;
  }
  raw(key: string): unknown {
    return this.#map[key];
  }
  note(key: string, message: string, hint?: string): void {
    this.problems.note([...this.path, key], message, hint);
  }

  #wrong(key: string, expected: string, hint?: string): undefined {
    const got = this.has(key) ? `got ${shown(this.#map[key])}` : 'it is missing';
    this.problems.note([...this.path, key], `expected ${expected}, ${got}`, hint);
    return undefined;
  }

  /** A number of up to 64 bits. */
  quantity(key: string): bigint | undefined {
    const number = parseQuantity(this.#map[key]);
    if (number !== undefined && number < MAX_VALUE) return number;
    const value = this.#map[key];
    const bare = typeof value === 'string' && /^[0-9]*[a-f][0-9a-f]*$/i.test(value);
    return this.#wrong(key, QUANTITY_FORMS, bare ? `did you mean 0x${value}?` : undefined);
  }

  /** The frame of an address that is a multiple of 4096. */
  frame(key: string): number | undefined {
    const address = this.quantity(key);
    if (address === undefined) return undefined;
    if (address % PAGE === 0n) return Number(address >> 12n);
    return this.#wrong(key, 'a multiple of 4096');
  }

  /** The frame that holds an address. */
  frameAround(key: string): number | undefined {
    const address = this.quantity(key);
    return address === undefined ? undefined : Number(address >> 12n);
  }

  /** Frames that a byte range covers, at least in part. */
  range(key: string): GfnRange | undefined {
    const range = parseRange(this.#map[key]);
    if (range === 'malformed') return this.#wrong(key, RANGE_FORMS);
    if (typeof range === 'string') return this.#wrong(key, `a range that is not empty (it ${range})`);
    return framesTouched(range);
  }

  flag(key: string): boolean | undefined {
    const value = this.#map[key];
    if (typeof value === 'boolean') return value;
    return this.#wrong(
      key,
      'true or false',
      /^(yes|on|1)$/i.test(String(value)) ? 'did you mean true?' : undefined,
    );
  }

  word<Word extends string>(key: string, words: readonly Word[], fallback?: Word): Word | undefined {
    const value = this.#map[key];
    if (value === undefined && fallback !== undefined) return fallback;
    if (words.includes(value as Word)) return value as Word;
    return this.#wrong(key, words.join(' or '), didYouMean(String(value), words));
  }

  text(key: string): string | undefined {
    const value = this.#map[key];
    if (value === undefined) return undefined;
    return typeof value === 'string' && value.trim() !== '' ? value : this.#wrong(key, 'text');
  }

  integer(key: string, low: number, high: number): number | undefined {
    const value = this.#map[key];
    if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
    return this.#wrong(key, `an integer ${low}..${high}`);
  }

  list(key: string): readonly unknown[] | undefined {
    const value = this.#map[key];
    return Array.isArray(value) ? value : this.#wrong(key, 'a list');
  }
}
