/** Where results go: standard output at its reader's pace, or a file that appears whole or not at all. */
import { closeSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PipeClosed } from './exit.ts';

const CHUNK_CHARACTERS = 1 << 16;
/** Signals and a closed pipe are only seen between turns of the event loop. */
const LONGEST_TURN_MS = 50;

/** Collects lines to chunks, and lets the event loop have a turn now and then. */
async function inChunks(
  lines: Iterable<string>,
  write: (chunk: string) => void | Promise<void>,
): Promise<void> {
  let chunk = '';
  let turnStarted = performance.now();
  let untilLook = 64;
  for (const line of lines) {
    chunk += `${line}\n`;
    untilLook -= 1;
    if (chunk.length < CHUNK_CHARACTERS && untilLook > 0) continue;
    untilLook = 64;
    if (chunk.length >= CHUNK_CHARACTERS) {
      await write(chunk);
      chunk = '';
    }
    if (performance.now() - turnStarted > LONGEST_TURN_MS) {
      await nextTurn();
      turnStarted = performance.now();
    }
  }
  if (chunk !== '') await write(chunk);
}

async function toStdout(lines: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let failure: NodeJS.ErrnoException | undefined;
  const onError = (error: NodeJS.ErrnoException) => {
    failure ??= error;
  };
  stdout.on('error', onError);
  const check = () => {
    if (failure) throw failure.code === 'EPIPE' ? new PipeClosed() : failure;
  };
  try {
    await inChunks(lines, async (chunk) => {
      check();
      await new Promise<void>((resolve) => stdout.write(chunk, () => resolve()));
      check();
    });
  } finally {
    stdout.off('error', onError);
  }
}

async function toFile(lines: Iterable<string>, file: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  let descriptor: number;
  try {
    descriptor = openSync(temporary, 'wx');
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
  const discard = () => {
    try {
      unlinkSync(temporary);
    } catch {
      // Already gone, or never there.
    }
  };
  process.on('exit', discard);
  try {
    await inChunks(lines, (chunk) => {
      writeSync(descriptor, chunk);
    });
    closeSync(descriptor);
    renameSync(temporary, file);
  } catch (error) {
    discard();
    throw error;
  } finally {
    process.off('exit', discard);
  }
}

/**
 * Writes lines.
 *
 * @param lines - without newlines at their ends; taken one by one, never collected
 * @param file - where to; standard output if undefined or `-`
 * @throws PipeClosed where the reader of standard output has gone
 */
export async function writeLines(lines: Iterable<string>, file?: string): Promise<void> {
  await (file === undefined || file === '-' ? toStdout(lines) : toFile(lines, file));
}
