/** Lines of files and of what was read from standard input, a chunk at a time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

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

/** The lines of a text in UTF-8, without their ends. */
export function* linesOfChunks(chunks: Iterable<Buffer>): Generator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
