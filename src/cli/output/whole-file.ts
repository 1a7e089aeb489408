/** A file that appears whole or not at all, in the place, with the mode and behind the links of the one before. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './exit.ts';

const PERMISSIONS = 0o777;
/** More than the system follows. */
const MOST_LINKS = 40;
/** Of the file's own name, so that the temporary one's is never too long. */
const NAME_KEPT = 32;

/** What stands at the end of links, so that they stay links, those too that lead to nothing yet. */
function targetOf(file: string): string {
  let target = file;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return realpathSync(target);
    } catch {
      try {
        target = resolve(dirname(target), readlinkSync(target));
      } catch {
        return target;
      }
    }
  }
  return target;
}

/** Writes all of a chunk: a disk that fills up takes a part first, and refuses only the next one. */
export function writeWhole(descriptor: number, chunk: string | Uint8Array): void {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

/**
 * Opens a file that `-o` names.
 *
 * @param path - what is opened
 * @param file - as the user named it
 * @throws UsageError for a folder that is not there
 */
export function openedFor(path: string, flags: string, file: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`-o ${file}: no such folder: ${dirname(file)} (it has to be made first)`);
    }
    throw named(error, file);
  }
}

/** An error of the file system that names the file as the user did. */
export function named(error: unknown, file: string): unknown {
  return Object.assign(error as NodeJS.ErrnoException, { path: file });
}

/**
 * Opens the temporary beside a file. Nobody else has its name: not a run of the same process id, in another container
 * or before this one was restarted, and what such a run left behind when it was killed is in nobody's way.
 */
function temporaryOf(target: string, file: string): { readonly path: string; readonly descriptor: number } {
  for (;;) {
    const own = `${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
    const path = join(dirname(target), `${basename(target).slice(0, NAME_KEPT)}.${own}.tmp`);
    try {
      return { path, descriptor: openedFor(path, 'wx', file) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Gives the new file the mode of the one before, and its owner where that is allowed. */
function likeBefore(descriptor: number, before: Stats): void {
  try {
    fchownSync(descriptor, before.uid, before.gid);
  } catch {
    // Only root gives files away.
  }
  fchmodSync(descriptor, before.mode & PERMISSIONS);
}

/** A file while it is being written. */
export class WholeFile {
  readonly #file: string;
  readonly #target: string;
  readonly #temporary: string;
  #descriptor: number | undefined;
  readonly #onExit = () => this.#unlink();

  /**
   * @param file - as the user named it
   * @throws where it may not be written, nothing being changed
   */
  constructor(file: string) {
    this.#file = file;
    this.#target = targetOf(file);
    const before = statSync(this.#target, { throwIfNoEntry: false });
    // A rename would replace what may not be written.
    if (before) this.#named(() => accessSync(this.#target, constants.W_OK));
    if (before?.isDirectory()) throw this.#refusal('EISDIR');
    const { path, descriptor } = temporaryOf(this.#target, file);
    this.#temporary = path;
    this.#descriptor = descriptor;
    process.on('exit', this.#onExit);
    if (before) this.#named(() => likeBefore(descriptor, before));
  }

  /** Appends to it. */
  write(chunk: string | Uint8Array): void {
    this.#named(() => writeWhole(this.#descriptor!, chunk));
  }

  /** Puts it in its place. */
  finish(): void {
    this.#close();
    this.#named(() => renameSync(this.#temporary, this.#target));
    process.off('exit', this.#onExit);
  }

  /** Drops it; what was there before stays. */
  discard(): void {
    try {
      this.#close();
    } catch {
      // What cannot be closed is dropped all the same.
    }
    this.#unlink();
    process.off('exit', this.#onExit);
  }

  #close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) this.#named(() => closeSync(descriptor));
  }

  #unlink(): void {
    try {
      unlinkSync(this.#temporary);
    } catch {
      // Already gone, or never there.
    }
  }

  #named<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw named(error, this.#file);
    }
  }

  #refusal(code: string): unknown {
    return named(Object.assign(new Error(code), { code, syscall: 'open' }), this.#file);
  }
}

/** Replaces a file in one step. @throws as {@link WholeFile} does; the file before stays then */
export function replaceFile(file: string, text: string): void {
  const whole = new WholeFile(file);
  try {
    whole.write(text);
    whole.finish();
  } catch (error) {
    whole.discard();
    throw error;
  }
}
