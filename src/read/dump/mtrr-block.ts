/**
 * The MTRR block of kernel logs: Linux before 6.5 (later with `mtrr=debug`) and Xen print the same lines,
 * one in upper case hex, the other in lower case (Linux arch/x86/kernel/cpu/mtrr/generic.c,
 * `print_mtrr_state`).
 */
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  MASK_V,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  physMask,
  SYSCFG_TOM2,
  SYSCFG_TOM2_ENABLE,
} from '../../msr/index.ts';
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import type { Claim } from '../reader.ts';
import { bitLength, hexOf, TYPE_PATTERN, typeOfWord } from '../words.ts';
import { registerMaskedRange } from './masked-range.ts';
import { BlockLines } from './mtrr-block-lines.ts';

const HEX = '([0-9A-Fa-f]{6,16})';
const TYPE = `(${TYPE_PATTERN}|\\?)`;
const DEFAULT_TYPE = new RegExp(`^MTRR default type: ${TYPE}$`);
const FIXED_HEADER = /^MTRR fixed ranges (en|dis)abled:?$/;
const VARIABLE_HEADER = /^MTRR variable ranges (en|dis)abled:?$/;
const FIXED_RANGE = new RegExp(`^([0-9A-Fa-f]{5})-([0-9A-Fa-f]{5}) ${TYPE}$`);
const VARIABLE = new RegExp(`^(?:MTRR )?(\\d{1,3}) base ${HEX} mask ${HEX} ${TYPE}$`);
/** A kernel that was patched to print the end instead of the base alone. */
const VARIABLE_RANGE = new RegExp(`^(?:MTRR )?(\\d{1,3}) \\[${HEX}-${HEX}\\] mask ${HEX} ${TYPE}$`);
/** What begins as such a line does and is none: cut, wrapped or damaged. */
const VARIABLE_START = /^(?:MTRR )?(\d{1,3}) base\b/;
const FIXED_START = /^[0-9A-Fa-f]{5}-[0-9A-Fa-f]{5} (?:w|u|\?)[a-z-]{0,16}$/;
const DISABLED = /^(?:MTRR )?(\d{1,3}) disabled$/;
const TOM2 = /^TOM2: ([0-9a-f]{8,16})(?: aka \d{1,12}M)?( \(WB\))?$/;
const SWITCHED_OFF = /^(?:x86\/)?(?:mtrr: |MTRR: )?Disabled$/;

/** What Linux prints directly behind the block: of the PAT, of mtrr_cleanup, of RAM that the MTRRs leave out (`mtrr_bp_init`). */
const NEXT = /^(?:TOM2: |x86\/PAT: |x86 PAT |original variable MTRRs|total RAM covered|e820: |last_pfn = )/;
/** So many lines of a boot that no reader of memory types wants: nobody picked the lines by what they say. */
const UNPICKED = 8;

/** How many lines `N disabled` may stand from the last line of its block, other messages in between. */
const NEAR = 64;

/** Reads one such block into a draft. Make a new one for each boot. */
export class MtrrBlock {
  readonly #draft: Draft;
  readonly #xen: boolean;
  #lastLine = Number.NEGATIVE_INFINITY;
  #hasDefaultType = false;
  /** What the heading of the fixed ranges says. */
  #areFixedOn: boolean | undefined;
  #hasVariableHeader = false;
  readonly #lines: BlockLines;
  readonly #firstLine: number;
  #offered = 0;

  /** @param firstLine - of the boot */
  constructor(draft: Draft, xen: boolean, firstLine = 1) {
    this.#draft = draft;
    this.#xen = xen;
    this.#firstLine = firstLine;
    this.#lines = new BlockLines(draft);
  }

  /** Whether the line starts another block though this one has started already: a boot without a banner. */
  isRestartedBy(line: Line): boolean {
    return this.#hasDefaultType && DEFAULT_TYPE.test(line.text);
  }

  read(line: Line): Claim {
    this.#offered++;
    const isNext = line.number === this.#lastLine + 1 && NEXT.test(line.text);
    if (isNext && line.number - this.#firstLine + 1 - this.#offered >= UNPICKED)
      this.#lines.endsBefore(line.number);
    const claim = this.#readHeader(line) || this.#readRange(line) || this.#readRest(line);
    if (claim === true) this.#lastLine = line.number;
    return claim;
  }

  #readHeader({ text, number }: Line): boolean {
    const type = DEFAULT_TYPE.exec(text)?.[1];
    if (type !== undefined) {
      this.#hasDefaultType = true;
      this.#lines.head(number);
      const value = typeOfWord(type);
      if (value === undefined) this.#draft.say('warning', number, 'default type "?": a reserved encoding');
      else this.#draft.register(number, MSR_DEF_TYPE, BigInt(value), { known: 0xffn });
      return true;
    }
    const fixed = FIXED_HEADER.exec(text)?.[1];
    if (fixed !== undefined) {
      this.#areFixedOn = fixed === 'en';
      if (this.#areFixedOn) {
        this.#lines.fixedHeader(number);
        this.#draft.register(number, MSR_DEF_TYPE, DEF_TYPE_FE, { known: DEF_TYPE_FE });
      } else this.#lines.head(number);
      return true;
    }
    const variable = VARIABLE_HEADER.exec(text)?.[1];
    if (variable === undefined) return false;
    this.#hasVariableHeader = true;
    const enabled = variable === 'en';
    this.#lines.variableHeader(number, enabled);
    this.#draft.register(number, MSR_DEF_TYPE, enabled ? DEF_TYPE_E : 0n, { known: DEF_TYPE_E });
    // Newer kernels print "fixed ... disabled" for E=0 whatever FE is, so FE=0 is certain with E=1 only; no
    // fixed lines after a default type mean that the CPU has no fixed ranges.
    const withoutFixed = this.#areFixedOn === undefined && this.#hasDefaultType;
    if (withoutFixed || (this.#areFixedOn === false && enabled)) {
      this.#draft.register(number, MSR_DEF_TYPE, 0n, { known: DEF_TYPE_FE });
    }
    return true;
  }

  #readRange({ text, number }: Line): Claim {
    const fixed = FIXED_RANGE.exec(text);
    if (fixed) {
      const [, start, end, word] = fixed;
      const type = typeOfWord(word!);
      this.#lines.fixed(number, Number.parseInt(start!, 16), Number.parseInt(end!, 16));
      if (type === undefined) this.#draft.say('warning', number, `${start}-${end}: reserved type`);
      else this.#draft.fixedRange(number, Number.parseInt(start!, 16), Number.parseInt(end!, 16), type);
      return true;
    }
    const variable = VARIABLE.exec(text);
    if (variable) return this.#variable(number, variable[1]!, variable[2]!, variable[3]!, variable[4]!);
    const ranged = VARIABLE_RANGE.exec(text);
    if (ranged) return this.#variable(number, ranged[1]!, ranged[2]!, ranged[4]!, ranged[5]!);
    const isNear = number - this.#lastLine <= NEAR;
    return VARIABLE_START.test(text) || (isNear && FIXED_START.test(text)) ? 'more' : false;
  }

  #variable(line: number, index: string, base: string, mask: string, word: string): boolean {
    const n = Number(index);
    const maskValue = hexOf(mask);
    this.#lines.variable(line, n, true);
    const range = { base: hexOf(base), mask: maskValue, type: typeOfWord(word) };
    if (!registerMaskedRange(this.#draft, line, n, range)) return true;
    this.#draft.variableCount(line, n + 1);
    if (maskValue !== 0n && bitLength(maskValue) <= 32 && mask.length > 8) {
      this.#draft.say(
        'warning',
        line,
        `the masks reach bit ${bitLength(maskValue) - 1} only: if the CPU has more address bits the ranges repeat ` +
          'above; state them with --phys-bits',
      );
    }
    return true;
  }

  #readRest({ text, number }: Line): boolean {
    const near = number - this.#lastLine <= NEAR;
    const disabled = near ? DISABLED.exec(text) : null;
    if (disabled) {
      const n = Number(disabled[1]);
      if (n >= MOST_VARIABLE_RANGES) return true;
      this.#lines.variable(number, n, false);
      this.#draft.register(number, physMask(n), 0n, { known: MASK_V });
      this.#draft.variableCount(number, n + 1);
      return true;
    }
    const tom2 = TOM2.exec(text);
    if (tom2) {
      // Linux prints the line only if SYSCFG has both bits set, Xen if TOM2 is enabled at all.
      const forced = !this.#xen || tom2[2] !== undefined;
      this.#draft.register(number, MSR_TOP_MEM2, hexOf(tom2[1]));
      this.#draft.register(number, MSR_SYSCFG, forced ? SYSCFG_TOM2 : SYSCFG_TOM2_ENABLE, {
        known: SYSCFG_TOM2,
      });
      this.#draft.say(
        'note',
        number,
        forced
          ? 'the TOM2 line stands for SYSCFG with MtrrTom2En and Tom2ForceMemTypeWB: RAM from 4 GiB to it is WB'
          : 'TOM2 without "(WB)": SYSCFG has MtrrTom2En alone',
      );
      return true;
    }
    if (near && this.#hasVariableHeader && SWITCHED_OFF.test(text)) {
      this.#draft.say('note', number, 'the kernel says that the MTRRs are disabled');
      return true;
    }
    return false;
  }

  /** A line that began as a range and did not go on. */
  torn({ text, number }: Line): void {
    const index = VARIABLE_START.exec(text)?.[1];
    if (index !== undefined) this.#lines.broken(number, Number(index));
    else if (FIXED_START.test(text))
      this.#draft.at(number).torn('fixed-ranges', `the fixed range of "${text}"`);
  }

  /**
   * States what is missing from the block.
   *
   * @param last - the text's last line, where it ends with this block's boot
   */
  finish(last: number | undefined): void {
    this.#lines.finish(last);
  }
}
