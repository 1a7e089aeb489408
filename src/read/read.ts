/** Reading a dump: from a string, from bytes, from a stream. */
import { requireText } from '../arguments.ts';
import { utf8Bytes } from './bytes.ts';
import type { Chunks } from './chunks.ts';
import type { Facts } from './facts/facts.ts';
import { gunzipped, isGzip } from './gunzip.ts';
import { ReadError } from './read-error.ts';
import { Reading, type ReadOptions } from './reading.ts';

/**
 * Reads a dump.
 *
 * @param text - the whole text
 * @param options - name of the file, format, and which boot
 * @returns its facts
 * @throws {@link ReadError} where it says nothing that can be used, in one line with the reason
 * @example
 * readText('reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n').registers.get(0x200)?.value; // 6n
 */
export function readText(text: string, options: ReadOptions = {}): Facts {
  return readBytes(utf8Bytes(requireText('text', text)), options);
}

/**
 * Reads a dump from memory.
 *
 * @param bytes - text in UTF-8 or UTF-16
 * @param options - name of the file, format, and which boot
 * @returns its facts
 * @throws {@link ReadError} as {@link readText}, for bytes that are no text, and for gzip, which {@link readStream}
 * unpacks
 * @example
 * const bytes = new TextEncoder().encode('0x2ff,0xc06\n');
 * readBytes(bytes).registers.get(0x2ff)?.value; // 0xc06n
 */
export function readBytes(bytes: Uint8Array, options: ReadOptions = {}): Facts {
  if (isGzip(bytes)) {
    throw new ReadError(options.file ?? '-', 'this is gzip: readStream([bytes]) unpacks it');
  }
  const reading = new Reading(options);
  reading.push(bytes);
  return reading.finish();
}

/**
 * Reads a dump from a stream, in constant memory; gzip is unpacked on the way.
 *
 * @param chunks - the bytes, in pieces of any size
 * @param options - name of the file, format, and which boot
 * @returns its facts
 * @throws {@link ReadError} as {@link readBytes}
 * @example
 * const facts = await readStream([new TextEncoder().encode('0x2ff,0xc06\n')]);
 * facts.registers.get(0x2ff)?.value; // 0xc06n
 */
export async function readStream(chunks: Chunks, options: ReadOptions = {}): Promise<Facts> {
  const reading = new Reading(options);
  for await (const bytes of gunzipped(chunks, options.file ?? '-')) reading.push(bytes);
  return reading.finish();
}
