/** Text that fits a terminal: broken between words, never inside one. */
import { withoutCodes } from './ansi.ts';

/** What is copied to a shell has to stay in one piece; terminals break it, and copy it whole. */
const COMMAND_LINE = /^\s*(?:\$ |# )?(?:[\w-]+ \| )?eptsweep /;
/** A label, two spaces or more, and what it labels. */
const LABELLED = /^(\s*\S+(?: \S+){0,3} {2,})\S/;
const INDENT = 2;

/** How many columns of a terminal a text takes. */
export function visibleLength(text: string): number {
  return withoutCodes(text).length;
}

/**
 * Breaks a text between words.
 *
 * @param text - words, one space between them; further spaces stay where no line is broken at them
 * @param width - of a line; a longer word has a line of its own
 * @param first - of the first line, where it is another
 * @returns at least one line, without spaces at their ends
 * @example
 * wrapped('the MTRRs are off', 9); // ['the MTRRs', 'are off']
 */
export function wrapped(text: string, width: number, first = width): readonly string[] {
  if (visibleLength(text) <= first) return [text];
  const lines: string[] = [];
  let line = '';
  let gap = '';
  for (const [, word = '', spaces = ''] of text.matchAll(/(\S+)( *)/g)) {
    const isFull = line !== '' && visibleLength(line + gap + word) > (lines.length === 0 ? first : width);
    if (isFull) lines.push(line);
    line = isFull || line === '' ? word : line + gap + word;
    gap = spaces;
  }
  return [...lines, line];
}

/** Where the further lines of one begin: below its text, or a little behind its own beginning. */
function hangingIndent(line: string, width: number): number {
  const plain = withoutCodes(line);
  const own = plain.length - plain.trimStart().length;
  const label = LABELLED.exec(plain)?.[1]?.length ?? 0;
  return label > 0 && label <= width / 2 ? label : own + INDENT;
}

/** The lines of one. */
function* fittedLine(line: string, width: number): Generator<string, void, undefined> {
  if (visibleLength(line) <= width || COMMAND_LINE.test(line)) {
    yield line;
    return;
  }
  const indent = hangingIndent(line, width);
  const own = /^ */.exec(line)![0];
  const [first, ...others] = wrapped(line.slice(own.length), width - indent, width - own.length);
  yield own + first;
  for (const other of others) yield ' '.repeat(indent) + other;
}

/**
 * Lines that fit: those that are too long go on below, behind an indent. Command lines stay whole.
 *
 * @param width - of a line; undefined: any
 */
export function* fittedLines(
  lines: Iterable<string>,
  width: number | undefined,
): Generator<string, void, undefined> {
  for (const line of lines) {
    if (width === undefined) yield line;
    else yield* fittedLine(line, width);
  }
}
