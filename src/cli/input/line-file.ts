/** Lines of files and of what was read from standard input, a chunk at a time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { decoderOf } from '../../open/input.ts';

const CHUNK_BYTES = 1 << 18;

/**
 * A file, a chunk at a time; a chunk is gone when the next one is taken.
 *
 * @throws as node:fs does, with `path`
 */
export function* chunksOfFile(path: string): Generator<Buffer, void, undefined> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      yield chunk.subarray(0, size);
    }
  } finally {
    closeSync(file);
  }
}

/** The lines of a text, without their ends, in the encoding that its beginning shows. */
export function* linesOfChunks(chunks: Iterable<Buffer>): Generator<string, void, undefined> {
  let decoder: TextDecoder | undefined;
  let rest = '';
  for (const chunk of chunks) {
    decoder ??= decoderOf(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}
