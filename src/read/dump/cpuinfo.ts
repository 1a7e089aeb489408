/** Physical address bits where a tool states them: /proc/cpuinfo and lscpu. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';

const SIZES = /^address sizes\s{0,12}: ?\s{0,12}(\d{1,2}) bits physical, \d{1,2} bits virtual$/i;

class CpuinfoReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const bits = SIZES.exec(text)?.[1];
    if (bits === undefined) return false;
    this.#draft.width(number, Number(bits), 'stated', 'address sizes');
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('cpuinfo', 'listing');
  }
}

/** /proc/cpuinfo, lscpu. */
export const cpuinfo: LineFormat = {
  name: 'cpuinfo',
  title: '/proc/cpuinfo or lscpu (address sizes)',
  hint: /[Aa]ddress sizes/,
  open: (context) => new CpuinfoReader(context),
};
