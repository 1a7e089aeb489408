/** The range list that HyperDbg and the hypervisors that share its code log: ends are inclusive. */
import { MOST_VARIABLE_RANGES } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerSizedRange } from './sized-range.ts';

const RANGE = /\bMTRR Range: Base=0x([0-9a-f]{1,16}) End=0x([0-9a-f]{1,16}) Type=0x([0-9a-f]{1,2})$/i;
const TOTAL = /\bTotal MTRR Ranges Committed: ?\d{1,4}$/i;

class HyperdbgReader implements LineReader {
  readonly #draft: Draft;
  #count = 0;
  #closed = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    if (TOTAL.test(text)) {
      this.#closed = true;
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return false;
    if (this.#closed) {
      this.#draft.startBlock();
      this.#count = 0;
      this.#closed = false;
    }
    const start = hexOf(range[1]);
    const end = hexOf(range[2]);
    const type = Number.parseInt(range[3]!, 16);
    this.#draft.mapped(number, 'hyperdbg', start, end, type);
    if (this.#count === 0) {
      this.#draft.silent(number, 'default-type', 'the list does not show it');
      this.#draft.silent(number, 'fixed-ranges', 'the list does not show them');
      this.#draft.silent(number, 'enables', 'the list does not show them');
      this.#draft.say('note', number, 'the list does not number its ranges: they are counted from 0');
    }
    if (this.#count < MOST_VARIABLE_RANGES) {
      registerSizedRange(this.#draft, number, this.#count++, { base: start, size: end - start + 1n, type });
    }
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('hyperdbg', 'list');
  }
}

/** HyperDbg. */
export const hyperdbg: LineFormat = {
  name: 'hyperdbg',
  title: 'HyperDbg MTRR range list',
  hint: /MTRR Range: Base=|MTRR Ranges Committed/,
  open: (context) => new HyperdbgReader(context),
};
