/** What is undone to the lines of a text, one step after the other: beginnings are taken away, pieces put together. */
import type { BeginningLength } from './beginning.ts';
import { MOST_COLUMNS } from './plain-text.ts';

/** A line, or pieces of one, and the numbers of the first and the last of them. */
export interface Piece {
  readonly text: string;
  readonly number: number;
  readonly last: number;
}

/** A step at work. */
export interface Step {
  /** @returns the lines that are ready */
  push(piece: Piece): readonly Piece[];
  finish(): readonly Piece[];
}

/** Starts a step: the same one for the first lines, which are tried, and for the whole text. */
export type StepOf = () => Step;

/** What stands in a cell of a table, whose quotes are doubled; what has escapes is a string of JSON. */
const CELL = /^"((?:[^"\\]|"")*)"$/;

/** The text behind so many characters; of a cell, whose first quote may be one of them, what is in it. */
function uncelled(text: string, length: number): string {
  const from = text[length - 1] === '"' ? length - 1 : length;
  return CELL.exec(text.slice(from))?.[1]?.replaceAll('""', '"') ?? text.slice(length);
}

/** Takes what `lengthOf` finds before each line. */
export const without =
  (lengthOf: BeginningLength): StepOf =>
  () => ({
    push: (piece) => [{ ...piece, text: uncelled(piece.text, Math.max(0, lengthOf(piece.text))) }],
    finish: () => [],
  });

/** How a text was cut: at a column, or at the last blank before it, which is gone. */
export interface Cut {
  readonly column: number;
  readonly atBlanks: boolean;
}

const firstWord = (text: string): string => /^\S*/.exec(text)![0];

/** Whether a column has room for a line, but for a word that is longer than it, which sticks out with what stands behind it. */
export function isWithin(line: string, column: number): boolean {
  return line.length <= column || firstWord(line.trimStart()).length > column;
}

/** Whether a line may go on in the next one. */
export function mayGoOn(before: string, rest: string, { column, atBlanks }: Cut): boolean {
  if (!atBlanks) return before.length === column;
  return isWithin(before, column) && before.length + 1 + firstWord(rest).length > column;
}

/**
 * Puts lines that do not begin as whole ones do behind the one before.
 *
 * @param beginning - of whole lines, told from the first line on
 */
export const joined =
  (beginning: () => BeginningLength, cut: Cut): StepOf =>
  () => {
    const lengthOf = beginning();
    let open: Piece | undefined;
    let before = '';
    return {
      push(piece) {
        const { text, number } = piece;
        const isWhole = lengthOf(text) !== -1;
        const goesOn =
          !isWhole &&
          open !== undefined &&
          open.text.length <= MOST_COLUMNS &&
          text !== '' &&
          mayGoOn(before, text, cut);
        before = text;
        if (goesOn) {
          open = { ...open!, text: `${open!.text}${cut.atBlanks ? ' ' : ''}${text}`, last: number };
          return [];
        }
        const ready = open === undefined ? [] : [open];
        open = piece;
        return ready;
      },
      finish: () => (open === undefined ? [] : [open]),
    };
  };

/** Steps that follow each other. */
export function inTurn(steps: readonly StepOf[]): Step {
  const open = steps.map((step) => step());
  const through = (pieces: readonly Piece[], from: number): readonly Piece[] =>
    open.slice(from).reduce((all, step) => all.flatMap((piece) => step.push(piece)), pieces);
  return {
    push: (piece) => through([piece], 0),
    finish: () => open.flatMap((step, at) => through(step.finish(), at + 1)),
  };
}

/** All lines of a text after some steps. */
export function undone(pieces: readonly Piece[], steps: readonly StepOf[]): readonly Piece[] {
  const step = inTurn(steps);
  return [...pieces.flatMap((piece) => step.push(piece)), ...step.finish()];
}
