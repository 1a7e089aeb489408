/**
 * What shows that a text was cut where no reader noticed: many of its lines say nothing, and each of those had no room for the
 * next one's first word, or stands where the line before had none for its own.
 */

/** Lines, and characters, that are looked at. */
const MOST_LINES = 4096;
const MOST_CHARACTERS = 1 << 18;
const FEWEST_SILENT = 5;
/** Share of the lines that are no longer than the column: a word that has no room in it sticks out. */
const MOST_WITHIN = 0.9;
/** Share of the lines that say nothing, and of those that stand where a cut leaves them. */
const LEAST_SILENT = 0.1;
const LEAST_FITTING = 0.6;
/**
 * The ends of cut lines are short, which the lines of a list that nobody reads are not: so many of the silent ones are where
 * it is certain, and so many of a text of which most is silent, where it is likely.
 */
const CERTAIN_ENDS = 0.3;
const LIKELY_ENDS = 0.08;
const FEWEST_ENDS = 4;
const MOSTLY_SILENT = 0.45;
const SHORT = 0.8;

/** Narrower texts hold pieces of values that look like whole ones. */
export const NARROW = 40;

const firstWord = (text: string): string => /^\S*/.exec(text)![0];

/** A cut, and the numbers of the lines that say nothing for it. */
export interface LateCut {
  readonly column: number;
  readonly silent: readonly number[];
  readonly isCertain: boolean;
}

interface Cleaned {
  readonly text: string;
  readonly isPrefixed: boolean;
}

interface Looked {
  readonly text: string;
  readonly number: number;
  readonly isRead: boolean;
}

/** Collects the first lines of a text. */
export class Residue {
  readonly #lines: Looked[] = [];
  #characters = 0;

  /** @param isRead - a reader wanted the line */
  push(text: string, number: number, isRead: boolean): void {
    if (this.#lines.length >= MOST_LINES || this.#characters >= MOST_CHARACTERS) return;
    this.#lines.push({ text, number, isRead });
    this.#characters += text.length;
  }

  /**
   * Where the text was cut.
   *
   * @param cleaned - a line without what stands before it, and whether that begins a line of a log
   * @returns undefined where nothing shows that it was
   */
  cutOf(cleaned: (text: string) => Cleaned): LateCut | undefined {
    const count = this.#lines.length;
    const unread = this.#lines.filter(({ text, isRead }) => !isRead && text.trim() !== '');
    if (unread.length < Math.max(FEWEST_SILENT, count * LEAST_SILENT)) return undefined;
    const lines = this.#lines.map(({ text }) => cleaned(text));
    const lengths = lines.map(({ text }) => text.length).sort((a, b) => a - b);
    const silent = [...lines.keys()].filter((at) => !this.#lines[at]!.isRead && lines[at]!.text !== '');
    const isMostlySilent = silent.length >= count * MOSTLY_SILENT;
    for (const column of [lengths[Math.floor((count - 1) * MOST_WITHIN)]!, lengths.at(-1)!]) {
      const ends = endsAt(column, lines, silent);
      const isCertain = ends > 0 && ends >= silent.length * CERTAIN_ENDS;
      const isLikely = isMostlySilent && ends >= Math.max(FEWEST_ENDS, silent.length * LIKELY_ENDS);
      if (!(isCertain || isLikely)) continue;
      return { column, silent: silent.map((at) => this.#lines[at]!.number), isCertain };
    }
    return undefined;
  }
}

/** How many of the lines that say nothing end a cut line; none where too few of them stand as a cut leaves them. */
function endsAt(column: number, lines: readonly Cleaned[], silent: readonly number[]): number {
  const isLog = lines.some(({ isPrefixed }) => isPrefixed);
  // Where all lines begin as those of a log do, a narrow text was dressed so when it had been cut.
  const isDressed = column < NARROW && lines.every(({ isPrefixed, text }) => isPrefixed || text === '');
  const isRest = (at: number) => {
    const [before, rest] = [lines[at - 1]?.text ?? '', lines[at]?.text ?? ''];
    if (isLog && !isDressed && lines[at]?.isPrefixed) return false;
    return before !== '' && /^\S/.test(rest) && before.length + 1 + firstWord(rest).length >= column;
  };
  const fitting = silent.filter((at) => isRest(at) || isRest(at + 1));
  if (fitting.length < silent.length * LEAST_FITTING) return 0;
  return silent.filter((at) => isRest(at) && lines[at]!.text.length < column * SHORT).length;
}
