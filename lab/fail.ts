/** What ends a run of the lab early: one line for people, and how the program ends. */
import { readFileSync } from 'node:fs';

/** Exit codes: agreement, a departure, no run possible, a run that broke off. */
export const EXIT = { agrees: 0, departs: 1, unable: 2, broken: 3 } as const;

/** Why there is no run, with the remedy behind it. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/**
 * The text of a file that somebody named.
 *
 * @throws LabError where it is none, or cannot be read
 */
export function textOfFile(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new LabError(`${path}: no such file`);
    if (code === 'EISDIR') throw new LabError(`${path}: is a directory`);
    throw new LabError(`${path}: ${message}`);
  }
}
