/** What the scripts share: content hashes that tell whether an output is stale, whole writes, one way to fail. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * All files below some folders, sorted, relative to `root`.
 *
 * @param {string} root
 * @param {string[]} folders relative to `root`
 * @param {(path: string) => boolean} wanted
 */
export function filesBelow(root, folders, wanted = () => true) {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replace(/^\/+/, '')),
    )
    .filter(wanted)
    .sort();
}

/**
 * Hash of files' names and contents, and of further words.
 *
 * @param {string} root
 * @param {string[]} files relative to `root`
 * @param {string[]} words versions and settings that the output depends on as well
 */
export function contentHash(root, files, words = []) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/**
 * Writes a file in one step, so that a reader at the same time sees the old one or the new one.
 *
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function writeWhole(path, content) {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/**
 * Ends a script that failed: one message, no stack trace.
 *
 * @param {unknown} error
 */
export function fail(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
