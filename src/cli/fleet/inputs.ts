/** The inputs of a command that takes many: files, presets, standard input, and folders for the files in them. */
import { readdirSync, statSync } from 'node:fs';
import { isPreset } from '../../config/presets/index.ts';
import { UsageError } from '../output/exit.ts';

function isFolder(path: string): boolean {
  return path !== '-' && !isPreset(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** More is no folder of dumps. */
const MOST_FILES = 10_000;

/** Whether opening it gives a file, or says why none: a link that leads nowhere is not passed over in silence. */
function isFileOrBroken(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

/** Files of a folder and of those in it, by name; what begins with a dot is left alone, and links to folders. */
function* filesIn(folder: string): Generator<string, void, undefined> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = `${folder.replace(/\/+$/, '')}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(path);
    else if (isFileOrBroken(path)) yield path;
  }
}

function folderInputs(folder: string): readonly string[] {
  const files: string[] = [];
  for (const file of filesIn(folder)) {
    if (files.push(file) > MOST_FILES) {
      throw new UsageError(
        `${folder}: more than ${MOST_FILES} files in this folder: name those that are meant`,
      );
    }
  }
  if (files.length === 0) throw new UsageError(`${folder}: no files in this folder`);
  return files;
}

/** Whether a command is to answer about many inputs: there are several, or a folder. */
export function isFleet(inputs: readonly string[]): boolean {
  return inputs.length > 1 || inputs.some(isFolder);
}

/**
 * The inputs, each a file, a preset or `-`.
 *
 * @param inputs - as they were given
 * @throws UsageError for a folder without files; the file system's error for one that cannot be read
 */
export function fleetInputs(inputs: readonly string[]): readonly string[] {
  return inputs.flatMap((input) => (isFolder(input) ? folderInputs(input) : [input]));
}

/** What an address or a range begins with, and no file's name that somebody has. */
const ADDRESS = /^(?:0x[0-9a-f]|[0-9a-f`:]{1,20}(?:[kmgt]i?b?)?(?:[-+]|$)|\d)[^/\\]*$/i;

/** The words of a command line as inputs and, where the last of them is one, a range. */
export function withoutRange(words: readonly string[]): {
  readonly inputs: readonly string[];
  readonly range: string | undefined;
} {
  const last = words.at(-1)!;
  // Of two words the second was always the range, whatever it looks like.
  const isRange = words.length > 1 && (isRangeWord(last) || (words.length === 2 && !isInputWord(last)));
  return isRange ? { inputs: words.slice(0, -1), range: last } : { inputs: words, range: undefined };
}

/** Whether a word names an input that is there, or is written as files are. */
function isInputWord(word: string): boolean {
  return (
    word === '-' ||
    isPreset(word) ||
    /[/\\.]/.test(word) ||
    statSync(word, { throwIfNoEntry: false }) !== undefined
  );
}

/** Whether a word is a range rather than an input: it looks like one, and nothing is called so. */
function isRangeWord(word: string): boolean {
  return ADDRESS.test(word) && !isPreset(word) && statSync(word, { throwIfNoEntry: false }) === undefined;
}
