/** x86info's `MTRR registers:`: names with numbers, some without parentheses; unreadable ones have no value. */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';

const REGISTER = /^MTRR[A-Za-z0-9_]{2,20} \(?0x([0-9a-f]{1,4})\)?: 0x([0-9a-f]{1,16})(?![0-9A-Za-z])/;
const UNREADABLE = /^MTRR[A-Za-z0-9_]{2,20} \(?0x[0-9a-f]{1,4}\)?:(?:$| MTRR)/;
const HEADING = /^MTRR registers:$/;
const CPU = /^CPU #(\d{1,4})$/;

class X86infoReader implements LineReader {
  readonly #draft: Draft;
  #cpu: number | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const register = REGISTER.exec(text);
    if (register) {
      const msr = Number.parseInt(register[1]!, 16);
      if (!isMemoryTypeMsr(msr)) return false;
      registerRaw(this.#draft, number, msr, hexOf(register[2]), { cpu: this.#cpu });
      this.#draft.silent(number, 'fixed-ranges', 'x86info leaves out 0x268');
      return true;
    }
    if (UNREADABLE.test(text)) {
      this.#draft.say('warning', number, 'x86info could not read MSRs: run it as root after "modprobe msr"');
      return true;
    }
    if (HEADING.test(text)) {
      if (this.#cpu === undefined && this.#draft.used) this.#draft.startBlock();
      return true;
    }
    const cpu = CPU.exec(text)?.[1];
    if (cpu === undefined) return false;
    // x86info counts from 1.
    this.#cpu = Math.max(0, Number(cpu) - 1);
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('x86info', 'dump');
  }
}

/** x86info. */
export const x86info: LineFormat = {
  name: 'x86info',
  title: 'x86info -mtrr',
  hint: /MTRR[A-Za-z0-9_]{2,20} \(?0x|MTRR registers:|CPU #/,
  open: (context) => new X86infoReader(context),
};
