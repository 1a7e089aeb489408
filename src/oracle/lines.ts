/**
 * Lines out of a stream of bytes, in constant memory: what a line may hold at most is kept, the rest of a
 * longer one is counted as too large and dropped as it comes.
 */

/** What ends a line. */
export const NEWLINE = 10;
const FIRST_CAPACITY = 64 * 1024;

/** A line's bytes without its newline, or undefined where it was longer than allowed. */
export type Line = Uint8Array | undefined;

/** Takes chunks of any size and gives the lines that they complete. */
export class LineSplitter {
  #kept: Uint8Array = new Uint8Array(0);
  #length = 0;
  #tooLarge = false;

  /** @param maxBytes - most bytes of a line, its newline not counted */
  constructor(readonly maxBytes: number) {}

  /** Whether nothing of a line has come yet. */
  get isBetweenLines(): boolean {
    return this.#length === 0 && !this.#tooLarge;
  }

  /**
   * The lines that a chunk completes. Each is valid until the next one is asked for.
   *
   * @param chunk - the next bytes of the stream; it must be taken to its end before the next one is given
   */
  *push(chunk: Uint8Array): Generator<Line, void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The last line of the stream, if it ended without a newline. */
  *end(): Generator<Line, void> {
    if (!this.isBetweenLines) yield this.#complete(new Uint8Array(0));
  }

  #complete(rest: Uint8Array): Line {
    if (this.isBetweenLines) return rest.length > this.maxBytes ? undefined : rest;
    this.#keep(rest);
    const line = this.#tooLarge ? undefined : this.#kept.subarray(0, this.#length);
    // A large line's room is not held on to: most lines are small.
    if (this.#kept.length > FIRST_CAPACITY) this.#kept = new Uint8Array(0);
    this.#length = 0;
    this.#tooLarge = false;
    return line;
  }

  #keep(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (this.#tooLarge || length > this.maxBytes) {
      this.#tooLarge = true;
      this.#length = 0;
      this.#kept = new Uint8Array(0);
      return;
    }
    if (length > this.#kept.length) {
      const larger = new Uint8Array(Math.min(Math.max(FIRST_CAPACITY, 2 * length), this.maxBytes));
      larger.set(this.#kept.subarray(0, this.#length));
      this.#kept = larger;
    }
    this.#kept.set(part, this.#length);
    this.#length = length;
  }
}
