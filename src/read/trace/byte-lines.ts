/** Cuts bytes into lines without decoding them, whatever their length, at constant memory. */

import { joinBytes } from '../bytes.ts';

/** A line that is longer than this is skipped. No line of a trace has a hundredth of it. */
export const MOST_LINE_BYTES = 1 << 16;
const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array(0);

/**
 * What takes lines: bytes `start <= at < end`, without the line feed, valid during the call. While `bytes` is the same
 * object, it has the same content.
 */
export interface ByteLineTaker {
  line(bytes: Uint8Array, start: number, end: number, number: number): void;
  /** A line of more than {@link MOST_LINE_BYTES}. */
  overlong(number: number): void;
}

/** Cuts lines. */
export class ByteLines {
  readonly #taker: ByteLineTaker;
  /** The beginning of a line whose end has not come yet. */
  #carry: Uint8Array = NOTHING;
  #isSkipping = false;
  #number = 0;

  constructor(taker: ByteLineTaker) {
    this.#taker = taker;
  }

  /** Lines so far. */
  get lineCount(): number {
    return this.#number;
  }

  /** Whether a line has begun whose end has not come yet. */
  get isInLine(): boolean {
    return this.#isSkipping || this.#carry.length > 0;
  }

  push(bytes: Uint8Array): void {
    // An object of its own for each piece, whatever buffer the caller uses again; and of one class for all.
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    let start = 0;
    if (this.#isSkipping || this.#carry.length > 0) {
      start = this.#finishCarried(chunk);
      if (start === 0) return;
    }
    const taker = this.#taker;
    for (;;) {
      // Of a Buffer this is four times as fast as of other arrays.
      const end = bytes.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.#number += 1;
      if (end - start > MOST_LINE_BYTES) taker.overlong(this.#number);
      else taker.line(chunk, start, end, this.#number);
      start = end + 1;
    }
    this.#keep(chunk, start);
  }

  /** @returns where the next line starts; 0 if this one goes on */
  #finishCarried(chunk: Uint8Array): number {
    const end = chunk.indexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(chunk, 0);
      return 0;
    }
    this.#number += 1;
    if (this.#isSkipping || this.#carry.length + end > MOST_LINE_BYTES) this.#taker.overlong(this.#number);
    else {
      const line = joinBytes([this.#carry, chunk.subarray(0, end)]);
      this.#taker.line(line, 0, line.length, this.#number);
    }
    this.#isSkipping = false;
    this.#carry = NOTHING;
    return end + 1;
  }

  #keep(chunk: Uint8Array, start: number): void {
    if (this.#isSkipping || start === chunk.length) return;
    if (this.#carry.length + chunk.length - start > MOST_LINE_BYTES) this.#isSkipping = true;
    else this.#carry = joinBytes([this.#carry, chunk.subarray(start)]);
  }

  finish(): void {
    if (!this.#isSkipping && this.#carry.length === 0) return;
    this.#number += 1;
    if (this.#isSkipping) this.#taker.overlong(this.#number);
    else this.#taker.line(this.#carry, 0, this.#carry.length, this.#number);
  }
}
