/** /proc/mtrr, as kernels print it before and since 2.6.28. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, sizeOf, TYPE_PATTERN, typeOfWord } from '../words.ts';
import { registerSizedRange } from './sized-range.ts';

const REGISTER = new RegExp(
  '^reg(\\d{1,3}): ?base=0x([0-9a-f]{1,16}) ?\\( {0,12}\\d{1,12}[KM]B\\), ?size= {0,12}(\\d{1,12})([KMG])B' +
    `(?:, ?count=\\d{1,10})?: ?(${TYPE_PATTERN})(?:, ?count=\\d{1,10})?$`,
  'i',
);
/** What begins as such a line does and is none: cut, wrapped or damaged. */
const START = /^reg(\d{1,3}): ?b/i;
const UNREADABLE = /\/proc\/mtrr: (Input\/output error|No such file or directory|Permission denied)/;

class ProcMtrrReader implements LineReader {
  readonly #draft: Draft;
  #last = Number.POSITIVE_INFINITY;
  #unreadable: { readonly line: number; readonly reason: string } | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const register = REGISTER.exec(text);
    if (register) {
      const index = Number(register[1]);
      if (index <= this.#last) this.#start(number);
      this.#last = index;
      registerSizedRange(this.#draft, number, index, {
        base: hexOf(register[2]),
        size: sizeOf(register[3], register[4]),
        type: typeOfWord(register[5]!)!,
      });
      return true;
    }
    if (START.test(text)) return 'more';
    const reason = UNREADABLE.exec(text)?.[1];
    if (reason === undefined) return false;
    this.#unreadable ??= { line: number, reason };
    return true;
  }

  #start(line: number): void {
    this.#draft.startBlock();
    this.#draft.silent(line, 'default-type', 'not in /proc/mtrr');
    this.#draft.silent(line, 'fixed-ranges', 'not in /proc/mtrr');
    this.#draft.silent(line, 'enables', 'Linux lists ranges in /proc/mtrr where the MTRRs are on');
    this.#draft.silent(line, 'physical-address-bits', '/proc/mtrr gives sizes, not masks');
  }

  torn({ text, number }: Line): void {
    const index = START.exec(text)?.[1];
    this.#draft.at(number).torn('variable-ranges', `variable range ${Number(index)}: its line breaks off`);
  }

  finish(): Facts {
    if (this.#unreadable && !this.#draft.used) {
      const { line, reason } = this.#unreadable;
      const text = `/proc/mtrr could not be read (${reason}): MTRRs are off, or it needs root`;
      this.#draft.say('error', line, text);
    }
    return this.#draft.finish('proc-mtrr', 'listing');
  }
}

/** /proc/mtrr. */
export const procMtrr: LineFormat = {
  name: 'proc-mtrr',
  title: '/proc/mtrr',
  hint: /reg\d{1,3}: ?base=|\/proc\/mtrr: /,
  open: (context) => new ProcMtrrReader(context),
};
