/** What a reader of a line-based format is. */
import type { Facts } from './facts/facts.ts';
import type { Line } from './line.ts';

/**
 * What a reader makes of a line: it is one of its own, it is not, or it would be if the next line (torn off
 * by a mail program) were part of it. A reader must not have changed anything when it answers `more`.
 */
export type Claim = boolean | 'more';

/** A reader at work on one file. */
export interface LineReader {
  read(line: Line): Claim;
  /** The last line that was read tells what the next ones are. */
  readonly awaits?: boolean;
  /** A line that would have gone on (`more`) does not: it was cut or damaged. */
  torn?(line: Line): void;
  /**
   * After the last line.
   *
   * @param last - number of the last line that is not blank
   */
  finish(last: number): Facts;
}

/** What a reader is told when it starts. */
export interface ReadContext {
  readonly file: string;
  /** Which boot (or block) to take, from 1, or the last. */
  readonly boot: number | 'last';
  /** Which host of a text that names several; undefined: the last that tells registers. */
  readonly host?: string | undefined;
  /** Which state of the registers to take, of a text that shows several; default: the newest that is whole. */
  readonly stage: string | undefined;
}

/** A line-based format. */
export interface LineFormat {
  readonly name: string;
  /** For people: what prints it. */
  readonly title: string;
  /** Passes every raw line that the reader can want (it may pass others). Must be linear. */
  readonly hint: RegExp;
  open(context: ReadContext): LineReader;
}
