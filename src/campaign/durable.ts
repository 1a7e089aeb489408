/** Files that are there whole or not at all, also after a power cut; and what a disk that refuses them means. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EptsweepError } from '../errors.ts';

/** What a disk says when nothing more can be written to it, in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EIO: 'input/output error',
  EFBIG: 'larger than the limit for files (ulimit -f)',
  EMFILE: 'too many open files (ulimit -n)',
  ENOTDIR: 'not a directory',
  EEXIST: 'a file stands where a folder has to be',
};

/** The results folder cannot be written; what stands in it is whole, and a later run goes on from there. */
export class StorageError extends EptsweepError {
  override readonly name = 'StorageError';
  /**
   * @param file - that was to be written
   * @param reason - in words
   */
  constructor(
    file: string,
    readonly reason: string,
  ) {
    super('storage', `${file}: ${reason}`, file);
  }
}

/** The {@link StorageError} that an error of the file system is; any other error as it is. */
export function storageError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = REFUSALS[code];
  return reason === undefined ? error : new StorageError(file, reason);
}

/** Does something to a file of the results folder. @throws StorageError where the disk refuses */
export function onDisk<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storageError(error, file);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

/** Makes names of a folder last. Where folders cannot be opened (Windows), the system does so by itself. */
function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch {
    // Some network file systems refuse to sync a folder; their servers keep names as they come.
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a folder and those that it stands in, so that their names last. */
function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/** A temporary with these bytes, synced, on the disk of the results folder. */
function writeTemporary(folder: string, bytes: Uint8Array | string): string {
  const temporary = join(folder, 'tmp', randomUUID());
  mkdirSync(dirname(temporary), { recursive: true });
  const descriptor = openSync(temporary, 'wx');
  try {
    writeAll(descriptor, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    fsyncSync(descriptor);
  } catch (error) {
    discard(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

/**
 * Writes a file: under a temporary name, synced, renamed, and its folder synced.
 *
 * @param folder - the results folder, in whose `tmp/` temporaries stand
 * @param path - within it; folders are made
 * @throws StorageError where the disk refuses; nothing of the file is left then
 */
export function writeDurably(folder: string, path: string, bytes: Uint8Array | string): void {
  const target = join(folder, path);
  onDisk(target, () => {
    makeFolder(dirname(target));
    const temporary = writeTemporary(folder, bytes);
    try {
      renameSync(temporary, target);
    } catch (error) {
      discard(temporary);
      throw error;
    }
    syncFolder(dirname(target));
  });
}

/**
 * {@link writeDurably} for a file that the first of several writers makes.
 *
 * @returns whether this was the first; the file of another is left as it is
 */
export function writeOnce(folder: string, path: string, bytes: Uint8Array | string): boolean {
  const target = join(folder, path);
  return onDisk(target, () => {
    makeFolder(dirname(target));
    const temporary = writeTemporary(folder, bytes);
    try {
      linkSync(temporary, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      discard(temporary);
    }
    syncFolder(dirname(target));
    return true;
  });
}

function discard(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Already gone, or never there.
  }
}
