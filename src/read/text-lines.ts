/** Bytes in, lines out: decoding and cutting, with bounded memory whatever the lines' length. */
import { joinBytes, logText } from './bytes.ts';

/** A line longer than this loses its tail (nothing that is read here is near it). */
const MOST_KEPT = 1 << 20;
const NOTHING = new Uint8Array(0);

/** Decodes pieces of a text: whole characters; the beginning of one waits for its end. */
interface PieceDecoder {
  write(bytes: Uint8Array): string;
  end(): string;
}

/** How many of the last bytes begin a character of UTF-8 whose end has not come. */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

/** UTF-8, and what is written as if it were. A decoder that is told of pieces is half as fast as one that gets whole characters. */
class Utf8Decoder implements PieceDecoder {
  #open: Uint8Array = NOTHING;

  write(bytes: Uint8Array): string {
    const all = this.#open.length === 0 ? bytes : joinBytes([this.#open, bytes]);
    const end = all.length - openBytes(all);
    this.#open = all.slice(end);
    return logText(all.subarray(0, end));
  }

  end(): string {
    return logText(this.#open);
  }
}

class Utf16Decoder implements PieceDecoder {
  readonly #decoder: TextDecoder;

  constructor(encoding: 'utf-16le' | 'utf-16be') {
    this.#decoder = new TextDecoder(encoding, { ignoreBOM: true });
  }

  write(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  end(): string {
    return this.#decoder.decode();
  }
}

/** Cuts a byte stream of one encoding into lines. */
export class TextLines {
  readonly #decoder: PieceDecoder;
  readonly #line: (text: string) => void;
  #carry = '';

  /**
   * @param encoding - of the bytes
   * @param line - called with each line, without its line feed
   */
  constructor(encoding: 'utf8' | 'utf16le' | 'utf16be', line: (text: string) => void) {
    this.#decoder =
      encoding === 'utf8'
        ? new Utf8Decoder()
        : new Utf16Decoder(encoding === 'utf16le' ? 'utf-16le' : 'utf-16be');
    this.#line = line;
  }

  push(bytes: Uint8Array): void {
    this.#text(this.#decoder.write(bytes));
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
    this.#carry = text.slice(start, start + MOST_KEPT);
  }

  /** @returns the last line where it has no line feed; undefined where the text ends with one */
  finish(): string | undefined {
    this.#text(this.#decoder.end());
    const open = this.#carry === '' ? undefined : this.#carry;
    if (open !== undefined) this.#line(open);
    this.#carry = '';
    return open;
  }
}
