/** A file or standard input, as bytes in pieces. */
import { Input } from '../../open/input.ts';
import { ReadError } from '../../read/read-error.ts';
import { UsageError } from '../output/exit.ts';

const CHUNK_BYTES = 1 << 18;
const STDIN_TWICE = 'standard input (-) can be one of the files, not two';
/** The standard input that was given out: it can be read once. */
let taken: NodeJS.ReadStream | undefined;

/**
 * For a command that goes on with its other files where one of them fails: refuses before any is read.
 *
 * @param files - all that it was given
 * @throws UsageError where two of them are standard input
 */
export function requireOneStdin(files: readonly string[]): void {
  if (files.filter((file) => file === '-').length > 1) throw new UsageError(STDIN_TWICE);
}

/**
 * Standard input, for one of the files that a command takes.
 *
 * @throws UsageError the second time
 */
export function takeStdin(): NodeJS.ReadStream {
  if (taken === process.stdin) throw new UsageError(STDIN_TWICE);
  taken = process.stdin;
  return taken;
}

/**
 * What messages call a file.
 *
 * @param argument - a path, or `-` for standard input
 */
export function inputName(argument: string): string {
  return argument === '-' ? '<stdin>' : argument;
}

/**
 * The bytes of a file, which is opened when they are asked for.
 *
 * @param argument - a path, or `-` for standard input
 * @throws the file system's error with the path as it was given; UsageError for `-` the second time
 */
export async function* fileChunks(argument: string): AsyncGenerator<Uint8Array, void, undefined> {
  const stream =
    argument === '-'
      ? takeStdin()
      : (await import('node:fs')).createReadStream(argument, { highWaterMark: CHUNK_BYTES });
  try {
    const { unpacked } = await import('../../read-file/unpacked.ts');
    yield* unpacked(stream as AsyncIterable<Uint8Array>, inputName(argument));
  } catch (error) {
    if (error instanceof ReadError) throw error;
    throw Object.assign(error as NodeJS.ErrnoException, { path: argument });
  }
}

/**
 * Opens a file and reads its beginning.
 *
 * @param argument - a path, or `-` for standard input
 * @throws as {@link fileChunks}
 */
export function openInput(argument: string): Promise<Input> {
  return Input.begin(inputName(argument), fileChunks(argument));
}
