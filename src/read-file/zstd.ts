/** zstd, unpacked on the way where Node can (22.15 and newer); else it stays what it is, and is refused with a remedy. */
import { Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { withHead } from '../read/chunks.ts';
import { ReadError } from '../read/read-error.ts';

const MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];

/** Makes what unpacks; undefined in a Node that cannot. */
export type MakeUnpacker = (() => Transform) | undefined;

const OF_NODE = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

/**
 * The bytes of a file that may be zstd.
 *
 * @param chunks - as they come from a file: the first holds its first four bytes if there are as many
 * @param file - its name for messages
 * @param make - default: Node's own
 * @returns the bytes unpacked
 * @throws ReadError while they are taken, where the data are damaged or cut off
 */
export async function* zstdUnpacked(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  make: MakeUnpacker = OF_NODE,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const all = withHead(first.value, iterator);
  if (!make || !MAGIC.every((byte, at) => first.value[at] === byte)) {
    yield* all;
    return;
  }
  try {
    yield* Readable.from(all).compose(make()) as AsyncIterable<Uint8Array>;
  } catch {
    throw new ReadError(file, 'the zstd data are damaged or cut off: fetch the file again');
  }
}
