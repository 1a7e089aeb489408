/**
 * Which lines of a block of EDK2's `MTRR Settings` are there. MtrrLib prints every fixed register or none, then each
 * variable range that is on, or `None.`, then the memory ranges: what is not there was filtered or cut.
 */
import { FIXED_REGISTERS } from '../../msr/index.ts';
import { idsText } from '../../words.ts';
import type { Draft } from '../facts/draft.ts';

/** The lines of one block. */
export class SettingsLines {
  readonly #draft: Draft;
  /** The last line that was read. */
  #line: number;
  readonly #fixed = new Set<number>();
  /** Of the last variable range. */
  #variableLine: number | undefined;
  #saysNone = false;

  /** @param line - of the default type */
  constructor(draft: Draft, line: number) {
    this.#draft = draft;
    this.#line = line;
  }

  /** A fixed register, by its place in the list. */
  fixed(line: number, index: number): void {
    this.#line = line;
    this.#fixed.add(index);
  }

  /** A variable range; more may follow. */
  variable(line: number): void {
    this.#line = line;
    this.#variableLine = line;
  }

  /** `None.`: there is no variable range. */
  none(line: number): void {
    this.#line = line;
    this.#saysNone = true;
  }

  /**
   * States what is missing.
   *
   * @param last - the text's last line, where the block is the text's last
   */
  finish(last: number | undefined): void {
    const missing = FIXED_REGISTERS.map((_, index) => index).filter((index) => !this.#fixed.has(index));
    if (this.#fixed.size > 0 && missing.length > 0) {
      this.#draft
        .at(this.#line)
        .torn('fixed-ranges', `no line gives the fixed registers ${idsText(missing)}`);
    }
    if (this.#variableLine === undefined) {
      if (this.#saysNone) return;
      const what = 'no line gives a variable range, or says that there is none: the log was filtered or cut';
      this.#draft.at(this.#line).torn('variable-ranges', what, true);
    } else if (this.#variableLine === last) {
      const what = 'the text ends with a variable range: further ones may be missing';
      this.#draft.at(this.#line).torn('variable-ranges', what);
    }
  }
}
