/** Where results go: standard output at its reader's pace, or a file that appears whole or not at all. */
import { closeSync, statSync, writeSync } from 'node:fs';
import { ifInterrupted } from '../interrupt.ts';
import { milliseconds } from './clock.ts';
import { shownLine } from './colours.ts';
import { PipeClosed } from './exit.ts';
import { Progress } from './progress.ts';
import { behind, STDOUT, streamOf } from './streams.ts';
import { named, openedFor, WholeFile, writeWhole } from './whole-file.ts';

const CHUNK_CHARACTERS = 1 << 16;
/** Signals and a closed pipe are only seen between turns of the event loop. */
const LONGEST_TURN_MS = 50;
/** Bytes that every empty pipe takes. */
const MOST_AT_ONCE = 1 << 14;

/** Not of `node:timers/promises`, which Node takes a while to load. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Chunk = string | Uint8Array;

/** Collects lines to chunks. An empty one stands for many lines that are still too few: time to look around. */
function* chunksOf(lines: Iterable<string>): Generator<string, void, undefined> {
  let chunk = '';
  let untilLook = 64;
  for (const line of lines) {
    chunk += `${shownLine(line)}\n`;
    untilLook -= 1;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
      untilLook = 64;
    } else if (untilLook <= 0) {
      yield '';
      untilLook = 64;
    }
  }
  if (chunk !== '') yield chunk;
}

/**
 * Hands chunks on, and lets the event loop have a turn now and then.
 *
 * @param isInSight - whether somebody may look at them meanwhile, on a terminal or in a pager
 */
async function inTurns(
  chunks: Iterable<Chunk>,
  write: (chunk: Chunk) => void | Promise<void>,
  isInSight = false,
): Promise<void> {
  const progress = new Progress({ unit: 'bytes', isInSight, isTold: false });
  let written = 0;
  let turnStarted = milliseconds();
  try {
    for (const chunk of chunks) {
      if (chunk.length > 0) await write(chunk);
      written += chunk.length;
      progress.show(written);
      if (milliseconds() - turnStarted > LONGEST_TURN_MS) {
        await nextTurn();
        turnStarted = milliseconds();
      }
    }
    progress.end();
  } finally {
    progress.clear();
  }
}

/** A file that grows beyond `ulimit -f` raises a signal that would end the process; with it heard, an error. */
export async function withFileSizeErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  const onTooLarge = () => undefined;
  process.on('SIGXFSZ', onTooLarge);
  try {
    return await work();
  } finally {
    process.off('SIGXFSZ', onTooLarge);
  }
}

/**
 * Writes a short chunk to a pipe at once, without the stream.
 *
 * @returns what the pipe did not take: then its reader is slow, and the stream waits for it
 */
function rushed(chunk: Chunk): Chunk | undefined {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  if (bytes.length > MOST_AT_ONCE) return chunk;
  let at = 0;
  try {
    while (at < bytes.length) at += writeSync(STDOUT, bytes, at);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') throw new PipeClosed();
    if (code === 'EAGAIN') return bytes.subarray(at);
    throw error;
  }
}

/** Writes with the stream, which is made with the first chunk. */
class StreamWriter {
  #failure: NodeJS.ErrnoException | undefined;
  #stream: NodeJS.WriteStream | undefined;
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#failure ??= error;
  };

  #check(): void {
    const failure = this.#failure;
    if (failure) throw failure.code === 'EPIPE' ? new PipeClosed() : failure;
  }

  async write(chunk: Chunk): Promise<void> {
    this.#stream ??= streamOf(STDOUT).on('error', this.#onError);
    const stream = this.#stream;
    this.#check();
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
    this.#check();
  }

  end(): void {
    this.#stream?.off('error', this.#onError);
  }
}

/** @param isPipe - of the program's own process: what is short need not wait for a stream to be made */
async function toStdout(chunks: Iterable<Chunk>, isPipe: boolean): Promise<void> {
  const writer = new StreamWriter();
  let mayRush = isPipe;
  const write = async (chunk: Chunk): Promise<void> => {
    const left = mayRush ? rushed(chunk) : chunk;
    mayRush = false;
    if (left !== undefined) await writer.write(left);
  };
  try {
    await inTurns(chunks, write, true);
  } finally {
    writer.end();
  }
}

/** Devices and named pipes are written to; a rename would put a file in their place. */
function isSpecialFile(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function toSpecialFile(chunks: Iterable<Chunk>, file: string): Promise<void> {
  const descriptor = openedFor(file, 'w', file);
  try {
    await inTurns(chunks, (chunk) => writeWhole(descriptor, chunk));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EPIPE' ? new PipeClosed() : named(error, file);
  } finally {
    closeSync(descriptor);
  }
}

async function toFile(chunks: Iterable<Chunk>, file: string): Promise<void> {
  const whole = new WholeFile(file);
  try {
    await inTurns(chunks, (chunk) => whole.write(chunk));
    whole.finish();
  } catch (error) {
    whole.discard();
    throw error;
  }
  ifInterrupted(undefined);
}

/**
 * Writes bytes.
 *
 * @param chunks - taken one by one; each is written before the next is asked for
 * @param file - where to; standard output if undefined or `-`
 * @throws PipeClosed where the reader of standard output has gone; UsageError for a folder that is not there
 */
export async function writeChunks(chunks: Iterable<Chunk>, file?: string): Promise<void> {
  if (file === undefined || file === '-') {
    const to = behind(STDOUT);
    // Of a file of a disk Node's own stream would write a part and say nothing.
    if (!to?.isFile()) return toStdout(chunks, to?.isFIFO() === true || to?.isSocket() === true);
    return withFileSizeErrors(() => inTurns(chunks, (chunk) => writeWhole(STDOUT, chunk)));
  }
  return isSpecialFile(file) ? toSpecialFile(chunks, file) : withFileSizeErrors(() => toFile(chunks, file));
}

/** Lines of texts of the program's own that have several each, such as templates of sources. */
export function* singleLines(texts: Iterable<string>): Generator<string, void, undefined> {
  for (const text of texts) yield* text.split('\n');
}

/**
 * Writes lines: the one way out for text, in whatever format. What is hidden in them is shown, as escapes that JSON
 * reads back as the very same text.
 *
 * @param lines - without newlines, which would be shown too; taken one by one, never collected
 * @param file - as {@link writeChunks} takes it
 */
export async function writeLines(lines: Iterable<string>, file?: string): Promise<void> {
  await writeChunks(chunksOf(lines), file);
}
