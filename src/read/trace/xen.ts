/**
 * Xen's EPT dump (`xl debug-keys D`): `gfn: 100000 order:  9 mfn: 180000 rwx WB!`. Xen prints parts of the entry,
 * from which the architecture's bits follow; `!` is IPAT.
 */
import { LineText } from './line-text.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

const LINE =
  /\bgfn:\s+([0-9a-f]{1,13}) order:\s+(0|9|18) (?:mfn:\s+([0-9a-f]{1,13}) ([r ])([w ])([x ]) ([A-Z?]{2}|[A-Z?]\d|[0-7])(.?)|PoD)/;
const BEGINS = /\bgfn:\s+[0-9a-f]{1,16} order:/;
const LEVELS: Readonly<Record<string, number>> = { 0: 1, 9: 2, 18: 3 };
const TYPES: Readonly<Record<string, number>> = { UC: 0, WC: 1, WT: 4, WP: 5, WB: 6 };

class XenReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    const text = this.#text.of(bytes, start, end);
    const match = LINE.exec(text);
    if (!match) {
      if (BEGINS.test(text)) this.#sink.truncate(number, text);
      return;
    }
    const [, gfn, order, mfn, r, w, x, type, state] = match;
    const level = LEVELS[order!]!;
    // Populate on demand: nothing is mapped yet.
    const entry =
      mfn === undefined ? 0n : (BigInt(`0x${mfn}`) << 12n) | BigInt(bitsOf(r, w, x, type, state, level));
    const low = Number(entry & 0xffffffffn);
    this.#sink.add(number, 0, Number.parseInt(gfn!, 16), level, low, Number(entry >> 32n));
  }

  finish(): void {
    // Every line stands for itself.
  }
}

function bitsOf(
  r: string | undefined,
  w: string | undefined,
  x: string | undefined,
  type: string | undefined,
  state: string | undefined,
  level: number,
): number {
  const access = (r === 'r' ? 1 : 0) | (w === 'w' ? 2 : 0) | (x === 'x' ? 4 : 0);
  const number = TYPES[type!] ?? Number(/\d$/.exec(type!)?.[0] ?? 7);
  return access | (number << 3) | (state === '!' ? 0x40 : 0) | (level > 1 ? 0x80 : 0);
}

/** Xen. */
export const xenEpt: EntryFormat = {
  name: 'xen-ept',
  title: "Xen's EPT tables (xl debug-keys D; xl dmesg)",
  isKvm: false,
  matches: (head) => BEGINS.test(head),
  open: (sink) => new XenReader(sink),
};
