/**
 * Registers as nearly every request writes them: numbers in lower case without leading zeros, each once, values of up
 * to 16 hex digits. They are most of a line: read from its text, they need not become an object first, whose keys would
 * have to be told from one another and read again.
 */
import type { MsrWrite } from '../vm/index.ts';

const NAME = '"msrs"';
/** More than there are registers to speak of: each is held against those before it. */
const MOST_REGISTERS = 64;
const MSR_DIGITS = 8;
const VALUE_DIGITS = 16;

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const ZERO = 48;
const COLON = 58;
const X = 120;
const OPEN = 123;
const CLOSE = 125;

/** Values of characters as hex digits, -1 for those that are none. */
const DIGITS = new Int8Array(128).fill(-1);
for (const [digit, characters] of [...'0123456789', 'aA', 'bB', 'cC', 'dD', 'eE', 'fF'].entries()) {
  for (const character of characters) DIGITS[character.charCodeAt(0)] = digit;
}
/** The least of the lower-case digits above 9; upper-case ones stand before it. */
const LOWER_A = 97;
const NINE = 57;

const long = new BigUint64Array(1);
/** The same in halves, the lower one first wherever Wasm runs. */
const halves = new Uint32Array(long.buffer);

/** A place in a text that moves on with what is read; it stays where that is not as usual. */
class Cursor {
  constructor(
    readonly text: string,
    public at: number,
  ) {}

  /** Takes a character, and the blanks before it. */
  takes(character: number): boolean {
    let code = this.text.charCodeAt(this.at);
    while (code === SPACE || code === TAB || code === NEWLINE || code === RETURN) {
      code = this.text.charCodeAt(++this.at);
    }
    if (code !== character) return false;
    this.at++;
    return true;
  }

  /** Takes the quote and 0x that a hex string begins with. */
  #takesPrefix(): boolean {
    if (!this.takes(QUOTE)) return false;
    if (this.text.charCodeAt(this.at) !== ZERO || this.text.charCodeAt(this.at + 1) !== X) return false;
    this.at += 2;
    return true;
  }

  /** An MSR number in its one plain way, -1 for another text. */
  msr(): number {
    if (!this.#takesPrefix()) return -1;
    const first = this.at;
    let msr = 0;
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      const digit = code > NINE && code < LOWER_A ? -1 : (DIGITS[code] ?? -1);
      if (digit < 0) break;
      msr = msr * 16 + digit;
    }
    const digits = this.at - first;
    const isPlain = digits === 1 || (digits > 1 && this.text.charCodeAt(first) !== ZERO);
    return isPlain && digits <= MSR_DIGITS && this.takesQuote() ? msr : -1;
  }

  /** A value of up to 64 bits, undefined for another text. */
  value(): bigint | undefined {
    if (!this.#takesPrefix()) return undefined;
    const first = this.at;
    let [high, low] = [0, 0];
    for (; ; this.at++) {
      const digit = DIGITS[this.text.charCodeAt(this.at)] ?? -1;
      if (digit < 0) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    const digits = this.at - first;
    if (digits === 0 || digits > VALUE_DIGITS || !this.takesQuote()) return undefined;
    halves[0] = low;
    halves[1] = high;
    return long[0];
  }

  /** Takes the quote that ends a string: no blanks stand before that one. */
  takesQuote(): boolean {
    if (this.text.charCodeAt(this.at) !== QUOTE) return false;
    this.at++;
    return true;
  }
}

/** What {@link ordinaryRegisters} finds. */
export interface OrdinaryRegisters {
  /** The writes in the order in which they stand. */
  readonly writes: readonly MsrWrite[];
  /** The line with `{}` in their place: JSON if the line is. */
  readonly rest: string;
}

function isWritten(writes: readonly MsrWrite[], msr: number): boolean {
  for (const write of writes) if (write.msr === msr) return true;
  return false;
}

/** Members up to the brace that ends them. */
function membersAt(cursor: Cursor): MsrWrite[] | undefined {
  const writes: MsrWrite[] = [];
  let highest = -1;
  do {
    const msr = cursor.msr();
    if (msr < 0 || !cursor.takes(COLON)) return undefined;
    const value = cursor.value();
    if (value === undefined || writes.length === MOST_REGISTERS) return undefined;
    if (msr <= highest && isWritten(writes, msr)) return undefined;
    highest = Math.max(highest, msr);
    writes.push({ msr, value });
  } while (cursor.takes(COMMA));
  return cursor.takes(CLOSE) ? writes : undefined;
}

/**
 * Takes the registers `msrs` out of a request. Where the rest of the line is JSON without escapes, a quote begins or ends a
 * string, so that `"msrs":` is a key; whose, the rest tells as long as it has no other.
 *
 * @param text - a line, JSON or not
 * @returns undefined where they are not as usual, right or wrong
 */
export function ordinaryRegisters(text: string): OrdinaryRegisters | undefined {
  const name = text.indexOf(NAME);
  if (name < 0) return undefined;
  const cursor = new Cursor(text, name + NAME.length);
  if (!cursor.takes(COLON) || !cursor.takes(OPEN)) return undefined;
  const first = cursor.at;
  const writes = membersAt(cursor);
  if (!writes || text.includes(NAME, cursor.at)) return undefined;
  return { writes, rest: text.slice(0, first) + text.slice(cursor.at - 1) };
}
