/**
 * Gives each line of a text to the readers that want it, and puts together what mail programs tore apart.
 * Most lines of a log concern nobody: one regular expression passes them over before anything is cleaned.
 */
import type { Facts } from './facts/facts.ts';
import { cleanLine, joinedLine, type Line } from './line.ts';
import type { LineFormat, LineReader, ReadContext } from './reader.ts';

interface OpenReader {
  readonly format: LineFormat;
  readonly reader: LineReader;
}

interface Torn {
  readonly line: Line;
  readonly owner: OpenReader;
}

/** Whether a line ends in a soft break of quoted-printable: one `=` (a second would be escaped). */
function endsSoftly(raw: string): boolean {
  const end = raw.endsWith('\r') ? raw.length - 1 : raw.length;
  return end > 1 && raw.charCodeAt(end - 1) === 0x3d && raw.charCodeAt(end - 2) !== 0x3d;
}

/** Feeds the readers of one file. */
export class LineFeeder {
  readonly #readers: readonly OpenReader[];
  readonly #hint: RegExp;
  #number = 0;
  /** A raw line that a soft break ended, and the number of its first piece. */
  #soft: { raw: string; number: number } | undefined;
  #torn: Torn | undefined;

  constructor(formats: readonly LineFormat[], context: ReadContext) {
    this.#readers = formats.map((format) => ({ format, reader: format.open(context) }));
    this.#hint = new RegExp(formats.map((format) => format.hint.source).join('|'));
  }

  /** Lines fed so far. */
  get lineCount(): number {
    return this.#number;
  }

  /** @param raw - the next line, without its line feed; `number` where lines are not counted here */
  feed(raw: string, number: number = this.#number + 1): void {
    this.#number = number;
    if (this.#soft) {
      this.#feedSoftlyBroken(raw, number);
      return;
    }
    if (endsSoftly(raw)) this.#hold(raw, number);
    else if (this.#torn || this.#hint.test(raw)) this.#take(raw, number);
  }

  #hold(raw: string, number: number): void {
    // An escaped line feed before the break: the line ends here after all.
    const hard = /=0A=\r?$/.test(raw);
    const text = raw.replace(/(?:=0A)?=\r?$/, '');
    if (hard) this.#take(text, number);
    else this.#soft = { raw: text.slice(0, 4096), number };
  }

  #feedSoftlyBroken(raw: string, number: number): void {
    const { raw: first, number: firstNumber } = this.#soft!;
    this.#soft = undefined;
    if (cleanLine(raw, number).prefixed) {
      // A line that happens to end in "=", not a break.
      this.#take(`${first}=`, firstNumber);
      this.feed(raw, number);
      return;
    }
    const joined = first + raw;
    if (endsSoftly(raw)) this.#hold(joined, firstNumber);
    else if (!this.#take(joined, firstNumber)) this.#take(raw, number);
  }

  /** @returns whether a reader wanted the line */
  #take(raw: string, number: number): boolean {
    const line = cleanLine(raw, number);
    const torn = this.#torn;
    if (torn) {
      this.#torn = undefined;
      if (this.#mends(torn, line)) return true;
    }
    if (line.text === '') return false;
    for (const owner of this.#readers) {
      if (!owner.format.hint.test(raw) && !owner.format.hint.test(line.text)) continue;
      const claim = owner.reader.read(line);
      if (claim === 'more') this.#torn = { line, owner };
      if (claim !== false) return true;
    }
    return false;
  }

  /** Whether the line is the rest of a torn one: torn between words, or inside one. */
  #mends({ line, owner: { reader } }: Torn, rest: Line): boolean {
    if (rest.prefixed || rest.text === '') return false;
    return (
      reader.read(joinedLine(line, rest, ' ')) === true || reader.read(joinedLine(line, rest, '')) === true
    );
  }

  finish(): Facts[] {
    if (this.#soft) this.#take(this.#soft.raw, this.#soft.number);
    return this.#readers.map(({ reader }) => reader.finish());
  }
}
