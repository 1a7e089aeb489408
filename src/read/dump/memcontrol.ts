/** FreeBSD's `memcontrol list [-a]`, OpenBSD's `memconfig list`: base and length of each range, its owner and its attributes, no numbers. */
import { UC, WB, WC, WP, WT } from '../../types.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerSizedRange } from './sized-range.ts';

const ATTRIBUTE =
  '(?:uncacheable|write-combine|write-through|write-back|write-protect|force|unknown|fixed-base|fixed-length|set-by-firmware|active|bogus)';
const RANGE = new RegExp(
  `^0x([0-9a-f]{1,16})/0x([0-9a-f]{1,16}) (\\S{1,8}) ((?:${ATTRIBUTE} ){0,11}${ATTRIBUTE})$`,
);
/** What begins as such a line does and is none: cut or damaged. */
const START = /^0x[0-9a-f]{1,16}\/0x(?!.*\/0x)/;
const TYPES: Readonly<Record<string, number>> = {
  uncacheable: UC,
  'write-combine': WC,
  'write-through': WT,
  'write-back': WB,
  'write-protect': WP,
};
const FIXED_END = 0x100000n;

class MemcontrolReader implements LineReader {
  readonly #draft: Draft;
  #count = 0;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const range = RANGE.exec(text);
    if (!range) return START.test(text) ? 'more' : false;
    const attributes = range[4]!.split(' ');
    // BSD prints both of a fixed range.
    if (attributes.includes('fixed-base') !== attributes.includes('fixed-length')) return 'more';
    const base = hexOf(range[1]);
    const size = hexOf(range[2]);
    const type = attributes.map((word) => TYPES[word]).find((one) => one !== undefined);
    const isFixed = attributes.includes('fixed-length') && base + size <= FIXED_END;
    // A range that is not: or the word stands in the next line.
    if (!attributes.includes('active')) return 'more';
    this.#sayWhatIsSilent(number);
    if (type === undefined || attributes.includes('bogus')) {
      this.#draft.say('warning', number, 'a range of unknown type is left out');
    } else if (isFixed) {
      this.#draft.fixedRange(number, Number(base), Number(base + size - 1n), type);
    } else {
      registerSizedRange(this.#draft, number, this.#count++, { base, size, type });
    }
    return true;
  }

  #sayWhatIsSilent(line: number): void {
    this.#draft.silent(line, 'default-type', 'memcontrol does not show it');
    this.#draft.silent(line, 'enables', 'BSD lists variable ranges where E=1 alone, fixed ones where FE=1');
    this.#draft.silent(line, 'physical-address-bits', 'memcontrol gives lengths, not masks');
    this.#draft.say('note', line, 'the list does not number its ranges: they are counted from 0');
  }

  /** Where all words are whole, and both of a fixed range are there, the range is not active. */
  torn({ text, number }: Line): void {
    const isWhole = RANGE.test(text) && text.includes('fixed-base') === text.includes('fixed-length');
    if (isWhole || !this.#draft.used) return;
    const subject = text.includes(' fixed-') ? 'fixed-ranges' : 'variable-ranges';
    this.#draft.at(number).torn(subject, `a range, whose line breaks off: "${text.slice(0, 60)}"`);
  }

  finish(): Facts {
    return this.#draft.finish('memcontrol');
  }
}

/** memcontrol. */
export const memcontrol: LineFormat = {
  name: 'memcontrol',
  title: 'FreeBSD memcontrol list, OpenBSD memconfig list',
  hint: /0x[0-9a-f]{1,16}\/0x[0-9a-f]{1,16} \S/,
  open: (context) => new MemcontrolReader(context),
};
