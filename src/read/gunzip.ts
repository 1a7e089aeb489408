/** gzip, unpacked on the way with what the runtime brings: browsers and Node have DecompressionStream. */
import { joinBytes } from './bytes.ts';
import { type Chunks, iteratorOf, withHead } from './chunks.ts';
import { ReadError } from './read-error.ts';

/**
 * Whether bytes are gzip.
 *
 * @param bytes - the first two or more
 */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first two bytes or more, and the whole stream again. */
async function peeked(chunks: Chunks) {
  const iterator = iteratorOf(chunks);
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 2) {
    const step = await iterator.next();
    if (step.done) break;
    first = joinBytes([first, step.value]);
  }
  return { first, rest: withHead(first, iterator) };
}

/**
 * What is wrong with gzip, as a reader says it: runtimes have words of their own, Node adds the code of zlib.
 *
 * @internal
 */
export function gunzipError(file: string, error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = String(message);
  if (code === 'Z_BUF_ERROR' || /truncated|unexpected end/i.test(text))
    return new ReadError(file, 'the gzip data end too early: the file is cut off, fetch it again');
  // Of the first part the header was seen: a wrong one stands behind a part.
  if (/junk|trailing|incorrect header check/i.test(text))
    return new ReadError(file, 'more data stand behind the gzip data: unpack it first (gzip -dc)');
  return new ReadError(file, 'the gzip data are damaged: fetch the file again');
}

async function* unpacked(packed: Chunks, file: string): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof DecompressionStream === 'undefined') {
    throw new ReadError(file, 'this is gzip, which this browser does not unpack: unpack it first');
  }
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  let failure: { readonly of: unknown } | undefined;
  async function feed(): Promise<void> {
    try {
      for await (const chunk of packed) {
        // What the stream refuses, its reader says.
        if (!(await writer.write(chunk as Uint8Array<ArrayBuffer>).then(isFine, isNot))) return;
      }
      await writer.close().catch(isNot);
    } catch (error) {
      failure = { of: error };
      await writer.abort(error).catch(isNot);
    }
  }
  const fed = feed();
  try {
    for (;;) {
      const step = await reader.read().catch((error: unknown) => {
        throw failure ? failure.of : gunzipError(file, error);
      });
      if (step.done) break;
      yield step.value;
    }
  } finally {
    await reader.cancel().catch(isNot);
    await writer.abort().catch(isNot);
    await fed;
  }
}

const isFine = (): boolean => true;
const isNot = (): boolean => false;

/**
 * The bytes of a text that may be gzip.
 *
 * @param chunks - the bytes as they come
 * @param file - its name for messages
 * @returns the bytes unpacked
 * @throws ReadError while they are taken, where the gzip is damaged or ends too early
 */
export async function* gunzipped(chunks: Chunks, file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, rest } = await peeked(chunks);
  yield* isGzip(first) ? unpacked(rest, file) : rest;
}
