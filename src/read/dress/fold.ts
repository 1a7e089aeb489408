/**
 * Lines that a terminal, an editor or a mail program cut at a column, put together again. A cut is told by what the
 * pieces say: alone they are no line that anybody prints, together they are one.
 */

/** What is asked about a piece of text. */
export interface FoldJudge {
  /**
   * What readers make of it as a line, whatever stands around it: facts in some spelling, {@link LEADS}, or nothing at
   * all (empty).
   */
  meaningOf(text: string): string;
  /** It starts as lines of a log do: it is the rest of none. */
  isPrefixed(text: string): boolean;
}

/** What a command means, or a heading, that says what the lines below it are. */
export const LEADS = '>';

/** In narrower columns pieces of values and of time stamps look like whole values: what was cut so is not put together. */
export const NARROWEST = 16;
/** Pieces of one line. */
const MOST_PIECES = 64;
/** Lengths beside the longest that are tried: a line that is longer than the column may stand elsewhere in the text. */
const MOST_LENGTHS = 4;
const FEWEST_OF_LENGTH = 3;

/** The columns that are tried: the longest line's first. */
function columnsOf(lines: readonly string[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { length } of lines) counts.set(length, (counts.get(length) ?? 0) + 1);
  const often = [...counts].filter(([, count]) => count >= FEWEST_OF_LENGTH);
  const usual = often.sort((a, b) => b[1] - a[1] || b[0] - a[0]).map(([length]) => length);
  // A text that was cut so narrowly has no longer line anywhere.
  const others = usual.slice(0, MOST_LENGTHS).filter((length) => length >= NARROWEST);
  return [...new Set([Math.max(...counts.keys()), ...others])];
}

/** How many lines prove that they were cut after so many characters. */
function proofsOf(lines: readonly string[], column: number, judge: FoldJudge): number {
  let proofs = 0;
  for (let at = 0; at < lines.length; at++) {
    if (lines[at]!.length !== column) continue;
    let end = at;
    while (end < lines.length && lines[end]!.length === column && end - at < MOST_PIECES) end++;
    const rest = lines[end] ?? '';
    const pieces = lines.slice(at, end);
    if (rest.length < column && rest !== '' && !judge.isPrefixed(rest)) pieces.push(rest);
    if (isProof(pieces, judge)) proofs++;
    at = end - 1;
  }
  return proofs;
}

function isProof(pieces: readonly string[], judge: FoldJudge): boolean {
  if (pieces.length < 2) return false;
  const together = judge.meaningOf(pieces.join(''));
  if (together === '') return false;
  const [first, ...others] = pieces.map((piece) => judge.meaningOf(piece));
  // What says as much alone, as a line under a bar does, is the rest of none; all commands say the same.
  if (together !== LEADS && others.includes(together)) return false;
  if (first === '') return true;
  // Behind a command anything may stand, and behind a range a name: a proof is that the rest makes a difference.
  return together !== LEADS && together !== first && others.every((meaning) => meaning === '');
}

/** Where a text was cut, and how many lines prove it. */
export interface Fold {
  readonly column: number;
  readonly proofs: number;
}

/**
 * The column at which a text was cut.
 *
 * @param lines - the first lines of the text
 * @returns undefined where nothing proves that it was cut; a column below {@link NARROWEST} is there to be refused
 */
export function foldedAt(lines: readonly string[], judge: FoldJudge): Fold | undefined {
  return columnsOf(lines)
    .map((column) => ({ column, proofs: proofsOf(lines, column, judge) }))
    .filter(({ proofs }, at) => proofs >= (at === 0 ? 1 : 2))
    .sort((a, b) => b.proofs - a.proofs)[0];
}

/** A stretch of pieces that make one line, and whether that is certain. */
export interface Joined {
  readonly first: number;
  readonly end: number;
  readonly text: string;
  readonly isWhole: boolean;
}

interface Best {
  readonly covered: number;
  readonly parts: number;
  readonly from: number;
  readonly isWhole: boolean;
}

/** Whether pieces are a line together that they are not without the last of them. */
function addsMeaning(pieces: readonly string[], from: number, end: number, judge: FoldJudge): boolean {
  const together = judge.meaningOf(pieces.slice(from, end).join(''));
  return together !== '' && together !== judge.meaningOf(pieces.slice(from, end - 1).join(''));
}

/**
 * How pieces, each as long as the column but for the last, were lines: as many of them as possible in whole lines, and
 * in as many lines as that allows.
 */
export function joinedPieces(pieces: readonly string[], judge: FoldJudge): readonly Joined[] {
  const best: Best[] = [{ covered: 0, parts: 0, from: 0, isWhole: true }];
  for (let end = 1; end <= pieces.length; end++) {
    const left = best[end - 1]!;
    let choice: Best = { covered: left.covered, parts: left.parts, from: end - 1, isWhole: false };
    for (let from = end - 1; from >= 0; from--) {
      const covered = best[from]!.covered + end - from;
      const parts = best[from]!.parts + 1;
      if (covered < choice.covered || (covered === choice.covered && parts <= choice.parts)) continue;
      if (addsMeaning(pieces, from, end, judge)) choice = { covered, parts, from, isWhole: true };
    }
    best.push(choice);
  }
  const joined: Joined[] = [];
  for (let end = pieces.length; end > 0; ) {
    const { from, isWhole } = best[end]!;
    const before = joined[0];
    // What nobody knows was one line as likely as several.
    if (before && !isWhole && !before.isWhole) {
      const text = pieces.slice(from, before.end).join('');
      joined[0] = { first: from, end: before.end, text, isWhole };
    } else joined.unshift({ first: from, end, text: pieces.slice(from, end).join(''), isWhole });
    end = from;
  }
  return joined;
}
