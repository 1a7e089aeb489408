/** U-Boot's `mtrr`, a table of the variable ranges of a CPU, and its `msr read` (cmd/x86/mtrr.c, cmd/x86/msr.c). */
import { MASK_V, MOST_VARIABLE_RANGES, physMask } from '../../msr/index.ts';
import { UC, WB, WC, WP, WT } from '../../types.ts';
import { Draft, MOST_CPUS, type RegisterOptions } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerMaskedRange } from './masked-range.ts';
import { registerRaw } from './register-line.ts';

const CPU = /^CPU (\d{1,4}):$/;
const HEADER = /^Reg Valid Write-type\s{1,8}Base\s{1,4}\|\|\s{1,16}Mask\s{1,4}\|\|\s{1,16}Size\s{1,4}\|\|$/;
const WIDE = '([0-9a-f]{16})';
const ROW = new RegExp(
  `^(\\d{1,2})\\s{1,4}([YN])\\s{1,8}(Uncacheable|Combine|Through|Protect|Back|2|3)\\s{1,16}${WIDE} ${WIDE} ${WIDE}$`,
);
/** The heading's first words, where a mail program put the others on the next line. */
const HEADER_START = /^Reg Valid\b/;
const ROW_START = /^(\d{1,2})\s{1,4}[YN]\b/;
const TYPED_START = /^(\d{1,2})\s{1,4}[YN]\s{1,8}[UCTPB23]/;
const READ = /^=> ?msr read (?:0x)?([0-9a-f]{1,8})$/i;
const VALUE = /^([0-9a-f]{8}) ([0-9a-f]{8})$/;
const TYPES: Readonly<Record<string, number>> = {
  Uncacheable: UC,
  Combine: WC,
  Through: WT,
  Protect: WP,
  Back: WB,
};
/** Lines from one row to the next, where each is cut into several. */
const NEAR = 8;
/** Variable ranges that CPUs have: a table that ends with one of these is likely whole. */
const USUAL_COUNTS: readonly number[] = [8, 10];

class UBootReader implements LineReader {
  readonly #draft: Draft;
  #options: RegisterOptions = {};
  #heading: { readonly line: number; readonly cpu: number } | undefined;
  /** The last line of a table that may go on. */
  #table: { readonly line: number; readonly count: number; readonly isOn: boolean } | undefined;
  /** CPUs whose table the present block shows. */
  readonly #shown = new Set<number | undefined>();
  #asked: { readonly line: number; readonly msr: number } | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  get awaits(): boolean {
    return this.#asked !== undefined;
  }

  read(line: Line): Claim {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked && line.number <= asked.line + NEAR && this.#readValue(line, asked.msr)) return true;
    const cpu = CPU.exec(line.text)?.[1];
    // Other tools have such headings too: it is this one's if a table follows.
    if (cpu !== undefined) this.#heading = { line: line.number, cpu: Number(cpu) };
    return this.#readHeading(line) || this.#readRow(line);
  }

  #readHeading({ text, number }: Line): Claim {
    if (HEADER.test(text)) {
      this.#options = this.#ownerAt(number);
      // The command again, after a change.
      if (this.#shown.has(this.#options.cpu)) {
        this.#draft.startBlock();
        this.#shown.clear();
      }
      this.#table = { line: number, count: 0, isOn: true };
      return true;
    }
    const msr = READ.exec(text)?.[1];
    if (msr === undefined) return HEADER_START.test(text) ? 'more' : false;
    this.#asked = { line: number, msr: Number.parseInt(msr, 16) };
    return true;
  }

  /** The CPU whose heading stands above. */
  #ownerAt(number: number): RegisterOptions {
    const heading = this.#heading;
    const isOwn = heading && number - heading.line <= NEAR && heading.cpu < MOST_CPUS;
    return isOwn ? { cpu: heading.cpu } : {};
  }

  #readValue({ text, number }: Line, msr: number): boolean {
    const value = VALUE.exec(text);
    if (!value) return false;
    registerRaw(this.#draft, number, msr, (hexOf(value[1]) << 32n) | hexOf(value[2]));
    return true;
  }

  #readRow({ text, number }: Line): Claim {
    const isNear = this.#table !== undefined && number - this.#table.line <= NEAR;
    const row = ROW.exec(text);
    if (!row) return (isNear ? ROW_START : TYPED_START).test(text) ? 'more' : false;
    const [, index, valid, word, base, mask] = row;
    const isOn = valid === 'Y';
    const n = Number(index);
    if (!isNear) this.#options = this.#ownerAt(number);
    this.#table = { line: number, count: n + 1, isOn };
    this.#shown.add(this.#options.cpu);
    this.#sayWhatIsSilent(number);
    if (isOn) {
      const range = { base: hexOf(base), mask: hexOf(mask), type: TYPES[word!] };
      registerMaskedRange(this.#draft, number, n, range, this.#options);
    } else if (n < MOST_VARIABLE_RANGES) {
      this.#draft.register(number, physMask(n), 0n, { ...this.#options, known: MASK_V });
    }
    this.#draft.variableCount(number, Math.min(n + 1, MOST_VARIABLE_RANGES));
    return true;
  }

  #sayWhatIsSilent(line: number): void {
    this.#draft.silent(line, 'default-type', "U-Boot's mtrr does not print it");
    this.#draft.silent(line, 'fixed-ranges', "U-Boot's mtrr does not print them");
  }

  /** A row that began and did not go on. */
  torn({ text, number }: Line): void {
    const index = ROW_START.exec(text)?.[1];
    if (index === undefined) return;
    this.#draft.at(number).torn('variable-ranges', `variable range ${index}: its line breaks off`);
  }

  finish(last: number): Facts {
    const table = this.#table;
    if (table?.line === last && table.isOn && !USUAL_COUNTS.includes(table.count)) {
      const { line, count } = table;
      const what =
        count === 0
          ? 'no line stands under "Reg Valid Write-type", where one for each range belongs'
          : `the text ends with variable range ${count - 1}, which is on: further ones may be missing`;
      this.#draft.at(line).torn('variable-ranges', what, count === 0);
    }
    return this.#draft.finish('u-boot', 'table');
  }
}

/** U-Boot. */
export const uBoot: LineFormat = {
  name: 'u-boot',
  title: 'U-Boot mtrr and msr read',
  hint: /Reg Valid\b|^[\s>]*\d{1,2}\s{1,4}[YN]\s|CPU \d{1,4}:|msr read |^[\s>]*[0-9a-f]{8} [0-9a-f]{8}\s*$/,
  open: (context) => new UBootReader(context),
};
