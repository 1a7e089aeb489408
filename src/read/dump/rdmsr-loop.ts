/** Registers read in a loop of a shell: `for m in 2ff 200 201; do echo $m $(rdmsr -p 0 0x$m); done`. */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { BARE, msrNumber } from './rdmsr-words.ts';

const LOOP = /\bfor (\w{1,32}) in ([^;`$]{1,2000}); ?do (.{0,400}\brdmsr\b.{0,400})$/;
const LINE = /^([0-9A-Za-z_]{1,40})(?: ?[:=]|=>|->)? ?(?:0x)?([0-9a-f]{1,16})$/i;

/** A value that a loop printed. */
export interface LoopValue {
  readonly msr: number;
  readonly digits: string;
  readonly line: number;
  readonly cpu: number | undefined;
}

/** A loop whose values are awaited. */
export class RdmsrLoop {
  /** Line of the command. */
  readonly line: number;
  readonly #words: readonly string[];
  readonly #numbers: readonly (number | undefined)[];
  readonly #cpu: number | undefined;
  /** Whether each value stands behind its word; else they come alone, in the order of the words, and tell nothing where one is missing. */
  readonly isLabelled: boolean;
  /** Places of words whose registers were refused. */
  readonly #refused = new Set<number>();
  readonly #values: (Pick<LoopValue, 'digits' | 'line'> | undefined)[] = [];

  private constructor(
    line: number,
    words: readonly string[],
    { isHex, isLabelled, cpu }: { isHex: boolean; isLabelled: boolean; cpu: number | undefined },
  ) {
    this.line = line;
    this.#words = words;
    this.#numbers = words.map((word) => msrNumber(isHex ? `0x${word}` : word));
    this.isLabelled = isLabelled;
    this.#cpu = cpu;
  }

  /**
   * The loop that a command is.
   *
   * @returns undefined where it is none, or one that reads other things or every CPU
   */
  static of(text: string, line: number): RdmsrLoop | undefined {
    const loop = LOOP.exec(text);
    if (!loop) return undefined;
    const [, name, list, body] = loop;
    const variable = `\\$\\{?${name}\\}?(?!\\w)`;
    const command = new RegExp(`\\brdmsr ((?:-[a-zA-Z0-9]{1,6} (?:\\d{1,4} )?){0,4})"?(0x)?${variable}`).exec(
      body!,
    );
    if (!command) return undefined;
    const [, options, zero] = command;
    if (/-[a-zA-Z]*[afudo]/.test(options!)) return undefined;
    const [, cpu] = /-p ?(\d{1,4})/.exec(options!) ?? [];
    const isLabelled = new RegExp(`(?:echo|printf)\\b.*${variable}`).test(body!.slice(0, command.index));
    return new RdmsrLoop(line, list!.trim().split(/\s+/), {
      isHex: zero !== undefined,
      isLabelled,
      cpu: cpu === undefined ? undefined : Number(cpu),
    });
  }

  /** Whether a line that follows is of it. */
  take(text: string, line: number): boolean {
    if (!this.isLabelled) {
      if (!BARE.test(text) || this.#values.length >= this.#asked) return false;
      this.#values.push({ digits: text, line });
      return true;
    }
    const [, word, digits] = LINE.exec(text) ?? [];
    const place = this.#words.findIndex((one) => one === word || one === `0x${word}` || `0x${one}` === word);
    if (place < 0 || digits === undefined) return false;
    this.#values[place] = { digits, line };
    return true;
  }

  /** Notes that a register was refused: no value of it comes, be this said before the others or behind them. */
  skip(msr: number): void {
    const place = this.#numbers.findIndex((number, at) => number === msr && !this.#refused.has(at));
    if (place >= 0) this.#refused.add(place);
  }

  /** Values that came, of registers that bear on memory types. */
  *found(): Generator<LoopValue> {
    const numbers = this.isLabelled
      ? this.#numbers
      : this.#numbers.filter((_, place) => !this.#refused.has(place));
    for (const [place, value] of this.#values.entries()) {
      const msr = numbers[place];
      if (value && msr !== undefined && isMemoryTypeMsr(msr)) yield { msr, ...value, cpu: this.#cpu };
    }
  }

  /** For how many registers it asks that were not refused, and how many values came. */
  get counts(): { readonly asked: number; readonly came: number } {
    const came = this.#values.filter((value) => value !== undefined).length;
    return { asked: this.#asked, came };
  }

  get #asked(): number {
    return this.#words.length - this.#refused.size;
  }
}
