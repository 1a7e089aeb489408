/** The MTRR record of a Xen guest, as `xen-hvmctx DOMID` prints it: an entry a vCPU. */
import {
  FIXED_REGISTERS,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  physBase,
  physMask,
} from '../../msr/index.ts';
import { plural } from '../../words.ts';
import { Draft, MOST_CPUS, type RegisterOptions } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';

const VALUE = '(?:0x)?([0-9a-f]{1,16})';
const ENTRY = /^Entry \d{1,6}: type \d{1,6} instance (\d{1,6}), length \d{1,9}/;
const STATE = new RegExp(`^MTRR: PAT ${VALUE}, cap ${VALUE}, default ${VALUE}$`);
const WIDE = '0x([0-9a-f]{16})';
/** Of the CPU's own entry. */
const CR0 = new RegExp(`^cr0 ${WIDE}\\s+cr2 `);
/** What begins as a register does and is none: cut, wrapped or damaged. */
const REGISTER_START = /^(?:var|fixed) \d{1,3} 0x/;
const VARIABLE = new RegExp(`^var (\\d{1,3}) ${WIDE} ${WIDE}$`);
const FIXED = new RegExp(`^fixed (\\d{2}) ${WIDE}$`);

class XenHvmctxReader implements LineReader {
  readonly #draft: Draft;
  #options: RegisterOptions = {};
  /** The entry that is being read: its variable ranges that are to come, and its last line. */
  #open: { left: number; line: number } | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const instance = ENTRY.exec(text)?.[1];
    if (instance !== undefined) {
      this.#close();
      const cpu = Number(instance);
      this.#options = cpu < MOST_CPUS ? { cpu, label: `vcpu ${cpu}` } : {};
      return true;
    }
    const cr0 = CR0.exec(text)?.[1];
    if (cr0 !== undefined && this.#options.cpu !== undefined) {
      this.#draft.cr0(number, this.#options.cpu, hexOf(cr0));
      return true;
    }
    const state = STATE.exec(text);
    if (state) {
      this.#draft.at(number).platform('guest', 'Xen (xen-hvmctx)');
      this.#open = { left: Number(hexOf(state[2]) & 0xffn), line: number };
      this.#put(number, MSR_PAT, state[1]);
      this.#put(number, MSR_MTRRCAP, state[2]);
      this.#put(number, MSR_DEF_TYPE, state[3]);
      return true;
    }
    return this.#readRange(number, text);
  }

  #readRange(line: number, text: string): Claim {
    const variable = VARIABLE.exec(text);
    if (variable) {
      const index = Number(variable[1]);
      if (this.#open) this.#open = { left: this.#open.left - 1, line };
      if (index >= MOST_VARIABLE_RANGES) return true;
      this.#put(line, physBase(index), variable[2]);
      this.#put(line, physMask(index), variable[3]);
      return true;
    }
    const fixed = FIXED.exec(text);
    if (!fixed) return REGISTER_START.test(text) ? 'more' : false;
    const register = FIXED_REGISTERS[Number(fixed[1])];
    if (register) this.#put(line, register.msr, fixed[2]);
    return true;
  }

  #put(line: number, msr: number, digits: string | undefined): void {
    registerRaw(this.#draft, line, msr, hexOf(digits), this.#options);
  }

  /** Each entry gives every variable range that its capability names, used or not. */
  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open || open.left <= 0) return;
    const what = `${plural(open.left, 'variable range')} of the entry missing`;
    this.#draft.at(open.line).torn('variable-ranges', what);
  }

  torn({ text, number }: Line): void {
    const subject = text.startsWith('var') ? 'variable-ranges' : 'fixed-ranges';
    this.#draft.at(number).torn(subject, `"${text.slice(0, 12)}": its line breaks off`);
  }

  finish(): Facts {
    this.#close();
    return this.#draft.finish('xen-hvmctx');
  }
}

/** xen-hvmctx. */
export const xenHvmctx: LineFormat = {
  name: 'xen-hvmctx',
  title: "A Xen guest's saved state (xen-hvmctx)",
  hint: /Entry \d{1,6}: type|MTRR: PAT |\bcr0 0x[0-9a-f]{16}\s|\bvar \d{1,3} (?:0x)?[0-9a-f]{4}|\bfixed \d\d (?:0x)?[0-9a-f]{4}/,
  open: (context) => new XenHvmctxReader(context),
};
