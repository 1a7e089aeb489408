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
  /** After the last line. */
  finish(): Facts;
}

/** What a reader is told when it starts. */
export interface ReadContext {
  readonly file: string;
  /** Which boot (or block) to take, from 1, or the last. */
  readonly boot: number | 'last';
  /** Which host of a text that names several; undefined: the last that tells registers. */
  readonly host?: string | undefined;
  /** The user named this very format: be less shy. */
  readonly forced: boolean;
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
