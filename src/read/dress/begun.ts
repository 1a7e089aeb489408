/**
 * Lines that were cut where all whole ones begin alike (a stamp, a host, a number): a line that begins otherwise is the
 * rest of the one before. It is told by every line of the text, or not at all.
 */

import type { FoldJudge } from './fold.ts';

/** How lines were cut. */
export interface Cut {
  /** No line is longer. */
  readonly column: number;
  /** What the cut took away between two pieces: nothing, or the blank between words. */
  readonly glue: '' | ' ';
  /** Whether a line is the beginning of one. */
  begins(text: string): boolean;
  /** Whether a line is as long as it could be if the next was cut from it. */
  goesOn(text: string, next: string): boolean;
}

/** Characters of a beginning that are compared, the surest first. */
const LENGTHS = [8, 7, 6, 5, 4] as const;
const FEWEST_BEGUN = 4;
const FEWEST_RESTS = 3;
/** A line in more pieces than that leaves too little to tell by. */
const MOST_PIECES = 4;
/** Columns in which no piece of a value looks like a whole line. */
const NARROWEST = 40;
/** Joints that are tried where two ways are possible. */
const MOST_TRIED = 32;

/** How a line begins: digits alike, without blanks; grep writes `-` for `:` around a hit. */
function beginningOf(text: string): string {
  return text.slice(0, 80).replaceAll(/\s/g, '').replaceAll(/\d+/g, '0').replaceAll(':', '-');
}

/** The beginning that most lines share, if it has a number or a sign: words alone begin prose. */
function commonBeginning(beginnings: readonly string[], length: number): string | undefined {
  const counts = new Map<string, number>();
  for (const one of beginnings) {
    const start = one.slice(0, length);
    if (start.length === length && /[^\p{L}]/u.test(start)) counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  const [start, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  const isCommon = count >= FEWEST_BEGUN && count * MOST_PIECES >= beginnings.length;
  return isCommon ? start : undefined;
}

function longest(lines: readonly string[]): number {
  return lines.reduce((most, { length }) => Math.max(most, length), 0);
}

/** With which of both more of the lines say something: pieces of one length may be cut between words by chance. */
function tellingGlue(
  lines: readonly string[],
  goesOn: readonly number[],
  meaningOf: FoldJudge['meaningOf'],
): Cut['glue'] {
  const told = (glue: Cut['glue']) =>
    goesOn.filter((at) => meaningOf(lines[at]! + glue + lines[at + 1]!) !== '').length;
  return told(' ') > told('') ? ' ' : '';
}

/** Whether the first word of the next line had no room behind a line. */
function isFull(line: string, next: string, column: number): boolean {
  return line.length + 1 + next.search(/\s|$/) > column;
}

/** What the cut took, if each line that goes on is as long as it could be. */
function glueOf(
  lines: readonly string[],
  goesOn: readonly number[],
  column: number,
  meaningOf: FoldJudge['meaningOf'],
): Cut['glue'] | undefined {
  if (longest(lines) === column && goesOn.every((at) => lines[at]!.length === column)) {
    return tellingGlue(lines, goesOn.slice(0, MOST_TRIED), meaningOf);
  }
  return goesOn.every((at) => isFull(lines[at]!, lines[at + 1]!, column)) ? ' ' : undefined;
}

/**
 * How a text was cut.
 *
 * @param head - its first lines, without quoting
 * @param meaningOf - what a line says
 * @returns undefined where some line speaks against it
 */
export function cutOf(head: readonly string[], meaningOf: FoldJudge['meaningOf']): Cut | undefined {
  const lines = head.filter((line) => line.trim() !== '');
  // A word that is longer than the column could not be cut between words.
  const column = longest(lines.filter((line) => /\S\s+\S/.test(line)));
  if (column < NARROWEST) return undefined;
  const beginnings = lines.map(beginningOf);
  for (const length of LENGTHS) {
    const start = commonBeginning(beginnings, length);
    if (start === undefined || !beginnings[0]!.startsWith(start)) continue;
    const rests = lines.flatMap((_, at) => (beginnings[at]!.startsWith(start) ? [] : [at]));
    if (rests.length < FEWEST_RESTS) continue;
    const goesOn = rests.map((at) => at - 1);
    const glue = glueOf(lines, goesOn, column, meaningOf);
    if (glue === undefined) continue;
    return {
      column,
      glue,
      begins: (text) => beginningOf(text).startsWith(start),
      goesOn: (text, next) => (glue === '' ? text.length === column : isFull(text, next, column)),
    };
  }
  return undefined;
}
