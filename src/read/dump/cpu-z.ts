/** CPU-Z's report: registers of each thread, the upper half before the lower. */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { Draft, MOST_CPUS } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';

const HALF = '0x([0-9a-f]{8})';
const REGISTER = new RegExp(`^MSR ${HALF}\\s{1,16}(?:edx = )?${HALF}\\s{1,16}(?:eax = )?${HALF}$`, 'i');
const THREAD = /^CPU Thread (\d{1,4})$/i;

class CpuZReader implements LineReader {
  readonly #draft: Draft;
  #cpu: number | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const thread = THREAD.exec(text)?.[1];
    if (thread !== undefined) {
      this.#cpu = Number(thread) < MOST_CPUS ? Number(thread) : undefined;
      return true;
    }
    const register = REGISTER.exec(text);
    if (!register) return false;
    const msr = Number.parseInt(register[1]!, 16);
    const value = (hexOf(register[2]) << 32n) | hexOf(register[3]);
    if (isMemoryTypeMsr(msr)) registerRaw(this.#draft, number, msr, value, { cpu: this.#cpu });
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('cpu-z', 'report');
  }
}

/** CPU-Z. */
export const cpuZ: LineFormat = {
  name: 'cpu-z',
  title: "CPU-Z's report (MSR 0x...)",
  hint: /MSR 0x[0-9A-Fa-f]{8}\s|CPU Thread \d/,
  open: (context) => new CpuZReader(context),
};
