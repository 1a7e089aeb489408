/** The table of Linux's mtrr_cleanup: variable ranges before and after the kernel rearranged them. */
import {
  isMaskValid,
  isVariableMsr,
  MASK_MSRS,
  MASK_V,
  MOST_VARIABLE_RANGES,
  physMask,
} from '../../msr/index.ts';
import { UC } from '../../types.ts';
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import { sizeOf, typeOfWord } from '../words.ts';
import { missingRanges } from './mtrr-block-lines.ts';
import { registerSizedRange } from './sized-range.ts';

const REGISTER = /^reg (\d{1,3}), base: (\d{1,9})([KMG])B, range: (\d{1,9})([KMG])B, type (UC|WC|WT|WP|WB)$/;
const HEADER = /^(original|New) variable MTRRs$/;
const COVERED = /^total RAM covered: \d+M$/;
const FOUND = /^Found optimal setting for mtrr clean up$/;
const TRIED = /^(\*BAD\*)?\s?gran_size: \d+[KMG]/;
const FAILED = /^mtrr_cleanup: can not find optimal value$/;

/** The state that the firmware left. */
export const FIRMWARE = 'firmware';
/** The state after the kernel's mtrr_cleanup. */
export const AFTER_CLEANUP = 'after-cleanup';

/** The cleanup runs under a default type of UC alone (`mtrr_cleanup`). */
const UC_ALONE = 'mtrr_cleanup runs under a default type of UC alone';

interface CleanupRange {
  readonly line: number;
  readonly index: number;
  readonly base: bigint;
  readonly size: bigint;
  readonly type: number;
}

function sayLeftOut(draft: Draft, line: number): void {
  draft.silent(line, 'fixed-ranges', 'the mtrr_cleanup table does not show them');
  draft.silent(line, 'enables', 'mtrr_cleanup runs where the MTRRs are on');
}

/** Reads the table of one boot. */
export class LinuxCleanup {
  #before: CleanupRange[] = [];
  #after: CleanupRange[] = [];
  /** Line of "New variable MTRRs". */
  #newHeader: number | undefined;
  #covered: number | undefined;
  #found: number | undefined;
  /** Settings that were tried and printed; a bad one counts as two, so that 1 means a single good one. */
  #tried = 0;
  #hasFailed = false;

  read({ text, number }: Line): boolean {
    const header = HEADER.exec(text)?.[1];
    if (header !== undefined) {
      // A table that is printed anew: of a text that holds the log twice, the last counts.
      if (header === 'original') this.#before = [];
      this.#after = [];
      this.#newHeader = header === 'New' ? number : undefined;
      return true;
    }
    const register = REGISTER.exec(text);
    if (register) {
      this.#register(number, register);
      return true;
    }
    return this.#readProgress(text, number);
  }

  #register(line: number, [, index, base, baseUnit, size, sizeUnit, type]: RegExpExecArray): void {
    const ranges = this.#newHeader === undefined ? this.#before : this.#after;
    if (Number(index) >= MOST_VARIABLE_RANGES) return;
    ranges.push({
      line,
      index: Number(index),
      base: sizeOf(base, baseUnit),
      size: sizeOf(size, sizeUnit),
      type: typeOfWord(type!)!,
    });
    // Each index once: a repeated table says the same again.
    if (ranges.length > MOST_VARIABLE_RANGES) ranges.shift();
  }

  /** What it prints on the way; a failure is a complaint too, and is left to those who read these. */
  #readProgress(text: string, line: number): boolean {
    const tried = TRIED.exec(text);
    if (tried) {
      this.#tried += tried[1] === undefined ? 1 : 2;
      return true;
    }
    if (FOUND.test(text)) this.#found = line;
    else if (COVERED.test(text)) this.#covered = line;
    else {
      if (FAILED.test(text)) this.#hasFailed = true;
      return false;
    }
    return true;
  }

  /** The line by which it shows that the kernel took a new setting; one that is stated is taken without a word. */
  get #appliedAt(): number | undefined {
    if (this.#newHeader !== undefined) return this.#newHeader;
    if (this.#hasFailed) return undefined;
    return this.#found ?? (this.#tried === 1 ? this.#covered : undefined);
  }

  /**
   * States the ranges: those after the cleanup where they were printed, unless the firmware's are asked for; those before
   * it where no registers were printed.
   */
  finish(draft: Draft, stage: string | undefined): void {
    const applied = this.#appliedAt;
    const evidence = applied ?? this.#covered ?? this.#before[0]?.line;
    if (evidence === undefined) return;
    draft.silent(evidence, 'default-type', UC_ALONE, UC);
    if (applied !== undefined && this.#after.length > 0) this.#stateStages(draft, applied, stage);
    else if (applied !== undefined) {
      if (stage === FIRMWARE) draft.at(applied).stage(FIRMWARE, true);
      else draft.at(applied).rewritten();
      draft.say(
        'note',
        applied,
        "the kernel rewrote the variable ranges after this (mtrr_cleanup): what is read is the firmware's layout; bring /proc/mtrr for the present one",
      );
    }
    if (!this.#hasRegisters(draft)) this.#stateBefore(draft);
  }

  #stateStages(draft: Draft, applied: number, stage: string | undefined): void {
    const isNew = stage !== FIRMWARE;
    draft.at(this.#before[0]?.line ?? applied).stage(FIRMWARE, !isNew);
    draft.at(applied).stage(AFTER_CLEANUP, isNew);
    draft.say(
      'note',
      applied,
      isNew
        ? 'the kernel rewrote the variable ranges (mtrr_cleanup): the new ones are taken; --stage firmware takes those before'
        : "the kernel rewrote the variable ranges after this (mtrr_cleanup): what is read is the firmware's layout; --stage after-cleanup takes the new ones",
    );
    if (!isNew) return;
    sayLeftOut(draft, applied);
    const off = MASK_MSRS.flatMap((msr, index) => (draft.registerSoFar(msr) ? [index] : []));
    draft.dropRegisters(isVariableMsr);
    for (const { line, index, base, size, type } of this.#after) {
      registerSizedRange(draft, line, index, { base, size, type });
    }
    // All ranges are written anew: those that the new table leaves out are off.
    for (const index of off) {
      if (!draft.registerSoFar(physMask(index)))
        draft.register(applied, physMask(index), 0n, { known: MASK_V });
    }
  }

  #stateBefore(draft: Draft): void {
    const first = this.#before[0];
    if (!first) return;
    sayLeftOut(draft, first.line);
    for (const { line, index, base, size, type } of this.#before) {
      registerSizedRange(draft, line, index, { base, size, type });
    }
    const indexes = new Set(this.#before.map((range) => range.index));
    const missing = missingRanges(indexes);
    if (missing !== undefined) draft.say('warning', first.line, `${missing} from the table`);
  }

  #hasRegisters(draft: Draft): boolean {
    return MASK_MSRS.some((msr) => isMaskValid(draft.registerSoFar(msr)?.value ?? 0n));
  }
}
