/** The MTRR overview of the Firmware Test Suite (`fwts mtrr`); ends are one past the range. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, TYPE_PATTERN, typeOfWord } from '../words.ts';
import { registerSizedRange } from './sized-range.ts';

const REGISTER = new RegExp(
  `^Reg (\\d{1,3}): 0x([0-9a-f]{1,16}) - 0x([0-9a-f]{1,16}) \\( {0,12}\\d{1,12} [KMG]B\\)\\s{1,8}(${TYPE_PATTERN})$`,
  'i',
);

class FwtsReader implements LineReader {
  readonly #draft: Draft;
  #last = Number.POSITIVE_INFINITY;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const register = REGISTER.exec(text);
    if (!register) return false;
    const index = Number(register[1]);
    if (index <= this.#last) {
      this.#draft.startBlock();
      this.#draft.silent(number, 'default-type', 'fwts does not print it');
      this.#draft.silent(number, 'fixed-ranges', 'fwts does not print them');
      this.#draft.silent(
        number,
        'enables',
        'fwts lists what is in /proc/mtrr, where ranges are if the MTRRs are on',
      );
      this.#draft.silent(number, 'physical-address-bits', 'fwts prints ends, not masks');
    }
    this.#last = index;
    const base = hexOf(register[2]);
    const size = hexOf(register[3]) - base;
    registerSizedRange(this.#draft, number, index, { base, size, type: typeOfWord(register[4]!)! });
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('fwts', 'overview');
  }
}

/** fwts. */
export const fwts: LineFormat = {
  name: 'fwts',
  title: 'fwts mtrr overview',
  hint: /Reg \d{1,3}: 0x/,
  open: (context) => new FwtsReader(context),
};
