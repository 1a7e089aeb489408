/** HyperDbg: the range list that it and the hypervisors that share its code log, whose ends are inclusive; and `rdmsr`. */
import { Draft, keptCpu } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';
import { isReservedType, registerSizedRange } from './sized-range.ts';

const RANGE = /\bMTRR Range: Base=0x([0-9a-f]{1,16}) End=0x([0-9a-f]{1,16}) Type=0x([0-9a-f]{1,2})$/i;
/** `rdmsr` of the debugger, on each core. */
const REGISTER = /^core : 0x([0-9a-f]{1,4}) - msr\[([0-9a-f]{1,8})\] = ([0-9a-f]{8})`([0-9a-f]{8})$/i;
const TOTAL = /\bTotal MTRR Ranges Committed: ?\d{1,4}$/i;

class HyperdbgReader implements LineReader {
  readonly #draft: Draft;
  #count = 0;
  #closed = false;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    if (TOTAL.test(text)) {
      this.#closed = true;
      return true;
    }
    const range = RANGE.exec(text);
    if (!range) return this.#readRegister(text, number);
    if (this.#closed) {
      this.#draft.startBlock();
      this.#count = 0;
      this.#closed = false;
    }
    const start = hexOf(range[1]);
    const end = hexOf(range[2]);
    const type = Number.parseInt(range[3]!, 16);
    if (!isReservedType(type)) this.#draft.mapped(number, 'hyperdbg', start, end, type);
    if (this.#count === 0) {
      this.#draft.silent(number, 'default-type', 'the list does not show it');
      this.#draft.silent(number, 'fixed-ranges', 'the list does not show them');
      this.#draft.say('note', number, 'the list does not number its ranges: they are counted from 0');
    }
    registerSizedRange(this.#draft, number, this.#count++, { base: start, size: end - start + 1n, type });
    return true;
  }

  #readRegister(text: string, line: number): boolean {
    const register = REGISTER.exec(text);
    if (!register) return false;
    const [, core, msr, high, low] = register;
    const cpu = Number.parseInt(core!, 16);
    const value = (hexOf(high) << 32n) | hexOf(low);
    registerRaw(this.#draft, line, Number.parseInt(msr!, 16), value, {
      cpu: keptCpu(cpu),
      label: `core ${cpu}`,
    });
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('hyperdbg', 'list');
  }
}

/** HyperDbg. */
export const hyperdbg: LineFormat = {
  name: 'hyperdbg',
  title: 'HyperDbg MTRR range list and rdmsr',
  hint: /MTRR Range: Base=|MTRR Ranges Committed|core : 0x/,
  open: (context) => new HyperdbgReader(context),
};
