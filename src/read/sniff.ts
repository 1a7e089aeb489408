/** What kind of bytes a file starts with: text and its encoding, gzip, or something that is no text. */
import { utf8Text } from './bytes.ts';

/** What the first bytes say. */
export type Kind =
  | { readonly kind: 'text'; readonly encoding: 'utf8' | 'utf16le' | 'utf16be'; readonly skip: number }
  | { readonly kind: 'gzip' }
  /** `what` completes "this is ..."; `remedy` says what to do. */
  | { readonly kind: 'binary'; readonly what: string; readonly remedy: string };

interface Magic {
  readonly bytes: readonly number[];
  readonly what: string;
  readonly remedy: string;
}

const MAGICS: readonly Magic[] = [
  {
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: 'an xz file',
    remedy: 'pipe it: xz -dc FILE | eptsweep COMMAND -',
  },
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    what: 'a zstd file',
    remedy: 'pipe it: zstd -dc FILE | eptsweep COMMAND -',
  },
  { bytes: [0x42, 0x5a, 0x68], what: 'a bzip2 file', remedy: 'pipe it: bzip2 -dc FILE | eptsweep COMMAND -' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a zip archive', remedy: 'unpack it and name the text inside' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'an ELF file', remedy: 'give a text dump' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG picture', remedy: 'give the text itself' },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG picture', remedy: 'give the text itself' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF file', remedy: 'give the text itself' },
  {
    bytes: [0x51, 0x45, 0x56, 0x4d],
    what: 'a QEMU migration stream',
    remedy: 'print it with scripts/analyze-migration.py first',
  },
];

const REMEDY = 'give a text dump; gzip is read as it is';

/**
 * Share of control characters, and of what is no UTF-8, above which bytes are no text; serial logs hold a few of both,
 * and random bytes a tenth of the one and a half of the other.
 */
const MOST_CONTROL = 0.1;
const MOST_FOREIGN = 0.2;
/** Bytes that are looked at for what is no UTF-8. */
const FOREIGN_BYTES = 4096;

function isControl(byte: number): boolean {
  return (
    byte < 0x20 &&
    byte !== 0x0a &&
    byte !== 0x0d &&
    byte !== 0x09 &&
    byte !== 0x1b &&
    byte !== 0x08 &&
    byte !== 0x0c
  );
}

/** Whether more of the start is no UTF-8 than of a log. */
function isForeign(head: Uint8Array): boolean {
  const text = utf8Text(head.subarray(0, FOREIGN_BYTES));
  let foreign = 0;
  for (const character of text) if (character === '\ufffd') foreign++;
  return foreign > text.length * MOST_FOREIGN;
}

/**
 * Judges the start of a file.
 *
 * @param head - its first bytes; a few hundred are enough
 */
export function sniff(head: Uint8Array): Kind {
  if (head[0] === 0x1f && head[1] === 0x8b) return { kind: 'gzip' };
  if (head[0] === 0xff && head[1] === 0xfe) return { kind: 'text', encoding: 'utf16le', skip: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { kind: 'text', encoding: 'utf16be', skip: 2 };
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf)
    return { kind: 'text', encoding: 'utf8', skip: 3 };
  for (const { bytes, what, remedy } of MAGICS) {
    if (bytes.every((byte, at) => head[at] === byte)) return { kind: 'binary', what, remedy };
  }
  let zeroEven = 0;
  let zeroOdd = 0;
  let control = 0;
  const end = Math.min(head.length, 65_536);
  for (let at = 0; at < end; at++) {
    const byte = head[at]!;
    if (isControl(byte)) control++;
    if (byte === 0) {
      if (at % 2 === 0) zeroEven++;
      else zeroOdd++;
    }
  }
  if (end >= 8 && zeroOdd > end * 0.4 && zeroEven < end * 0.01) {
    return { kind: 'text', encoding: 'utf16le', skip: 0 };
  }
  if (end >= 8 && zeroEven > end * 0.4 && zeroOdd < end * 0.01) {
    return { kind: 'text', encoding: 'utf16be', skip: 0 };
  }
  if (control > end * MOST_CONTROL || isForeign(head)) {
    return { kind: 'binary', what: 'binary data', remedy: REMEDY };
  }
  return { kind: 'text', encoding: 'utf8', skip: 0 };
}
