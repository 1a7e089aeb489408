/** Reading a dump: from a string, from bytes, from a stream, from a file. gzip is unpacked on the way. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { Facts } from './facts/facts.ts';
import { ReadError } from './read-error.ts';
import { Reading, type ReadOptions } from './reading.ts';

/** Size of the pieces that files are read in. */
const CHUNK_BYTES = 1 << 18;

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
  return readBytes(Buffer.from(text), options);
}

/**
 * Reads a dump from memory.
 *
 * @param bytes - text in UTF-8 or UTF-16, or gzip of such
 * @param options - name of the file, format, and which boot
 * @returns its facts
 * @throws {@link ReadError} as {@link readText}, and for bytes that are no text
 * @example
 * const bytes = new TextEncoder().encode('0x2ff,0xc06\n');
 * readBytes(bytes).registers.get(0x2ff)?.value; // 0xc06n
 */
export function readBytes(bytes: Uint8Array, options: ReadOptions = {}): Facts {
  const reading = new Reading(options);
  if (!isGzip(bytes)) reading.push(bytes);
  else {
    try {
      reading.push(gunzipSync(bytes));
    } catch (error) {
      throw gunzipError(options.file ?? '-', error);
    }
  }
  return reading.finish();
}

/**
 * Reads a dump from a stream, in constant memory.
 *
 * @param chunks - the bytes, in pieces of any size
 * @param options - name of the file, format, and which boot
 * @returns its facts
 * @throws {@link ReadError} as {@link readBytes}
 * @example
 * const facts = await readStream([new TextEncoder().encode('0x2ff,0xc06\n')]);
 * facts.registers.get(0x2ff)?.value; // 0xc06n
 */
export async function readStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ReadOptions = {},
): Promise<Facts> {
  const reading = new Reading(options);
  const { first, rest } = await peeked(chunks);
  if (!isGzip(first)) {
    for await (const chunk of rest) reading.push(chunk);
    return reading.finish();
  }
  const unpacked = Readable.from(rest).pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  try {
    for await (const chunk of unpacked) reading.push(chunk as Uint8Array);
  } catch (error) {
    throw gunzipError(options.file ?? '-', error);
  }
  return reading.finish();
}

/**
 * Reads a file.
 *
 * @param path - its path; `-` is standard input
 * @param options - format, and which boot
 * @returns its facts
 * @throws {@link ReadError} as {@link readBytes}, and where the file cannot be opened
 * @example
 * const facts = await readFile('examples/dumps/slow.mtrr');
 * toVm(facts).vm.vcpus.length; // 1
 */
export async function readFile(path: string, options: ReadOptions = {}): Promise<Facts> {
  const named = { file: path, ...options };
  if (path === '-') return readStream(process.stdin as AsyncIterable<Uint8Array>, named);
  try {
    return await readStream(createReadStream(path, { highWaterMark: CHUNK_BYTES }), named);
  } catch (error) {
    throw fileError(named.file, error);
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first two bytes or more, and the whole stream again. */
async function peeked(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const iterator =
    Symbol.asyncIterator in chunks
      ? chunks[Symbol.asyncIterator]()
      : (chunks as Iterable<Uint8Array>)[Symbol.iterator]();
  let first = new Uint8Array(0);
  let done = false;
  while (first.length < 2 && !done) {
    const step = await iterator.next();
    if (step.done) done = true;
    else first = Buffer.concat([first, step.value]);
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    while (!done) {
      const step = await iterator.next();
      if (step.done) return;
      yield step.value;
    }
  }
  return { first, rest: rest() };
}

function gunzipError(file: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'Z_BUF_ERROR')
    return new ReadError(file, 'the gzip data end too early: the file is cut off, fetch it again');
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new ReadError(file, 'the gzip data are damaged: fetch the file again');
  }
  return error;
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory: name a file',
  EIO: 'input/output error: /proc/mtrr gives it where MTRRs are disabled',
};

function fileError(file: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === 'string' ? FILE_ERRORS[code] : undefined;
  return reason === undefined ? error : new ReadError(file, reason);
}
