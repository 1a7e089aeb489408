/** Standard error: what is said beside the answer, errors, and one line of progress that gives way to both. */
import { visible } from '../../visible.ts';
import type { JsonValue } from '../../write/format/column.ts';

import { isTerminal, STDERR, writeError } from './streams.ts';

/** How progress is told, as `--progress` takes it. */
export const PROGRESS_KINDS = ['auto', 'never', 'json'] as const;
/** One of {@link PROGRESS_KINDS}. */
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

/** How a command speaks. */
export interface Manner {
  /** Its name: `sweep run`; empty where no command is known. */
  readonly command: string;
  /** The command line, as a shell takes it. */
  readonly line: string;
  /** Errors alone are said. */
  readonly isQuiet: boolean;
  readonly progress: ProgressKind;
}

const PLAIN: Manner = { command: '', line: 'eptsweep', isQuiet: false, progress: 'auto' };
let manner = PLAIN;
let isLineShown = false;

/** @param next - how the command of this run speaks; undefined: as one without options does */
export function speak(next: Manner | undefined): void {
  manner = next ?? PLAIN;
}

/** How the command of this run speaks. */
export function spoken(): Manner {
  return manner;
}

/** How progress is shown: a line for a terminal, lines for a program, or not at all. */
export function progressShown(): 'line' | 'json' | undefined {
  if (manner.progress === 'json') return 'json';
  const isLine = manner.progress === 'auto' && !manner.isQuiet && process.env.TERM !== 'dumb';
  return isLine && isTerminal(STDERR) ? 'line' : undefined;
}

/** Writes the line of progress over the one before. */
export function showLine(text: string): void {
  isLineShown = true;
  writeError(`\r${visible(text)}\x1b[K`);
}

/** Writes a line of progress for programs. */
export function writeProgress(document: JsonValue): void {
  writeError(`${visible(JSON.stringify(document))}\n`);
}

/** Removes the line of progress. */
export function clearLine(): void {
  if (!isLineShown) return;
  isLineShown = false;
  writeError('\r\x1b[K');
}

/** Says an error, `--quiet` or not: a line, or several. */
export function complain(...lines: readonly string[]): void {
  clearLine();
  for (const line of lines) writeError(`${visible(line)}\n`);
}

/** Says what is good to know: a warning, an assumption, where something was written. `--quiet` leaves it out. */
export function note(text: string): void {
  if (!manner.isQuiet) complain(text);
}

/** {@link note} behind the command's name. */
export function remark(text: string): void {
  note(`eptsweep ${manner.command}: ${text}`);
}

/** How a sentence of evidence begins. */
const EVIDENCE = /^(?:inferred|assumed|torn): /;

/**
 * Says what a reader noticed: evidence behind the command's name, as what policies take on trust; a message as it is, since
 * it begins with its place.
 *
 * @param file - which of several inputs it is of; a message names its file by itself
 */
export function relay(sentence: string, file?: string): void {
  const placed = file === undefined || sentence.startsWith(file) ? sentence : `${file}: ${sentence}`;
  if (EVIDENCE.test(sentence)) remark(placed);
  else note(placed);
}
