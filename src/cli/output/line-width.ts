/** How wide the lines of text for people may be. */
import { isTerminal, STDOUT } from './streams.ts';

/** A terminal that is narrower is not taken at its word. */
const LEAST_WIDTH = 20;

/**
 * How wide a line may be: as COLUMNS says, else as the terminal that reads is; undefined: any width, as in files.
 *
 * @param output - as `-o` gives it
 */
export function lineWidth(output?: string): number | undefined {
  if (output !== undefined && output !== '-') return undefined;
  const columns = Number(process.env.COLUMNS) || (isTerminal(STDOUT) ? process.stdout.columns : 0);
  return Number.isInteger(columns) && columns >= LEAST_WIDTH ? columns : undefined;
}
