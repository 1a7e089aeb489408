/**
 * Which lines of a kernel's MTRR block are there. The kernel prints the fixed ranges from 00000 to FFFFF without a gap and
 * a line for each variable range that the CPU has, used or not: what is not there was filtered or cut.
 */
import { MOST_VARIABLE_RANGES } from '../../msr/index.ts';
import { idsText } from '../../words.ts';
import type { Draft } from '../facts/draft.ts';

/** End of the fixed ranges. */
const ONE_MIB = 0x100000;
/** Variable ranges that CPUs have: a block that ends with one of these is likely whole. */
const USUAL_COUNTS: readonly number[] = [8, 10];

/** Which variable ranges are missing below the highest of those that are there; undefined: none. */
export function missingRanges(seen: ReadonlySet<number>): string | undefined {
  const missing = Array.from({ length: Math.max(...seen) }, (_, n) => n).filter((n) => !seen.has(n));
  if (missing.length === 0) return undefined;
  return missing.length === 1
    ? `variable range ${missing[0]} is missing`
    : `variable ranges ${idsText(missing)} are missing`;
}

/** The lines of one block. */
export class BlockLines {
  readonly #draft: Draft;
  /** The last line of the block's head: of the default type, or of the fixed ranges. */
  #headLine: number | undefined;
  /** Where the last fixed range ends; undefined: none is announced. */
  #fixedEnd: number | undefined;
  #variableHeader: { readonly line: number; readonly isOn: boolean } | undefined;
  readonly #seen = new Set<number>();
  /** The last line of a variable range. */
  #last: { readonly line: number; readonly isOn: boolean } | undefined;
  /** A line of a variable range that breaks off. */
  #brokenLine: number | undefined;
  /** The line behind which the kernel printed something else. */
  #endLine: number | undefined;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** @param line - of the default type, or of a heading of the fixed ranges */
  head(line: number): void {
    this.#headLine = line;
  }

  /** @param line - of "MTRR fixed ranges enabled:" */
  fixedHeader(line: number): void {
    this.#fixedEnd = 0;
    this.#headLine = line;
  }

  /** A fixed range, `end` inclusive. */
  fixed(line: number, start: number, end: number): void {
    const before = this.#fixedEnd;
    if (before === undefined) return;
    if (start > before) {
      const what = `the fixed ranges 0x${before.toString(16)}-0x${(start - 1).toString(16)} are missing`;
      this.#draft.at(line).torn('fixed-ranges', what);
    }
    this.#headLine = line;
    this.#fixedEnd = end + 1;
  }

  /** @param line - of "MTRR variable ranges enabled:" */
  variableHeader(line: number, isOn: boolean): void {
    this.#variableHeader = { line, isOn };
    this.#seen.clear();
    this.#last = undefined;
  }

  /** A variable range, or that it is not used. */
  variable(line: number, index: number, isOn: boolean): void {
    this.#see(index);
    this.#last = { line, isOn };
  }

  /** A variable range whose line breaks off. */
  broken(line: number, index: number): void {
    this.#see(index);
    this.#brokenLine = line;
    this.#draft.at(line).torn('variable-ranges', `variable range ${index}: its line breaks off`);
  }

  #see(index: number): void {
    if (index < MOST_VARIABLE_RANGES) this.#seen.add(index);
  }

  /** @param line - of what the kernel prints next, in a log that nobody filtered */
  endsBefore(line: number): void {
    if (this.#last?.line === line - 1) this.#endLine = line - 1;
  }

  /** @param last - the text's last line, where the block's boot ends with it */
  finish(last: number | undefined): void {
    this.#finishFixed();
    const header = this.#variableHeader;
    if (this.#seen.size === 0) {
      if (!header) {
        if (this.#headLine === undefined) return;
        this.#draft
          .at(this.#headLine)
          .torn(
            'variable-ranges',
            'the block stops before its variable ranges: the log was filtered or cut',
            true,
          );
        return;
      }
      const what = `no line stands under "MTRR variable ranges ${header.isOn ? 'en' : 'dis'}abled:", where one for each range belongs: the log was filtered or cut`;
      this.#draft.at(header.line).torn('variable-ranges', what, header.isOn);
      return;
    }
    const line = this.#last?.line ?? this.#brokenLine!;
    const missing = missingRanges(this.#seen);
    if (missing !== undefined) this.#draft.at(line).torn('variable-ranges', `${missing} from the block`);
    if (this.#brokenLine !== undefined || !this.#last?.isOn || this.#endLine === line) return;
    // A CPU has a few ranges that its firmware leaves alone: a block that ends with one in use is likely cut.
    const highest = Math.max(...this.#seen);
    if (USUAL_COUNTS.includes(highest + 1)) return;
    const whose = last === line ? 'text' : 'block';
    const what = `the ${whose} ends with variable range ${highest}, which is on: further ones may be missing`;
    this.#draft.at(line).torn('variable-ranges', what);
  }

  #finishFixed(): void {
    const end = this.#fixedEnd;
    if (end === undefined || end >= ONE_MIB) return;
    const what =
      end === 0
        ? 'no line stands under "MTRR fixed ranges enabled:": the log was filtered or cut'
        : `the fixed ranges from 0x${end.toString(16)} on are missing`;
    this.#draft.at(this.#headLine!).torn('fixed-ranges', what);
  }
}
