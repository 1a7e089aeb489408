/** Files by pattern, with the hashes of what is in them: for campaigns, which are known by what they read. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LayoutFile } from '../sweep/index.ts';

/** `a{b,c}` as `ab` and `ac`. */
function alternatives(pattern: string): readonly string[] {
  const found = /\{([^{}]*)\}/.exec(pattern);
  if (!found) return [pattern];
  const [before, after] = [pattern.slice(0, found.index), pattern.slice(found.index + found[0].length)];
  return found[1]!.split(',').flatMap((one) => alternatives(before + one + after));
}

/** Whether names of one folder match a part of a pattern. */
function matcherOf(part: string): (name: string) => boolean {
  const source = part
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`, 's');
  // As shells have it: what begins with a dot is asked for by name.
  return (name) => pattern.test(name) && (part.startsWith('.') || !name.startsWith('.'));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder === '' ? '.' : folder).sort();
}

/** Paths below a folder that match the parts of a pattern. */
function* matches(folder: string, [part, ...rest]: readonly string[]): Generator<string, void, undefined> {
  if (part === undefined) return;
  if (part === '**') {
    yield* matches(folder, rest);
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (!name.startsWith('.') && isFolder(path)) yield* matches(path, [part, ...rest]);
    }
    return;
  }
  const isPattern = /[*?]/.test(part);
  const names = isPattern ? namesIn(folder).filter(matcherOf(part)) : [part];
  for (const name of names) {
    const path = folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`;
    if (rest.length > 0 && isFolder(path)) yield* matches(path, rest);
    else if (rest.length === 0 && statSync(path, { throwIfNoEntry: false })?.isFile()) yield path;
  }
}

/**
 * Finds files and hashes what is in them.
 *
 * @param pattern - a path with `*`, `?`, `**` (folders of any depth) and `{a,b}`; relative to the current folder
 * @returns files by name; empty where none matches
 * @throws the file system's error where a folder or file cannot be read
 * @example
 * findFiles('examples/dumps/*.mtrr').map(({ name }) => name); // ['examples/dumps/slow.mtrr']
 */
export function findFiles(pattern: string): readonly LayoutFile[] {
  const found = new Set<string>();
  for (const one of alternatives(pattern)) {
    const [root, parts] = one.startsWith('/') ? ['/', one.slice(1)] : ['', one];
    for (const path of matches(
      root,
      parts.split('/').filter((part) => part !== '' && part !== '.'),
    ))
      found.add(path);
  }
  return [...found].sort().map((name) => ({
    name,
    sha256: createHash('sha256').update(readFileSync(name)).digest('hex'),
  }));
}
