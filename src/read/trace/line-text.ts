/** Lines as texts: a piece of the file is decoded once, its lines are cut out of that. */
import { oneByteText } from '../bytes.ts';

/** Pieces of more bytes are not decoded as a whole: their text would be memory without bound. */
const MOST_DECODED = 1 << 21;

/** Gives lines of one piece of a file after another, a character a byte. */
export class LineText {
  #bytes: Uint8Array | undefined;
  #text = '';

  /**
   * @param bytes - the piece, one and the same object while its content is
   * @param start - first byte of the line
   * @param end - behind its last
   */
  of(bytes: Uint8Array, start: number, end: number): string {
    if (bytes.length > MOST_DECODED) return oneByteText(bytes.subarray(start, end));
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#text = oneByteText(bytes);
    }
    return this.#text.slice(start, end);
  }
}
