/**
 * The two events of `kvmmmu` in bytes, as the kernel prints them, read from the end of the line: in front of them
 * may stand anything (task names with blanks, flags, time stamps, `kvmmmu:`). What does not fit exactly is left
 * to trace-events.ts. Ten million lines must pass here, so there is no string, no bigint, no expression.
 */
import { HEX_DIGITS } from './hex-digits.ts';
import type { EntrySink } from './reader.ts';

const BLANK = 0x20;
const CARRIAGE_RETURN = 0x0d;
const MOST_HEX = 16;
/** No number. */
const NONE = -1;

const encoder = new TextEncoder();
const encoded = (text: string): Uint8Array => encoder.encode(text);
const NEW_ENTRY = encoded(' new_spte ');
const OLD_ENTRY = encoded(' old_spte ');
const LEVEL = encoded(' level ');
const GFN = encoded(' gfn ');
const SPACE = encoded(' as id ');
const AT = encoded(' at ');
const ENTRY = encoded(' spte ');
const CHANGED = encoded('kvm_tdp_mmu_spte_changed:');
const SET = encoded('kvm_mmu_set_spte:');

/** Reads one line backwards. */
export class EventBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** Where the next byte to the left stands, plus 1. */
  #end = 0;
  // The number that was read last.
  #low = 0;
  #high = 0;

  /** @returns whether the line is one of the two events, whole */
  read(bytes: Uint8Array, start: number, end: number, number: number, sink: EntrySink): boolean {
    this.#bytes = bytes;
    this.#start = start;
    let last = end;
    while (last > start && (bytes[last - 1] === BLANK || bytes[last - 1] === CARRIAGE_RETURN)) last -= 1;
    this.#end = last;
    if (!this.#hex()) return false;
    const low = this.#low;
    const high = this.#high;
    if (this.#word(NEW_ENTRY)) return this.#changed(number, sink, low, high);
    return this.#word(AT) && this.#set(number, sink);
  }

  #changed(number: number, sink: EntrySink, low: number, high: number): boolean {
    if (!(this.#hex() && this.#word(OLD_ENTRY))) return false;
    const level = this.#decimal();
    if (level < 1 || level > 5 || !this.#word(LEVEL) || !this.#hex()) return false;
    const gfn = this.#gfn();
    if (gfn < 0 || !this.#word(GFN)) return false;
    const space = this.#decimal();
    if (space < 0 || !this.#word(SPACE) || !this.#name(CHANGED)) return false;
    sink.add(number, space, gfn, level, low, high);
    return true;
  }

  #set(number: number, sink: EntrySink): boolean {
    const level = this.#decimal();
    if (level < 1 || level > 5 || !this.#word(LEVEL) || !this.#flags() || !this.#hex()) return false;
    const low = this.#low;
    const high = this.#high;
    if (!this.#word(ENTRY) || !this.#hex()) return false;
    const gfn = this.#gfn();
    if (gfn < 0 || !this.#word(GFN) || !this.#name(SET)) return false;
    sink.add(number, 0, gfn, level, low, high);
    return true;
  }

  /** The number as a frame number, {@link NONE} where it has more bits. */
  #gfn(): number {
    return this.#high >= 1 << 20 ? NONE : this.#high * 2 ** 32 + this.#low;
  }

  #hex(): boolean {
    const bytes = this.#bytes;
    let at = this.#end - 1;
    let low = 0;
    let high = 0;
    let count = 0;
    for (; at >= this.#start; at--, count++) {
      const digit = HEX_DIGITS[bytes[at]!]!;
      if (digit < 0) break;
      if (count < 8) low |= digit << (4 * count);
      else high |= digit << (4 * (count - 8));
    }
    if (count === 0 || count > MOST_HEX) return false;
    this.#low = low >>> 0;
    this.#high = high >>> 0;
    this.#end = at + 1;
    return true;
  }

  /** A decimal number of one or two digits, {@link NONE} where there is none. */
  #decimal(): number {
    const ones = this.#bytes[this.#end - 1]! - 0x30;
    if (this.#end <= this.#start || ones < 0 || ones > 9) return NONE;
    this.#end -= 1;
    const tens = this.#end > this.#start ? this.#bytes[this.#end - 1]! - 0x30 : NONE;
    if (tens < 0 || tens > 9) return ones;
    this.#end -= 1;
    return 10 * tens + ones;
  }

  #word(word: Uint8Array): boolean {
    const bytes = this.#bytes;
    const first = this.#end - word.length;
    if (first < this.#start) return false;
    for (let at = word.length - 1; at >= 0; at--) if (bytes[first + at] !== word[at]) return false;
    this.#end = first;
    return true;
  }

  /** The event's name, behind it any number of blanks: the words above have taken one. */
  #name(name: Uint8Array): boolean {
    while (this.#end > this.#start && this.#bytes[this.#end - 1] === BLANK) this.#end -= 1;
    if (!this.#word(name)) return false;
    const before = this.#end > this.#start ? this.#bytes[this.#end - 1]! : BLANK;
    return before === BLANK || before === 0x3a;
  }

  /** ` (rwxu)`, ` (r-x)`. */
  #flags(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#end - 1] !== 0x29) return false;
    for (let at = this.#end - 2; at > this.#start && at > this.#end - 8; at--) {
      if (bytes[at] === 0x28) {
        if (bytes[at - 1] !== BLANK) return false;
        this.#end = at - 1;
        return true;
      }
    }
    return false;
  }
}
