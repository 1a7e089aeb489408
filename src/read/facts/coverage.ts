/** How many of the lines that tell memory types a reader used, and which of them none could. */
import type { Line } from '../line.ts';
import { type Facts, type Message, NO_FACTS, type Place } from './facts.ts';

/** Of a register that bears on memory types. */
const NUMBER = '0x0{0,5}(?:[Ff][Ee]|2(?:[0-7][0-9A-Fa-f]|[Ff]{2}))';
/** A register, a range or a heading in any of the forms that are known, whole or damaged. */
const TELLING = new RegExp(
  [
    '\\bbase[ =:]{1,3}(?:0x)?[0-9A-Fa-f]{6,16}\\b.{0,40}\\b(?:mask|size)\\b',
    '\\b[0-9A-Fa-f]{5}.[0-9A-Fa-f]{5} {1,4}(?:write-|uncach)',
    '\\b[0-9A-Fa-f]{8,16} (?:write-|uncach)',
    '\\bMTRR (?:default type|(?:fixed|variable) ranges)\\b',
    '(?:\\b|_)MTRR_?(?:phys|PHYS|fix|FIX|def|DEF)[A-Za-z0-9_]{0,16}\\b.{0,12}[0-9a-f]{3}',
    '\\bBIOS-e820: \\[',
    '\\bPAT:? (?:Configuration|configuration|enabled)',
    '\\breg\\d\\d: ?base',
    '\\b(?:var|fixed) \\d{1,3} 0x[0-9a-f]{4}',
    '\\bMTRR: (?:Fixed MSR 0x|\\d{1,3} base )',
    '\\b(?:Fixed|Variable) MTRR\\[\\d',
    '\\bMTRR Default Type: ',
    '\\[[0-9a-f]{16}, [0-9a-f]{16}\\] \\(',
    '\\d {1,4}[YN] {1,8}(?:Uncacheable|Combine|Through|Protect|Back)\\b',
    '\\bRDMSR\\( ?0x[0-9a-f]',
    `\\b${NUMBER}"? ?[,;] ?"?[0-9A-Fa-f]`,
    // Four digits: a dump of bytes shows two.
    `^(?:[Cc][Pp][Uu] ?#?\\d{1,4}[:,]? )?(?:[Mm][Ss][Rr] ?)?${NUMBER} ?(?:[:=]|=>|->| ) ?(?:0x|[0-9A-Fa-f]{4})`,
    '\\bMSR (?:0x)?0{0,6}(?:[Ff][Ee]|2[0-9A-Fa-f]{2}):? {1,60}[0-9A-Fa-f]',
  ].join('|'),
);
/** Ends what is said where all of them are used; no reason why nothing is read of a text. */
export const ALL_USED = 'lines that tell memory types used';

/** Lines that are named. */
const MOST_LISTED = 8;
/** Places that are kept. */
const MOST_PLACES = 1000;

/** Counts the lines of one file. */
export class Coverage {
  readonly #file: string;
  #used = 0;
  #missed = 0;
  readonly #lines = new Set<number>();

  constructor(file: string) {
    this.#file = file;
  }

  used(): void {
    this.#used++;
  }

  /** A line that no reader took. */
  missed({ text, number }: Line): void {
    if (TELLING.test(text)) this.#miss(number);
  }

  /** Lines of a text that was cut so narrowly that none of them tells what it belongs to. */
  lost(numbers: readonly number[]): void {
    for (const number of numbers) this.#miss(number);
  }

  #miss(number: number): void {
    if (this.#lines.has(number)) return;
    this.#missed++;
    if (this.#lines.size < MOST_PLACES) this.#lines.add(number);
  }

  /**
   * The count, and in words which lines are not used.
   *
   * @param isDressed - the text's lines were not as they were printed: then it is worth saying that all are used
   */
  facts(isDressed: boolean): Facts {
    const total = this.#used + this.#missed;
    if (total === 0) return NO_FACTS;
    const unused = [...this.#lines].map((line): Place => ({ file: this.#file, line }));
    const coverage = { used: this.#used, total, unused };
    const [first] = unused;
    if (!first && !isDressed) return { ...NO_FACTS, coverage };
    const message: Message = {
      severity: first ? 'warning' : 'note',
      text: `${this.#used} of ${total} ${ALL_USED}${first ? `, not ${this.#listed()}` : ''}`,
      at: first ?? { file: this.#file, line: 1 },
    };
    return { ...NO_FACTS, coverage, messages: [message] };
  }

  #listed(): string {
    const lines = [...this.#lines].slice(0, MOST_LISTED);
    const more = this.#missed > lines.length ? ` and ${this.#missed - lines.length} more` : '';
    return `line${this.#missed === 1 ? '' : 's'} ${lines.join(', ')}${more}: torn, or in a form that is not known`;
  }
}
