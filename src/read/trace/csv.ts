/** `gfn,level,entry`: frame number and entry in hex, with or without 0x; a heading may reorder the columns. */
import { readRow } from './csv-bytes.ts';
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

class CsvReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  #fields: readonly (Field | undefined)[] = USUAL;
  #isUsual = true;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    if (this.#isUsual && readRow(bytes, start, end, number, this.#sink)) return;
    const text = this.#text.of(bytes, start, end).trim();
    if (text === '' || text.startsWith('#')) return;
    const heading = headingOf(text);
    if (heading) {
      this.#fields = heading;
      this.#isUsual = heading.join() === USUAL.join();
    } else this.#row(text, number);
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

/** Comma-separated entries. */
export const entryCsv: EntryFormat = {
  name: 'csv',
  title: 'gfn,level,entry: a line an entry, hex; a heading names other columns (gpa, as_id)',
  isKvm: false,
  matches: (head) => ROW.test(head) || head.split('\n', 20).some((line) => headingOf(line) !== undefined),
  open: (sink) => new CsvReader(sink),
};
