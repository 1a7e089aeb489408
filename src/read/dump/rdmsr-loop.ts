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
  #refused = 0;
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
    const [, name, list, body] = LOOP.exec(text) ?? [];
    if (name === undefined || list === undefined || body === undefined) return undefined;
    const variable = `\\$\\{?${name}\\}?(?!\\w)`;
    const command = new RegExp(`\\brdmsr ((?:-[a-zA-Z0-9]{1,6} (?:\\d{1,4} )?){0,4})"?(0x)?${variable}`).exec(
      body,
    );
    if (!command || /-[a-zA-Z]*[afudo]/.test(command[1]!)) return undefined;
    const cpu = /-p ?(\d{1,4})/.exec(command[1]!)?.[1];
    const isLabelled = new RegExp(`(?:echo|printf)\\b.*${variable}`).test(body.slice(0, command.index));
    return new RdmsrLoop(line, list.trim().split(/\s+/), {
      isHex: command[2] !== undefined,
      isLabelled,
      cpu: cpu === undefined ? undefined : Number(cpu),
    });
  }

  /** Whether a line that follows is of it. */
  take(text: string, line: number): boolean {
    if (!this.isLabelled) {
      const digits = BARE.exec(text)?.[1];
      if (digits === undefined || this.#values.length >= this.#words.length) return false;
      this.#values.push({ digits, line });
      return true;
    }
    const [, word, digits] = LINE.exec(text) ?? [];
    const place = this.#words.findIndex((one) => one === word || one === `0x${word}` || `0x${one}` === word);
    if (place < 0 || digits === undefined) return false;
    this.#values[place] = { digits, line };
    return true;
  }

  /** Notes that a register was refused: no value of it comes. */
  skip(msr: number): void {
    this.#refused++;
    if (!this.isLabelled && this.#numbers[this.#values.length] === msr) this.#values.push(undefined);
  }

  /** Values that came, of registers that bear on memory types. */
  *found(): Generator<LoopValue> {
    for (const [place, value] of this.#values.entries()) {
      const msr = this.#numbers[place];
      if (value && msr !== undefined && isMemoryTypeMsr(msr)) yield { msr, ...value, cpu: this.#cpu };
    }
  }

  /** For how many registers it asks that were not refused, and how many values came. */
  get counts(): { readonly asked: number; readonly came: number } {
    const came = this.#values.filter((value) => value !== undefined).length;
    return { asked: this.#words.length - this.#refused, came };
  }
}
