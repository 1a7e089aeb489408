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
function uncelled(text: string): string {
  const cell = /^"((?:[^"\\]|"")*)"$/.exec(text)?.[1];
  return cell === undefined ? text : cell.replaceAll('""', '"');
}

/** Takes what `lengthOf` finds before each line. */
export const without =
  (lengthOf: BeginningLength): StepOf =>
  () => ({
    push: (piece) => [{ ...piece, text: uncelled(piece.text.slice(Math.max(0, lengthOf(piece.text)))) }],
    finish: () => [],
  });

/** How a text was cut: at a column, or at the last blank before it, which is gone. */
export interface Cut {
  readonly column: number;
  readonly atBlanks: boolean;
}

const firstWord = (text: string): string => /^\S*/.exec(text)![0];

/** Whether a line may go on in the next one. */
export function mayGoOn(before: string, rest: string, { column, atBlanks }: Cut): boolean {
  if (!atBlanks) return before.length === column;
  return before.length <= column && before.length + 1 + firstWord(rest).length > column;
}

/** Puts lines that do not begin as whole ones do behind the one before. */
export const joined =
  (lengthOf: BeginningLength, cut: Cut): StepOf =>
  () => {
    let open: Piece | undefined;
    let before = '';
    return {
      push(piece) {
        const { text, number } = piece;
        const goesOn =
          open !== undefined &&
          open.text.length < MOST_COLUMNS &&
          text !== '' &&
          lengthOf(text) < 0 &&
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
