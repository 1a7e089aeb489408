/**
 * What Node unpacks and a page does not: gzip of several parts, as log rotation leaves it (`DecompressionStream`
 * takes one part, from Node 24 on), and zstd (Node 22.15 and newer; else it is refused with a remedy).
 */
import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { withHead } from '../read/chunks.ts';
import { gunzipError, isGzip } from '../read/gunzip.ts';
import { ReadError } from '../read/read-error.ts';

const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];

/** Makes what unpacks zstd; undefined in a Node that cannot. */
export type MakeUnpacker = (() => Transform) | undefined;

const OF_NODE = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

function isZstd(bytes: Uint8Array): boolean {
  return ZSTD_MAGIC.every((byte, at) => bytes[at] === byte);
}

/**
 * The bytes of a file that may be gzip or zstd.
 *
 * @param chunks - as they come from a file: the first holds its first four bytes if there are as many
 * @param file - its name for messages
 * @param makeZstd - what unpacks zstd; default: Node's own
 * @returns the bytes unpacked
 * @throws ReadError while they are taken, where the data are damaged or cut off
 */
export async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  makeZstd: MakeUnpacker = OF_NODE,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const all = withHead(first.value, iterator);
  const through = (unpacker: Transform): AsyncIterable<Uint8Array> =>
    // What goes wrong on either side, whoever reads the last stream is told.
    pipeline(Readable.from(all), unpacker, () => {});
  if (isGzip(first.value)) {
    try {
      yield* through(zlib.createGunzip());
    } catch (error) {
      throw gunzipError(file, error);
    }
  } else if (makeZstd && isZstd(first.value)) {
    try {
      yield* through(makeZstd());
    } catch {
      throw new ReadError(file, 'the zstd data are damaged or cut off: fetch the file again');
    }
  } else {
    yield* all;
  }
}
