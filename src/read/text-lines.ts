/** Bytes in, lines out: decoding and cutting, with bounded memory whatever the lines' length. */
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this loses its tail (nothing that is read here is near it). */
const MOST_KEPT = 1 << 20;

/** Cuts a byte stream of one encoding into lines. */
export class TextLines {
  readonly #decoder: StringDecoder;
  readonly #swapped: boolean;
  readonly #line: (text: string) => void;
  #carry = '';
  #odd: number | undefined;

  /**
   * @param encoding - of the bytes
   * @param line - called with each line, without its line feed
   */
  constructor(encoding: 'utf8' | 'utf16le' | 'utf16be', line: (text: string) => void) {
    this.#decoder = new StringDecoder(encoding === 'utf8' ? 'utf8' : 'utf16le');
    this.#swapped = encoding === 'utf16be';
    this.#line = line;
  }

  push(bytes: Uint8Array): void {
    this.#text(this.#decoder.write(this.#swapped ? this.#swap(bytes) : bytes));
  }

  #swap(bytes: Uint8Array): Buffer {
    const whole = this.#odd === undefined ? Buffer.from(bytes) : Buffer.from([this.#odd, ...bytes]);
    const even = whole.length - (whole.length % 2);
    this.#odd = even < whole.length ? whole[even] : undefined;
    return whole.subarray(0, even).swap16();
  }

  #text(decoded: string): void {
    const text = this.#carry === '' ? decoded : this.#carry + decoded;
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end < 0) break;
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#carry = text.length - start > MOST_KEPT ? text.slice(start, start + MOST_KEPT) : text.slice(start);
  }

  finish(): void {
    this.#text(this.#decoder.end());
    if (this.#carry !== '') this.#line(this.#carry);
    this.#carry = '';
  }
}
