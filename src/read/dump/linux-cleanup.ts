/** The table of Linux's mtrr_cleanup: variable ranges before and after the kernel rearranged them. */
import { isMaskValid, MASK_MSRS, MOST_VARIABLE_RANGES } from '../../msr/index.ts';
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import { sizeOf, typeOfWord } from '../words.ts';
import { registerSizedRange } from './sized-range.ts';

const REGISTER = /^reg (\d{1,3}), base: (\d{1,9})([KMG])B, range: (\d{1,9})([KMG])B, type (UC|WC|WT|WP|WB)$/;
const HEADER = /^(original|New) variable MTRRs$/;
const OTHER =
  /^(?:\*BAD\*)?\s?(?:gran_size: \d+[KMG]|total RAM covered: \d+M|Found optimal setting for mtrr clean up)/;

interface CleanupRange {
  readonly line: number;
  readonly index: number;
  readonly base: bigint;
  readonly size: bigint;
  readonly type: number;
}

/** Reads the table of one boot. */
export class LinuxCleanup {
  #ranges: CleanupRange[] = [];
  #rewritten: number | undefined;

  read({ text, number }: Line): boolean {
    const header = HEADER.exec(text)?.[1];
    if (header !== undefined) {
      if (header === 'New') this.#rewritten = number;
      else this.#ranges = [];
      return true;
    }
    const register = REGISTER.exec(text);
    if (!register) return OTHER.test(text);
    const [, index, base, baseUnit, size, sizeUnit, type] = register;
    if (this.#rewritten === undefined && Number(index) < MOST_VARIABLE_RANGES) {
      this.#ranges.push({
        line: number,
        index: Number(index),
        base: sizeOf(base, baseUnit),
        size: sizeOf(size, sizeUnit),
        type: typeOfWord(type!)!,
      });
      // Each index once: a repeated table says the same again.
      if (this.#ranges.length > MOST_VARIABLE_RANGES) this.#ranges.shift();
    }
    return true;
  }

  /** States the ranges before the cleanup, unless the registers themselves were printed. */
  finish(draft: Draft): void {
    if (this.#rewritten !== undefined) {
      const text =
        "the kernel rewrote the variable ranges after this (mtrr_cleanup): what is read is the firmware's layout";
      draft.say('note', this.#rewritten, text);
    }
    const first = this.#ranges[0];
    if (!first || this.#hasRegisters(draft)) return;
    draft.silent(first.line, 'default-type', 'the mtrr_cleanup table does not show it');
    draft.silent(first.line, 'fixed-ranges', 'the mtrr_cleanup table does not show them');
    for (const { line, index, base, size, type } of this.#ranges) {
      registerSizedRange(draft, line, index, { base, size, type });
    }
    const indexes = new Set(this.#ranges.map((range) => range.index));
    const missing = Array.from({ length: Math.max(...indexes) }, (_, n) => n).filter((n) => !indexes.has(n));
    if (missing.length > 0) {
      draft.say('warning', first.line, `variable ranges ${missing.join(', ')} are missing from the table`);
    }
  }

  #hasRegisters(draft: Draft): boolean {
    return MASK_MSRS.some((msr) => isMaskValid(draft.registerSoFar(msr)?.value ?? 0n));
  }
}
