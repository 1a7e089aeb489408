/** Bytes in pieces, of which the first are looked at before the others are taken. */

/** Bytes in pieces of any size: an array, a generator, a stream. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Pieces that are taken one by one. */
export type ChunkIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** Pieces, to be taken one by one. */
export function iteratorOf(chunks: Chunks): ChunkIterator {
  return Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
}

/**
 * Pieces whose beginning was taken already, from that beginning on. Their source is closed with them: a file that is
 * refused by what stands in it does not stay open.
 *
 * @param head - what was taken; may be empty
 * @param rest - the pieces behind it
 */
export async function* withHead(
  head: Uint8Array,
  rest: ChunkIterator,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (head.length > 0) yield head;
    for (let step = await rest.next(); !step.done; step = await rest.next()) yield step.value;
  } finally {
    await rest.return?.();
  }
}
