/** Dumps that give each register the set of its values over all cores: `PAT, 0x277, {'7040600070406'}`. */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { hexText } from '../../words.ts';
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hex } from '../words.ts';
import { registerRaw } from './register-line.ts';

const ROW = /^[A-Za-z0-9_ ]{1,40}, ?0x([0-9a-f]{1,8}), ?\{([^{}]{0,2000})\}$/i;
const HEADING = /^Name, ?address, ?set\(values\)$/i;

class MsrSetReader implements LineReader {
  readonly #draft: Draft;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    if (HEADING.test(text)) {
      if (this.#draft.used) this.#draft.startBlock();
      return true;
    }
    const row = ROW.exec(text);
    if (!row) return false;
    const msr = Number.parseInt(row[1]!, 16);
    const values = row[2]!
      .split(',')
      .map((word) => hex(word.trim().replace(/^['"]|['"]$/g, '')))
      .filter((value) => value !== undefined);
    const [first, ...others] = values;
    if (first === undefined) return true;
    if (others.length > 0 && isMemoryTypeMsr(msr)) {
      const list = values.map(hexText).join(', ');
      const differs = `MSR ${hexText(msr)} differs over the cores (${list})`;
      this.#draft.say('warning', number, `${differs}; the set does not say which core has which`);
      this.#draft.silent(number, 'which-cpu', `${differs}: the first value is taken for all`);
    }
    registerRaw(this.#draft, number, msr, first);
    return true;
  }

  finish(): Facts {
    return this.#draft.finish('msr-set', 'dump');
  }
}

/** Sets of values over cores. */
export const msrSet: LineFormat = {
  name: 'msr-set',
  title: "MSR dump with sets over cores (Name, 0xMSR, {'value'})",
  hint: /, ?\{['"]|set\(values\)/,
  open: (context) => new MsrSetReader(context),
};
