/**
 * Slim Bootloader: `mtrr` of its shell and `PrintMtrr` of its log. `-v` and the log give whole registers; the plain list
 * has addresses of which it prints 36 bits.
 */
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  physBase,
  physMask,
} from '../../msr/index.ts';
import { UC, WB, WC, WP, WT } from '../../types.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';
import { registerSizedRange } from './sized-range.ts';

const ENABLED = /^(MTRRs|Fixed MTRRs)\.{0,16}: (Enabled|Disabled)$/;
const TYPE = '(Uncacheable|Write Combining|Write-Through|Write-Protected|Write-Back)';
const DEFAULT = new RegExp(`^Default\\.{2,16}: ${TYPE}$`);
const HEADING = /^Variable MTRRs$/;
/** The command, as it was typed: with the option each range is followed by its registers. */
const COMMAND = /(?:^|[>#$] ?)mtrr( -v)?$/;
const RANGE = new RegExp(`^\\[0x([0-9a-f]{9,16})-0x([0-9a-f]{9,16})\\] ${TYPE}$`);
const REGISTER = /^IA32_MTRR_PHYS(BASE|MASK)_(\d{1,2}) \(0x[0-9a-f]{3}\): 0x([0-9a-f]{16})$/;
const TYPES: Readonly<Record<string, number>> = {
  Uncacheable: UC,
  'Write Combining': WC,
  'Write-Through': WT,
  'Write-Protected': WP,
  'Write-Back': WB,
};
/** Lines from a heading to what it heads. */
const NEAR = 64;

/** A range of the plain list, until the next line shows whether its registers follow. */
interface Pending {
  readonly line: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly type: number;
}

class SlimBootloaderReader implements LineReader {
  readonly #draft: Draft;
  #last = Number.NEGATIVE_INFINITY;
  #pending: Pending | undefined;
  #count = 0;
  /** Registers are printed under their ranges, as those that were read show, or the command in front. */
  #isVerbose = false;
  #asksForRegisters = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read(line: Line): Claim {
    const command = COMMAND.exec(line.text);
    if (command) this.#asksForRegisters = command[1] !== undefined;
    const claim = this.#readSwitch(line) || this.#readRange(line) || this.#readRegister(line);
    if (claim) this.#last = line.number;
    return claim;
  }

  #readSwitch({ text, number }: Line): boolean {
    const enabled = ENABLED.exec(text);
    if (enabled) {
      const [, which, state] = enabled;
      const bit = which === 'MTRRs' ? DEF_TYPE_E : DEF_TYPE_FE;
      if (which === 'MTRRs' && this.#draft.registerSoFar(MSR_DEF_TYPE)) this.#startBlock();
      this.#draft.register(number, MSR_DEF_TYPE, state === 'Enabled' ? bit : 0n, { known: bit });
      this.#draft.silent(number, 'fixed-ranges', 'Slim Bootloader does not print them');
      return true;
    }
    if (number - this.#last > NEAR) return false;
    if (HEADING.test(text)) return true;
    const type = DEFAULT.exec(text)?.[1];
    if (type === undefined) return false;
    this.#draft.register(number, MSR_DEF_TYPE, BigInt(TYPES[type]!), { known: 0xffn });
    return true;
  }

  #startBlock(): void {
    this.#flush();
    this.#count = 0;
    this.#isVerbose = false;
    this.#draft.startBlock();
  }

  #readRange({ text, number }: Line): boolean {
    const range = number - this.#last <= NEAR ? RANGE.exec(text) : null;
    if (!range) return false;
    this.#flush();
    this.#pending = { line: number, start: hexOf(range[1]), end: hexOf(range[2]), type: TYPES[range[3]!]! };
    return true;
  }

  #readRegister({ text, number }: Line): boolean {
    const register = REGISTER.exec(text);
    if (!register) return false;
    this.#pending = undefined;
    this.#isVerbose = true;
    const [, half, digits, value] = register;
    const index = Number(digits);
    if (index >= MOST_VARIABLE_RANGES) return true;
    registerRaw(this.#draft, number, half === 'BASE' ? physBase(index) : physMask(index), hexOf(value));
    return true;
  }

  /** A range whose registers are not printed. */
  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    const { line, start, end, type } = pending;
    if (this.#isVerbose || this.#asksForRegisters) {
      this.#draft.at(line).torn('variable-ranges', 'the registers of the range in this line are missing');
      return;
    }
    this.#draft.say('note', line, 'the list does not number its ranges: they are counted from 0');
    this.#draft
      .at(line)
      .torn(
        'variable-ranges',
        'the list prints 36 address bits alone, and cuts off the others: "mtrr -v" prints all',
      );
    registerSizedRange(this.#draft, line, this.#count++, { base: start, size: end - start + 1n, type });
  }

  finish(): Facts {
    this.#flush();
    return this.#draft.finish('slim-bootloader', 'list');
  }
}

/** Slim Bootloader. */
export const slimBootloader: LineFormat = {
  name: 'slim-bootloader',
  title: 'Slim Bootloader mtrr -v and PrintMtrr',
  hint: /\bmtrr(?: -v)?\s*$|MTRRs\.{0,16}: (?:En|Dis)abled|Default\.{2,16}: |Variable MTRRs|^[\s>]*\[0x[0-9a-f]{9,16}-0x|IA32_MTRR_PHYS(?:BASE|MASK)_\d/,
  open: (context) => new SlimBootloaderReader(context),
};
