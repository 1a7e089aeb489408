/**
 * WinDbg: `!mtrr`, fixed ranges four a row, variable ranges with base, mask and length as hi:lo; and `rdmsr`, a
 * register a line.
 */
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  MASK_V,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  physMask,
} from '../../msr/index.ts';
import { idsText } from '../../words.ts';
import { Draft, keptCpu, type RegisterOptions } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf, typeOfWord } from '../words.ts';
import { registerMaskedRange } from './masked-range.ts';
import { registerRaw } from './register-line.ts';

const COMMAND = /^(?:(\d{1,4}): )?[kl]*d?> ?!mtrr\b/i;
const READ = /^(?:(\d{1,4}): )?[kl]*d> ?rdmsr (?:0x)?[0-9a-f`]{1,17}$/i;
const VALUE = /^msr\[([0-9a-f]{1,8})\] = ([0-9a-f]{8})`([0-9a-f]{8})$/i;
const HEADER =
  /^MTRR:([^,]{0,24})\bVar (\d{1,3}), ?Fixed-([^,]{0,24}),([^:]{0,40})Default: ?(UC|WC|WT|WP|WB)$/i;
const FIXED_ROW = /^(?:(?:UC|WC|WT|WP|WB|\?\?):[0-9a-f]{5}-[0-9a-f]{5}\s{0,4}){1,8}$/i;
const FIXED = /(UC|WC|WT|WP|WB|\?\?):([0-9a-f]{5})-([0-9a-f]{5})/gi;
const WIDE = '([0-9a-f]{8})[:`]([0-9a-f]{8})';
const VARIABLE = new RegExp(
  `^(\\d{1,3})\\.\\s{1,8}(UC|WC|WT|WP|WB): ?${WIDE}\\s{1,8}${WIDE}(?:\\s{1,8}${WIDE})?$`,
  'i',
);
const EMPTY = /^\d{1,3}\.$/;
const INCONSISTENT = /^KiInitializeMTRR: (MTRR_\w{1,40}) is not consistent between processors\.?$/;
const NEAR = 64;

/** The rows of one `!mtrr`. */
interface Listing {
  /** Variable ranges that its header announces; a row each, of which some are empty. */
  readonly announced: number;
  readonly rows: Set<number>;
  /** Its last line so far. */
  last: number;
}

class WindbgReader implements LineReader {
  readonly #draft: Draft;
  #listing: Listing | undefined;
  /** The first row of a listing whose header is missing. */
  #headless: number | undefined;
  #options: RegisterOptions = {};
  #last = Number.NEGATIVE_INFINITY;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read(line: Line): Claim {
    const claimed =
      this.#readValue(line) ||
      this.#readHeader(line) ||
      this.#readFixed(line) ||
      this.#readVariable(line) ||
      this.#readComplaint(line);
    if (!claimed) return false;
    this.#last = line.number;
    if (this.#listing) this.#listing.last = line.number;
    return true;
  }

  /** What of a listing is not there was cut off. */
  #closeListing(): void {
    if (this.#headless !== undefined) {
      const what = 'the default type: the line of !mtrr that tells it is missing';
      this.#draft.at(this.#headless).torn('default-type', what);
      this.#headless = undefined;
    }
    if (!this.#listing) return;
    const { announced, rows, last } = this.#listing;
    this.#listing = undefined;
    const missing = Array.from({ length: announced }, (_, index) => index).filter(
      (index) => !rows.has(index),
    );
    if (missing.length === 0) return;
    const which = missing.length === 1 ? `range ${missing[0]} is` : `ranges ${idsText(missing)} are`;
    const what = `variable ${which} missing from !mtrr, which announces ${announced}`;
    this.#draft.at(last).torn('variable-ranges', what, rows.size === 0);
  }

  #readValue({ text, number }: Line): boolean {
    const value = VALUE.exec(text);
    if (!value) return false;
    const msr = Number.parseInt(value[1]!, 16);
    registerRaw(this.#draft, number, msr, (hexOf(value[2]) << 32n) | hexOf(value[3]), this.#options);
    return true;
  }

  /** Windows itself says at boot which registers differ. */
  #readComplaint({ text, number }: Line): boolean {
    const which = INCONSISTENT.exec(text)?.[1];
    if (which === undefined) return false;
    const group = /DEFAULT/.test(which) ? 'MTRRdefType' : /FIX/.test(which) ? 'fixed MTRR' : 'variable MTRR';
    const complaint = `Windows found CPUs with different ${which}`;
    this.#draft.at(number).complain({
      kind: 'cpus-inconsistent',
      severity: 'MEDIUM',
      text: complaint,
      remedy: '!mtrr on each processor (eptsweep capture windbg) shows which CPUs and how',
      group,
    });
    this.#draft.say('warning', number, complaint);
    return true;
  }

  #readHeader({ text, number }: Line): boolean {
    const command = COMMAND.exec(text) ?? READ.exec(text);
    if (command) {
      this.#closeListing();
      const [, named] = command;
      const cpu = keptCpu(named === undefined ? undefined : Number(named));
      this.#options = cpu === undefined ? {} : { cpu, label: `processor ${cpu}` };
      return true;
    }
    const header = HEADER.exec(text);
    if (!header) return false;
    const [, state, count, fixed, , word] = header;
    this.#closeListing();
    if (this.#draft.registerSoFar(MSR_DEF_TYPE, this.#options.cpu)) this.#draft.startBlock();
    const enabled = /disabled/i.test(state!) ? 0n : DEF_TYPE_E;
    const fixedEnabled = /enabled/i.test(fixed!) ? DEF_TYPE_FE : 0n;
    const value = BigInt(typeOfWord(word!)!) | enabled | fixedEnabled;
    this.#draft.register(number, MSR_DEF_TYPE, value, this.#options);
    const announced = Math.min(Number(count), MOST_VARIABLE_RANGES);
    this.#draft.variableCount(number, announced);
    this.#listing = { announced, rows: new Set(), last: number };
    return true;
  }

  #row(number: number, variable?: number): void {
    if (!this.#listing) this.#headless ??= number;
    else if (variable !== undefined) this.#listing.rows.add(variable);
  }

  #readFixed({ text, number }: Line): boolean {
    if (!FIXED_ROW.test(text)) return false;
    this.#row(number);
    for (const [, word, start, end] of text.matchAll(FIXED)) {
      const type = typeOfWord(word!);
      if (type === undefined) this.#draft.say('warning', number, `${start}-${end}: reserved type`);
      else {
        this.#draft.fixedRange(
          number,
          Number.parseInt(start!, 16),
          Number.parseInt(end!, 16),
          type,
          this.#options,
        );
      }
    }
    return true;
  }

  #readVariable({ text, number }: Line): boolean {
    const isNear = number - this.#last <= NEAR;
    if (isNear && /^Variable:\s{1,40}Base\s{1,40}Mask/.test(text)) return true;
    const empty = isNear && EMPTY.test(text);
    if (empty) {
      const n = Number.parseInt(text, 10);
      this.#row(number, n);
      if (n < MOST_VARIABLE_RANGES) {
        this.#draft.register(number, physMask(n), 0n, { ...this.#options, known: MASK_V });
      }
      return true;
    }
    const variable = VARIABLE.exec(text);
    if (!variable) return false;
    const [, index, word, baseHigh, baseLow, maskHigh, maskLow, length] = variable;
    // With its length a range is told whatever stands around it.
    if (!isNear && length === undefined) return false;
    const base = (hexOf(baseHigh) << 32n) | hexOf(baseLow);
    const mask = (hexOf(maskHigh) << 32n) | hexOf(maskLow);
    const range = { base, mask, type: typeOfWord(word!) };
    this.#row(number, Number(index));
    registerMaskedRange(this.#draft, number, Number(index), range, this.#options);
    return true;
  }

  finish(): Facts {
    this.#closeListing();
    return this.#draft.finish('windbg', '!mtrr listing');
  }
}

/** WinDbg. */
export const windbg: LineFormat = {
  name: 'windbg',
  title: 'WinDbg !mtrr and rdmsr',
  hint: /MTRR:|KiInitializeMTRR|d> ?rdmsr |msr\[|![Mm][Tt][Rr][Rr]|(?:[UWuw][CTPBctpb]|\?\?):[0-9a-fA-F]{5}-|^[\s>]*\d{1,3}\.(?:\s|$)|Variable:/,
  open: (context) => new WindbgReader(context),
};
