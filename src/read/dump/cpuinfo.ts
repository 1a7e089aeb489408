/** Physical address bits where a tool states them: /proc/cpuinfo and lscpu. */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';

const SIZES = /^address sizes\s{0,12}: ?\s{0,12}(\d{1,2}) bits physical, \d{1,2} bits virtual$/i;

const VENDOR = /^vendor[_ ]id\s{0,12}: ?\s{0,30}(AuthenticAMD|GenuineIntel)$/i;

class CpuinfoReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const vendor = VENDOR.exec(text)?.[1];
    if (vendor !== undefined) {
      this.#draft.at(number).vendor(vendor === 'AuthenticAMD' ? 'amd' : 'intel');
      return true;
    }
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
  hint: /[Aa]ddress sizes|[Vv]endor[_ ][Ii][Dd]/,
  open: (context) => new CpuinfoReader(context),
};
