/** The one error that reading raises: bad input, with its place and the remedy in one line. */
import { EptsweepError } from '../errors.ts';

/** Of which kind it is, for programs: nothing in the text is known, it has no registers, or anything else. */
export type ReadErrorReason = 'not-recognised' | 'no-registers' | 'unusable';

/** A file that cannot be read or holds nothing of use. */
export class ReadError extends EptsweepError {
  override readonly name = 'ReadError';
  /**
   * @param file - the file as the user named it
   * @param message - what is wrong and what to do, in one line
   * @param line - line, from 1, where one is to blame
   * @param reason - of which kind it is
   */
  constructor(
    readonly file: string,
    message: string,
    readonly line?: number,
    readonly reason: ReadErrorReason = 'unusable',
  ) {
    const place = line === undefined ? file : `${file}:${line}`;
    super('bad-request', `${place}: ${message}`, place);
  }
}
