/** Colours of the program's own, told from escapes that an input has brought along: these are shown, never obeyed. */
import { visible } from '../../visible.ts';
import { markCodes, withCodes } from '../../write/format/ansi.ts';

/** Private characters: nothing hidden, and no text has them but by a guess of one in 10^15. */
const PRIVATE = { first: 0xe000, count: 0x1900 };
const MARK_LENGTH = 4;

/**
 * Runs the program with its colours marked.
 *
 * @param work - writes through {@link shownLine} alone
 */
export async function withOwnColours<Result>(work: () => Promise<Result>): Promise<Result> {
  const one = () => String.fromCharCode(PRIVATE.first + Math.floor(Math.random() * PRIVATE.count));
  markCodes(Array.from({ length: MARK_LENGTH }, one).join(''));
  try {
    return await work();
  } finally {
    markCodes(undefined);
  }
}

/** A line as it goes out, whatever its format: nothing hidden in it but the program's own colours, and tabs, which sources have. */
export function shownLine(line: string): string {
  return withCodes(line.includes('\t') ? line.split('\t').map(visible).join('\t') : visible(line));
}
