/** The entries of a wanted map: types, ranges of whole pages, and what the rest may have. */
import { type AcceptedTypes, ANY_TYPE, acceptedText, MOST_WANTED } from '../../fit/index.ts';
import { didYouMean } from '../../suggest.ts';
import { hexText } from '../../words.ts';
import type { Path } from '../path.ts';
import { type ByteRange, parseRange, RANGE_FORMS } from '../range-text.ts';
import { parseMemoryType, shown, TYPE_SPELLINGS } from '../values.ts';

/** Something wrong at an entry, or at one of its fields. */
export type Report = (at: Path, message: string, hint?: string) => void;

/** A range of bytes, what its pages may have, and where it is given. */
export interface WantedEntry extends ByteRange {
  readonly accepted: AcceptedTypes;
  readonly path: Path;
}

const ANY_WORDS: readonly string[] = ['any', "don't-care", 'dont-care', 'dontcare'];
const TYPE_HINT = 'types: UC, WC, WT, WP, WB, several such as UC/WP, or any';
/** FIRST-LAST or START+SIZE, and what stands for all other pages. */
const RANGE_LIKE = /\b\d[\w'`]*\s*[-+]\s*\d[\w'`]*/;
const REST_LIKE = /\b(?:rest|default|else)\b/i;

/** The types that a word or a list of words names; the word that names none. */
export function acceptedOf(value: unknown): AcceptedTypes | string {
  const words = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[/|]/) : [value];
  let accepted: AcceptedTypes = 0;
  for (const word of words as readonly unknown[]) {
    if (typeof word === 'string' && ANY_WORDS.includes(word.trim().toLowerCase())) return ANY_TYPE;
    const type = parseMemoryType(word);
    if (type === undefined) return typeof word === 'string' ? word.trim() : String(word);
    accepted |= 1 << type;
  }
  return accepted;
}

function unknownType(word: string): [message: string, hint: string] {
  if (/^uc-$/i.test(word)) return ['UC- is a type of the PAT, no MTRR can hold it', TYPE_HINT];
  return [
    `expected a memory type, got ${shown(word)}`,
    didYouMean(word, [...TYPE_SPELLINGS, 'any']) ?? TYPE_HINT,
  ];
}

/** Whole pages, or why not. */
function pagesOf(value: unknown): ByteRange | [message: string, hint?: string] {
  const range = parseRange(value);
  if (range === 'malformed') return [`expected ${RANGE_FORMS}, got ${shown(value)}`];
  if (typeof range === 'string')
    return [`the range ${shown(value)} ${range}`, 'write FIRST-LAST or START+SIZE'];
  const { start, end } = range;
  if (start % 4096n !== 0n) {
    return [
      `expected a start on a page of 4096 bytes, got ${hexText(start)}`,
      `the page starts at ${hexText(start & ~0xfffn)}`,
    ];
  }
  if (end % 4096n !== 0n) {
    const last = end - 1n;
    return [
      `expected an end on a page of 4096 bytes, got ${hexText(last)}`,
      `the page ends at ${hexText(last | 0xfffn)}`,
    ];
  }
  return { start, end };
}

/** The bytes that two overlapping ranges have in common. */
function commonText(a: ByteRange, b: ByteRange): string {
  const [, start] = [a.start, b.start].sort((x, y) => (x < y ? -1 : 1));
  const [end] = [a.end, b.end].sort((x, y) => (x < y ? -1 : 1));
  return `${hexText(start!)}-${hexText(end! - 1n)}`;
}

/** Takes entries one by one; every page may be wanted once. */
export class WantedEntries {
  readonly ranges: WantedEntry[] = [];
  rest: { readonly accepted: AcceptedTypes; readonly path: Path } | undefined;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** An entry as text: type and range, or type and `rest`, in either order. */
  text(text: string, path: Path): void {
    const found = RANGE_LIKE.exec(text) ?? REST_LIKE.exec(text);
    const type = found ? text.replace(found[0], ' ').trim() : '';
    if (!found || type === '') {
      const message = `expected a type and a range such as "WB 0-3G", got ${shown(text.trim())}`;
      this.#report(path, message, TYPE_HINT);
    } else if (REST_LIKE.test(found[0])) this.setRest(type, path);
    else this.add(type, found[0], path, path);
  }

  setRest(type: unknown, path: Path): void {
    const accepted = acceptedOf(type);
    if (typeof accepted === 'string') this.#report(path, ...unknownType(accepted));
    else if (this.rest) this.#report(path, 'what the rest may have is given twice', 'say it once');
    else this.rest = { accepted, path };
  }

  add(type: unknown, range: unknown, typePath: Path, rangePath: Path): void {
    const accepted = acceptedOf(type);
    const pages = pagesOf(range);
    if (typeof accepted === 'string') this.#report(typePath, ...unknownType(accepted));
    if (Array.isArray(pages)) this.#report(rangePath, ...(pages as [string, string?]));
    if (typeof accepted === 'string' || Array.isArray(pages)) return;
    const { start, end } = pages as ByteRange;
    if (this.ranges.length === MOST_WANTED) {
      this.#report(
        rangePath,
        `expected at most ${MOST_WANTED} ranges`,
        'join those that follow on each other',
      );
      return;
    }
    const other = this.ranges.find((one) => one.start < end && start < one.end);
    if (!other) {
      this.ranges.push({ start, end, accepted, path: rangePath });
      return;
    }
    const both = commonText({ start, end }, other);
    const message =
      other.accepted === accepted
        ? `${both} is wanted twice`
        : `${both} is wanted ${acceptedText(accepted)} here and ${acceptedText(other.accepted)} before`;
    this.#report(rangePath, message, 'every page is wanted once: cut one of the two ranges');
  }
}
