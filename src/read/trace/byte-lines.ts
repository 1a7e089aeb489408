/** Cuts bytes into lines without decoding them, whatever their length, at constant memory. */

/** A line that is longer than this is skipped. No line of a trace has a hundredth of it. */
export const MOST_LINE_BYTES = 1 << 16;
const LINE_FEED = 0x0a;

/** What takes lines: bytes `start <= at < end`, without the line feed, valid during the call. */
export interface ByteLineTaker {
  line(bytes: Buffer, start: number, end: number, number: number): void;
  /** A line of more than {@link MOST_LINE_BYTES}. */
  overlong(number: number): void;
}

/** Cuts lines. */
export class ByteLines {
  readonly #taker: ByteLineTaker;
  /** The beginning of a line whose end has not come yet. */
  #carry: Buffer = Buffer.alloc(0);
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

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#isSkipping || this.#carry.length > 0) {
      start = this.#finishCarried(chunk);
      if (start < 0) return;
    }
    const taker = this.#taker;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.#number += 1;
      if (end - start > MOST_LINE_BYTES) taker.overlong(this.#number);
      else taker.line(chunk, start, end, this.#number);
      start = end + 1;
    }
    this.#keep(chunk, start);
  }

  /** @returns where the next line starts; -1 if this one goes on */
  #finishCarried(chunk: Buffer): number {
    const end = chunk.indexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(chunk, 0);
      return -1;
    }
    this.#number += 1;
    if (this.#isSkipping || this.#carry.length + end > MOST_LINE_BYTES) this.#taker.overlong(this.#number);
    else {
      const line = Buffer.concat([this.#carry, chunk.subarray(0, end)]);
      this.#taker.line(line, 0, line.length, this.#number);
    }
    this.#isSkipping = false;
    this.#carry = Buffer.alloc(0);
    return end + 1;
  }

  #keep(chunk: Buffer, start: number): void {
    if (this.#isSkipping || start === chunk.length) return;
    if (this.#carry.length + chunk.length - start > MOST_LINE_BYTES) {
      this.#isSkipping = true;
      this.#carry = Buffer.alloc(0);
    } else this.#carry = Buffer.concat([this.#carry, chunk.subarray(start)]);
  }

  finish(): void {
    if (!this.#isSkipping && this.#carry.length === 0) return;
    this.#number += 1;
    if (this.#isSkipping) this.#taker.overlong(this.#number);
    else this.#taker.line(this.#carry, 0, this.#carry.length, this.#number);
  }
}
