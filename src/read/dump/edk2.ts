/** EDK2's `MTRR Settings` (DEBUG_CACHE), as MtrrLib, the TestPoint tools and patina print them. */
import { FIXED_REGISTERS, MOST_VARIABLE_RANGES, MSR_DEF_TYPE, physBase, physMask } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, typeOfWord } from '../words.ts';
import { registerRaw } from './register-line.ts';

const VALUE = '(?:0x)?([0-9a-f]{1,16})';
const SETTINGS = /^MTRR Settings:?$/i;
const DEFAULT_TYPE = new RegExp(`^MTRR Default Type: ?${VALUE}$`, 'i');
const FIXED = new RegExp(`^Fixed MTRR\\[(\\d{1,2})\\] {0,4}: ?${VALUE}$`, 'i');
const VARIABLE = new RegExp(`^Variable MTRR\\[(\\d{1,2})\\] {0,4}: ?Base=${VALUE} Mask=${VALUE}$`, 'i');
const VARIABLE_TORN = new RegExp(`^Variable MTRR\\[(\\d{1,2})\\] {0,4}: ?(?:Base=${VALUE})?$`, 'i');
const NO_VARIABLE = /^Variable MTRR {0,6}: ?None\.?$/i;
const RANGES = /^Memory Ranges:?$/i;
const RANGE = new RegExp(`^(UC|WC|WT|WP|WB|R\\*|UC-):${VALUE}-${VALUE}$`, 'i');

class Edk2Reader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read(line: Line): Claim {
    return this.#readRegister(line) || this.#readRange(line);
  }

  #readRegister({ text, number }: Line): Claim {
    if (SETTINGS.test(text)) {
      if (this.#draft.used) this.#draft.startBlock();
      return true;
    }
    const defaultType = DEFAULT_TYPE.exec(text)?.[1];
    if (defaultType !== undefined) {
      if (this.#draft.registerSoFar(MSR_DEF_TYPE)) this.#draft.startBlock();
      this.#draft.silent(number, 'physical-address-bits', 'no mask is printed');
      return registerRaw(this.#draft, number, MSR_DEF_TYPE, hexOf(defaultType));
    }
    const fixed = FIXED.exec(text);
    if (fixed) {
      const register = FIXED_REGISTERS[Number(fixed[1])];
      if (register) registerRaw(this.#draft, number, register.msr, hexOf(fixed[2]));
      return true;
    }
    const variable = VARIABLE.exec(text);
    if (variable) {
      const index = Number(variable[1]);
      if (index >= MOST_VARIABLE_RANGES) return true;
      registerRaw(this.#draft, number, physBase(index), hexOf(variable[2]));
      registerRaw(this.#draft, number, physMask(index), hexOf(variable[3]));
      return true;
    }
    if (VARIABLE_TORN.test(text)) return 'more';
    return NO_VARIABLE.test(text);
  }

  #readRange({ text, number }: Line): boolean {
    if (RANGES.test(text)) {
      this.#draft.dropMap('edk2');
      return true;
    }
    const range = RANGE.exec(text);
    // WinDbg's fixed ranges look alike but have five digits.
    if (!range || range[2]!.length < 6) return false;
    this.#draft.mapped(number, 'edk2', hexOf(range[2]), hexOf(range[3]), typeOfWord(range[1]!) ?? -1);
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('edk2', "'MTRR Settings' block");
  }
}

/** EDK2. */
export const edk2: LineFormat = {
  name: 'edk2',
  title: 'EDK2 firmware log (MTRR Settings)',
  hint: /MTRR Settings|MTRR Default Type|(?:Fixed|Variable) MTRR|Memory Ranges|(?:U[Cc]|W[CTPB]|R\*)-?:(?:0x)?[0-9a-fA-F]{6}/,
  open: (context) => new Edk2Reader(context),
};
