/** JSON lines `{"gfn":"0xfee00","level":1,"entry":"0x6000000fee00b07"}`: strings are hex, numbers are numbers. */

import { utf8Text } from '../bytes.ts';
import { LineText } from './line-text.ts';
import { frameNumber, hexBits, levelNumber } from './number.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

function bitsOf(value: unknown): bigint | undefined {
  if (typeof value === 'string') return hexBits(value);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}

function levelOf(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? levelNumber(String(value)) : undefined;
}

/** What a line says by name: nothing where it is no object, null where it is no JSON. A list's commas are let through. */
function rowOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text.endsWith(',') ? text.slice(0, -1) : text);
  } catch {
    return null;
  }
}

/** The usual row, read without a parser: four times as fast. */
const USUAL_ROW =
  /^\{"gfn": ?"(?:0x)?([0-9a-f]{1,13})", ?"level": ?([1-5]), ?"entry": ?"(?:0x)?([0-9a-f]{1,16})"\},?\r?$/i;

class JsonReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    const usual = USUAL_ROW.exec(this.#text.of(bytes, start, end));
    if (usual) {
      const entry = usual[3]!.padStart(16, '0');
      const high = Number.parseInt(entry.slice(0, 8), 16);
      const low = Number.parseInt(entry.slice(8), 16);
      this.#sink.add(number, 0, Number.parseInt(usual[1]!, 16), Number(usual[2]), low, high);
      return;
    }
    const text = utf8Text(bytes.subarray(start, end)).trim();
    if (text === '' || text === '[' || text === ']') return;
    const row = rowOf(text);
    const address = bitsOf(row?.gfn);
    const gpa = bitsOf(row?.gpa ?? row?.address);
    const gfn = frameNumber(address ?? (gpa === undefined ? undefined : gpa >> 12n));
    const level = levelOf(row?.level);
    const entry = bitsOf(row?.entry ?? row?.spte ?? row?.value);
    if (gfn === undefined || level === undefined || entry === undefined) {
      this.#sink.truncate(number, text);
      return;
    }
    const space = Number(bitsOf(row?.as_id) ?? 0n);
    const low = Number(entry & 0xffffffffn);
    this.#sink.add(number, Math.min(space, 255), gfn, level, low, Number(entry >> 32n));
  }

  finish(): void {
    // Every line stands for itself.
  }
}

/** JSON lines. */
export const entryJson: EntryFormat = {
  name: 'jsonl',
  title: '{"gfn":...,"level":...,"entry":...}: JSON lines; strings are hex; gpa instead of gfn',
  isKvm: false,
  matches: (head) => /^\s*(?:\[\s*)?\{\s*"/.test(head),
  open: (sink) => new JsonReader(sink),
};
