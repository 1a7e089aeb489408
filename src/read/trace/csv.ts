/** `gfn,level,entry`: frame number and entry in hex, with or without 0x; a heading may reorder the columns. */
import { LineText } from './line-text.ts';
import { frameNumber, hexBits, levelNumber } from './number.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

/** What a column holds. */
type Field = 'gfn' | 'gpa' | 'level' | 'entry' | 'space';

const HEADINGS: Readonly<Record<string, Field>> = {
  gfn: 'gfn',
  frame: 'gfn',
  pfn_guest: 'gfn',
  gpa: 'gpa',
  address: 'gpa',
  addr: 'gpa',
  level: 'level',
  lvl: 'level',
  size: 'level',
  entry: 'entry',
  ept: 'entry',
  epte: 'entry',
  spte: 'entry',
  new_spte: 'entry',
  value: 'entry',
  'as id': 'space',
  as_id: 'space',
};
const USUAL: readonly Field[] = ['gfn', 'level', 'entry'];
const SEPARATOR = /\s*[,;\t]\s*/;
const ROW =
  /^"?(?:0x)?[0-9a-f`_]{1,18}"?\s*[,;\t]\s*"?(?:[1-5]|4k|2m|1g)"?\s*[,;\t]\s*"?(?:0x)?[0-9a-f`_]{1,18}"?\s*$/im;

function cellsOf(text: string): string[] {
  return text
    .trim()
    .split(SEPARATOR)
    .map((cell) => cell.replace(/^"|"$/g, ''));
}

/** The columns of a heading; undefined where the line is none. */
function headingOf(text: string): readonly (Field | undefined)[] | undefined {
  const fields = cellsOf(text).map((cell) => HEADINGS[cell.toLowerCase()]);
  const has = (field: Field): boolean => fields.includes(field);
  return (has('gfn') || has('gpa')) && has('level') && has('entry') ? fields : undefined;
}

const COMMA = 0x2c;

class CsvReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  #fields: readonly (Field | undefined)[] = USUAL;
  #isUsual = true;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    if (this.#isUsual && this.#fast(bytes, start, end, number)) return;
    const text = this.#text.of(bytes, start, end).trim();
    if (text === '' || text.startsWith('#')) return;
    const heading = headingOf(text);
    if (heading) {
      this.#fields = heading;
      this.#isUsual = heading.join() === USUAL.join();
    } else this.#row(text, number);
  }

  /** `fee00,1,6000000fee00b07` and nothing else: read without making strings. */
  #fast(bytes: Uint8Array, start: number, end: number, number: number): boolean {
    const last = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
    let gfn = 0;
    let at = bytes[start] === 0x30 && (bytes[start + 1]! | 0x20) === 0x78 ? start + 2 : start;
    let first = at;
    for (; at < last && bytes[at] !== COMMA; at++) {
      const digit = digitOf(bytes[at]!);
      if (digit < 0) return false;
      gfn = gfn * 16 + digit;
    }
    const level = at + 2 < last ? bytes[at + 1]! - 0x30 : 0;
    if (at === first || at - first > 13 || level < 1 || level > 5 || bytes[at + 2] !== COMMA) return false;
    at += 3;
    if (bytes[at] === 0x30 && (bytes[at + 1]! | 0x20) === 0x78) at += 2;
    first = at;
    if (last === first || last - first > 16) return false;
    let low = 0;
    let high = 0;
    for (; at < last; at++) {
      const digit = digitOf(bytes[at]!);
      if (digit < 0) return false;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    this.#sink.add(number, 0, gfn, level, low >>> 0, high >>> 0);
    return true;
  }

  #row(text: string, number: number): void {
    const cells = cellsOf(text);
    const cell = (field: Field): string => cells[this.#fields.indexOf(field)] ?? '';
    const isByAddress = this.#fields.includes('gpa');
    const address = hexBits(cell(isByAddress ? 'gpa' : 'gfn'));
    const gfn = frameNumber(isByAddress && address !== undefined ? address >> 12n : address);
    const level = levelNumber(cell('level'));
    const entry = hexBits(cell('entry'));
    if (gfn === undefined || level === undefined || entry === undefined) {
      this.#sink.truncate(number, text);
      return;
    }
    const space = this.#fields.includes('space') ? Number.parseInt(cell('space'), 10) || 0 : 0;
    const low = Number(entry & 0xffffffffn);
    this.#sink.add(number, Math.min(space, 255), gfn, level, low, Number(entry >> 32n));
  }

  finish(): void {
    // Every line stands for itself.
  }
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Comma-separated entries. */
export const entryCsv: EntryFormat = {
  name: 'csv',
  title: 'gfn,level,entry: a line an entry, hex; a heading names other columns (gpa, as_id)',
  isKvm: false,
  matches: (head) => ROW.test(head) || head.split('\n', 20).some((line) => headingOf(line) !== undefined),
  open: (sink) => new CsvReader(sink),
};
