/** EDK2's `MTRR Settings` (DEBUG_CACHE), as MtrrLib, the TestPoint tools and patina print them. */
import { FIXED_REGISTERS, MOST_VARIABLE_RANGES, MSR_DEF_TYPE, physBase, physMask } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Complaint, Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, typeOfWord } from '../words.ts';
import { SettingsLines } from './edk2-lines.ts';
import { registerRaw } from './register-line.ts';

/** Without `0x` always 16 digits: fewer are the beginning of a value that was cut. */
const VALUE = '(?=[0-9a-f]{16}(?![0-9a-f])|0x)(?:0x)?([0-9a-f]{1,16})';
const SETTINGS = /^MTRR Settings:?$/i;
const DEFAULT_TYPE = new RegExp(`^MTRR Default Type: ?${VALUE}$`, 'i');
const FIXED = new RegExp(`^Fixed MTRR\\[(\\d{1,2})\\] {0,4}: ?${VALUE}$`, 'i');
const VARIABLE = new RegExp(`^Variable MTRR\\[(\\d{1,2})\\] {0,4}: ?Base=${VALUE} Mask=${VALUE}$`, 'i');
/** What begins as a variable range does and is none: cut, wrapped or damaged. */
const VARIABLE_START = /^Variable MTRR\[\d{1,2}\]/i;
const NO_VARIABLE = /^Variable MTRR {0,6}: ?None\.?$/i;
const RANGES = /^Memory Ranges:?$/i;
const RANGE = new RegExp(`^(UC|WC|WT|WP|WB|R\\*|UC-):${VALUE}-${VALUE}$`, 'i');

/** `MtrrLibSetMemoryAttributes` of MtrrLib, and how it ends. */
const ASKED = /^Mtrr: Set Mem Attribute to /;
const RESULT = /^Result = (\S.{0,40})$/;
const REFUSED = /^(?:Invalid Parameter|Unsupported|Access Denied)$/;
const ASSERTED = /^ASSERT(?:_[A-Z_]{1,40})?:? .{0,200}MtrrLib\.c\b/;
/** Lines from the request to its result: one a range. */
const NEAR = 64;

class Edk2Reader implements LineReader {
  readonly #draft: Draft;
  #asked = Number.NEGATIVE_INFINITY;
  #lines: SettingsLines | undefined;
  /** The heading of a block stands above, and nothing of it yet. */
  #isHeaded = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read(line: Line): Claim {
    return this.#readRegister(line) || this.#readRange(line) || this.#readComplaint(line);
  }

  /** MtrrLib says what it is asked for, and how it went. */
  #readComplaint({ text, number }: Line): boolean {
    if (ASKED.test(text)) {
      this.#asked = number;
      return true;
    }
    const result = RESULT.exec(text)?.[1];
    const isShort = result === 'Out of Resources';
    const isOwn = result !== undefined && number - this.#asked <= NEAR;
    if (!ASSERTED.test(text) && !(isOwn && (isShort || REFUSED.test(result)))) return false;
    const told: Omit<Complaint, 'at'> =
      result === undefined
        ? {
            kind: 'firmware-bug',
            severity: 'MEDIUM',
            text: "EDK2's MtrrLib stopped at an assertion",
            remedy: 'the MTRRs that it met, or was to write, break its rules: DEBUG_CACHE prints both',
          }
        : {
            kind: isShort ? 'ranges-short' : 'range-refused',
            severity: 'MEDIUM',
            text: `EDK2's MtrrLib did not set the types that it was asked for: ${result}`,
            remedy: isShort
              ? 'eptsweep fit --want FILE finds the fewest ranges for the map'
              : 'ranges have to be whole pages inside the address space, of types that exist',
          };
    this.#draft.at(number).complain(told);
    this.#draft.say('warning', number, told.text);
    return true;
  }

  #readRegister({ text, number }: Line): Claim {
    if (SETTINGS.test(text)) {
      if (this.#draft.used) this.#startBlock();
      this.#isHeaded = true;
      return true;
    }
    const defaultType = DEFAULT_TYPE.exec(text)?.[1];
    if (defaultType !== undefined) {
      if (!this.#isHeaded && this.#draft.registerSoFar(MSR_DEF_TYPE)) this.#startBlock();
      this.#isHeaded = false;
      this.#lines = new SettingsLines(this.#draft, number);
      this.#draft.silent(number, 'physical-address-bits', 'no mask is printed');
      return registerRaw(this.#draft, number, MSR_DEF_TYPE, hexOf(defaultType));
    }
    const fixed = FIXED.exec(text);
    if (fixed) {
      const index = Number(fixed[1]);
      const register = FIXED_REGISTERS[index];
      this.#lines?.fixed(number, index);
      if (register) registerRaw(this.#draft, number, register.msr, hexOf(fixed[2]));
      return true;
    }
    const variable = VARIABLE.exec(text);
    if (variable) {
      const index = Number(variable[1]);
      this.#lines?.variable(number);
      if (index >= MOST_VARIABLE_RANGES) return true;
      registerRaw(this.#draft, number, physBase(index), hexOf(variable[2]));
      registerRaw(this.#draft, number, physMask(index), hexOf(variable[3]));
      return true;
    }
    if (VARIABLE_START.test(text)) return 'more';
    if (!NO_VARIABLE.test(text)) return false;
    this.#lines?.none(number);
    return true;
  }

  #startBlock(): void {
    this.#lines?.finish(undefined);
    this.#lines = undefined;
    this.#draft.startBlock();
  }

  #readRange({ text, number }: Line): boolean {
    if (RANGES.test(text)) {
      this.#draft.dropMap('edk2');
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return false;
    this.#draft.mapped(number, 'edk2', hexOf(range[2]), hexOf(range[3]), typeOfWord(range[1]!) ?? -1);
    return true;
  }

  /** A variable range that began and did not go on. */
  torn({ text, number }: Line): void {
    const [name] = text.split(':');
    this.#draft.at(number).torn('variable-ranges', `${name!.trim()}: its line breaks off`);
    this.#lines?.variable(number);
  }

  finish(last: number): Facts {
    this.#lines?.finish(last);
    return this.#draft.finish('edk2', "'MTRR Settings' block");
  }
}

/** EDK2. */
export const edk2: LineFormat = {
  name: 'edk2',
  title: 'EDK2 firmware log (MTRR Settings)',
  hint: /Mtrr: Set|Result = |MtrrLib\.c|MTRR Settings|MTRR Default Type|(?:Fixed|Variable) MTRR|Memory Ranges|(?:U[Cc]|W[CTPB]|R\*)-?:(?:0x)?[0-9a-fA-F]{6}/,
  open: (context) => new Edk2Reader(context),
};
