/**
 * Standard output and standard error. Node makes their streams when a program first asks for them, and loads its network for
 * pipes then: a twentieth of a start of the program. So what the descriptors tell is asked of them.
 */
import { fstatSync, type Stats } from 'node:fs';

/** Descriptor of standard output. */
export const STDOUT = 1;
/** Descriptor of standard error. */
export const STDERR = 2;
/** A descriptor that people and programs read. */
export type Standard = typeof STDOUT | typeof STDERR;

let isOwnProcess = false;
let isErrorHeard = false;

/** Notes that the process is the program's: whoever runs it within another one may have put streams of their own in place. */
export function ownProcess(): void {
  isOwnProcess = true;
}

/** What stands behind a descriptor of the program's own process; undefined: ask the stream. */
export function behind(descriptor: Standard): Stats | undefined {
  if (!isOwnProcess) return undefined;
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
}

/** The stream itself. */
export function streamOf(descriptor: Standard): NodeJS.WriteStream {
  return descriptor === STDOUT ? process.stdout : process.stderr;
}

/** Whether a terminal reads it. */
export function isTerminal(descriptor: Standard): boolean {
  // A terminal is a character device.
  if (behind(descriptor)?.isCharacterDevice() === false) return false;
  return streamOf(descriptor).isTTY === true;
}

/** Writes to standard error. Where nobody hears what is wrong there is nobody to tell; the exit code says it still. */
export function writeError(text: string): void {
  if (isOwnProcess && !isErrorHeard) {
    isErrorHeard = true;
    process.stderr.on('error', () => undefined);
  }
  process.stderr.write(text);
}
