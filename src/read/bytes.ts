/** Bytes as every runtime has them: joined, and read as text. */

/** Keeps a byte order mark, as Buffer does: what stands in a text is left in it. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Several pieces as one; a single piece is given back as it is, without a copy.
 *
 * @param pieces - in order
 */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/**
 * UTF-8 as a text; what is none becomes U+FFFD.
 *
 * @param bytes - whole characters
 */
export function utf8Text(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

const ONLY_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
/** Bytes of the character that starts here; 0: none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let k = 1; k < length; k++) if ((bytes[at + k] ?? 0) >> 6 !== 0b10) return 0;
  return length;
}

/**
 * Text of a log: UTF-8, and a character for each byte that is none, since editors and serial programs still write
 * dashes and blanks of a code page.
 *
 * @param bytes - whole characters
 */
export function logText(bytes: Uint8Array): string {
  try {
    return ONLY_UTF8.decode(bytes);
  } catch {
    let text = '';
    let start = 0;
    for (let at = 0; at < bytes.length; ) {
      const length = characterLength(bytes, at);
      if (length === 0) {
        text += utf8Text(bytes.subarray(start, at)) + String.fromCharCode(bytes[at]!);
        start = at + 1;
      }
      at += Math.max(length, 1);
    }
    return text + utf8Text(bytes.subarray(start));
  }
}

/** One character a byte; those of 80..9f come out as Windows has them, which nothing here looks at. */
const ONE_BYTE = new TextDecoder('windows-1252');

/**
 * Bytes as a text of as many characters, whatever they are: ASCII is itself.
 *
 * @param bytes - any
 */
export function oneByteText(bytes: Uint8Array): string {
  return ONE_BYTE.decode(bytes);
}

const ENCODER = new TextEncoder();

/**
 * A text as UTF-8. Browsers encode into an array several times as fast as into one that they make themselves.
 *
 * @param text - half of a pair of surrogates becomes U+FFFD
 */
export function utf8Bytes(text: string): Uint8Array {
  // Enough for ASCII, which logs are but for a few characters.
  const bytes = new Uint8Array(text.length);
  const { read, written } = ENCODER.encodeInto(text, bytes);
  const begun = bytes.subarray(0, written);
  return read === text.length ? begun : joinBytes([begun, ENCODER.encode(text.slice(read))]);
}

/**
 * A text in memory of its own: a slice would keep the whole text alive that it was cut from.
 *
 * @param text - well-formed
 */
export function ownText(text: string): string {
  return utf8Text(utf8Bytes(text));
}
