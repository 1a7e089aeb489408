/** DBVM's check of the fixed ranges (Cheat Engine): a line for each 4 KiB range that it looks at. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';

const RANGE =
  /^Checking fixed mtrr ([0-9a-f]{16}) - ([0-9a-f]{16}) : ([0-7])(?:\s{1,4}\([0-9a-f]{1,16}\))?$/i;

class DbvmReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const range = RANGE.exec(text);
    if (!range) return false;
    const start = hexOf(range[1]);
    const end = hexOf(range[2]);
    if (end >= 0x100000n) return true;
    this.#draft.silent(number, 'default-type', 'the log checks fixed ranges only');
    this.#draft.silent(number, 'variable-ranges', 'the log checks fixed ranges only');
    this.#draft.fixedRange(number, Number(start), Number(end), Number(range[3]));
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('dbvm');
  }
}

/** DBVM. */
export const dbvm: LineFormat = {
  name: 'dbvm',
  title: 'DBVM fixed-range check',
  hint: /Checking fixed mtrr/,
  open: (context) => new DbvmReader(context),
};
