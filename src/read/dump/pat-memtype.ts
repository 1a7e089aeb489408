/**
 * Linux's `/sys/kernel/debug/x86/pat_memtype_list`: the types that its mappings asked for. They are no registers;
 * a text that has nothing else is told what to bring.
 */
import { Draft } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';

const HEADING = /^PAT memtype list:$/;
const TYPE = '(uncached(?:-minus)?|write-(?:back|combining|through|protected))';
const MODERN = new RegExp(`^PAT: \\[mem 0x[0-9a-f]{1,16}-0x[0-9a-f]{1,17}\\] ${TYPE}$`);
const OLD = new RegExp(`^${TYPE} @ 0x[0-9a-f]{1,16}-0x[0-9a-f]{1,17}$`);

class PatMemtypeReader implements LineReader {
  readonly #draft: Draft;
  readonly #counts = new Map<string, number>();
  #first: number | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  read({ text, number }: Line): Claim {
    const type = (MODERN.exec(text) ?? OLD.exec(text))?.[1];
    if (type === undefined && !HEADING.test(text)) return false;
    this.#first ??= number;
    if (type !== undefined) this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    return true;
  }

  finish(): Facts {
    if (this.#first !== undefined) {
      const counts = [...this.#counts].map(([type, count]) => `${count} ${type}`).join(', ');
      const text =
        `pat_memtype_list has the types that Linux asked for its mappings (${counts || 'none'}), not the MTRRs: ` +
        'bring /proc/mtrr or rdmsr output for those ("eptsweep capture" prints the commands)';
      this.#draft.say('note', this.#first, text);
    }
    return this.#draft.finish('pat-memtype');
  }
}

/** pat_memtype_list. */
export const patMemtype: LineFormat = {
  name: 'pat-memtype',
  title: '/sys/kernel/debug/x86/pat_memtype_list (told apart; no registers)',
  hint: /PAT memtype list|PAT: \[mem |(?:uncached|minus|write-[a-z]{4,9}) @ 0x/,
  open: (context) => new PatMemtypeReader(context),
};
