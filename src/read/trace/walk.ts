/**
 * Walks through the four tables as debuggers print them: `PML4E (PXE) at ADDRESS contains VALUE` and so on, a line
 * a table (HyperDbg's `!pte`) or all in two lines (`!pte` of the WinDbg extension hvext, on EPT). An entry's place
 * in its table gives nine bits of the address, so the last entry of a walk and its guest address follow from the
 * text whatever address stands above. HyperDbg's own `!pte` shows the guest's tables, not EPT: recognised by bits
 * that an EPT table must leave clear, and counted as foreign.
 */
import { LineText } from './line-text.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

const LEVELS: Readonly<Record<string, number>> = { PML4: 4, PDPT: 3, PD: 2, PT: 1 };
/** `PML4E (PXE) at ffff..`, `PDPTe at 0x..`, `PDPT (PPE) at ..`; the value may stand on the line or below. */
const TABLE = /\b(PML4|PDPT|PD|PT)E?(?: \([A-Z0-9]{2,5}\))? at (?:0x)?([0-9a-f`]{3,17})/gi;
const CONTENT = /\bcontains (?:0x)?([0-9a-f`]{1,17})(?![0-9a-f])/gi;

/** An entry's table, and its place in it. */
interface Place {
  readonly line: number;
  readonly level: number;
  readonly index: bigint;
}

interface Step extends Place {
  readonly value: bigint;
}

const bitsOf = (digits: string): bigint => BigInt(`0x${digits.replaceAll('`', '')}`);

class WalkReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  /** Tables whose values have not come yet. */
  #places: Place[] = [];
  #steps: Step[] = [];

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    const text = this.#text.of(bytes, start, end);
    for (const [, table, digits] of text.matchAll(TABLE)) {
      const level = LEVELS[table!.toUpperCase()]!;
      if (level === 4) this.#close();
      this.#places.push({ line: number, level, index: (bitsOf(digits!) >> 3n) & 0x1ffn });
    }
    for (const [, digits] of text.matchAll(CONTENT)) {
      const place = this.#places.shift();
      if (place) this.#steps.push({ ...place, value: bitsOf(digits!) });
    }
  }

  #close(): void {
    const [steps, places] = [this.#steps, this.#places];
    this.#steps = [];
    this.#places = [];
    const first = steps[0] ?? places[0];
    if (!first) return;
    if (places.length > 0 || steps.some(({ level }, at) => level !== 4 - at)) {
      this.#sink.truncate(first.line, 'a walk through the tables that is not whole');
    } else if (steps.slice(0, -1).some(({ value }) => (value & 0x78n) !== 0n)) {
      this.#sink.foreignEntries += 1;
    } else {
      const { level, value } = steps.at(-1)!;
      const gfn = steps.reduce((sum, step) => sum | (step.index << BigInt(9 * (step.level - 1))), 0n);
      this.#sink.add(first.line, 0, Number(gfn), level, Number(value & 0xffffffffn), Number(value >> 32n));
    }
  }

  finish(): void {
    this.#close();
  }
}

/** Walks through the tables. */
export const entryWalk: EntryFormat = {
  name: 'walk',
  title: 'PML4E at ... contains ...: !pte of hvext and of HyperDbg-like debuggers, on EPT',
  isKvm: false,
  matches: (head) => /\bPML4E?(?: \([A-Z0-9]{2,5}\))? at (?:0x)?[0-9a-f`]{3,17}/i.test(head),
  open: (sink) => new WalkReader(sink),
};
