/** What Linux 6.5 and later print instead of the registers: a summary and, with `mtrr=debug`, a map. */
import { DEF_TYPE_E, MOST_VARIABLE_RANGES, MSR_DEF_TYPE } from '../../msr/index.ts';
import type { Draft } from '../facts/draft.ts';
import type { Line } from '../line.ts';
import type { Claim } from '../reader.ts';
import { hexOf, TYPE_PATTERN, typeOfWord } from '../words.ts';

const SUMMARY =
  /^MTRR map: (\d{1,5}) entries \((\d{1,5}) fixed \+ (\d{1,5}) variable; max \d{1,5}\), built from (\d{1,5}) variable MTRRs$/;
const ENTRY = new RegExp(`^\\d{1,5}: ([0-9a-f]{16})-([0-9a-f]{16}) (${TYPE_PATTERN})$`);
const READ_ONLY = /^MTRRs set to read-only$/;
/** Off by the firmware, or not there to be asked. */
const DISABLED =
  /^(?:x86\/mtrr: |mtrr: )?MTRRs (?:disabled (by BIOS)|\(not available\)|disabled \(not available\))$/;

/** Reads the map of one boot. */
export class LinuxMap {
  readonly #draft: Draft;
  #summary: number | undefined;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Line of the summary, where there was one. */
  get summary(): number | undefined {
    return this.#summary;
  }

  read({ text, number }: Line): Claim {
    if (text.startsWith('MTRR map: ')) {
      const summary = SUMMARY.exec(text);
      if (!summary) return 'more';
      this.#summary = number;
      this.#draft.dropMap('linux');
      const count = Number(summary[4]);
      if (count <= MOST_VARIABLE_RANGES) this.#draft.variableCount(number, count);
      return true;
    }
    const entry = ENTRY.exec(text);
    if (entry) {
      this.#draft.mapped(number, 'linux', hexOf(entry[1]), hexOf(entry[2]), typeOfWord(entry[3]!)!);
      return true;
    }
    if (READ_ONLY.test(text)) {
      this.#draft.say('note', number, 'the kernel does not touch the MTRRs (a hypervisor stated them)');
      return true;
    }
    const disabled = DISABLED.exec(text);
    if (!disabled) return false;
    if (disabled[1] !== undefined) this.#draft.register(number, MSR_DEF_TYPE, 0n, { known: DEF_TYPE_E });
    this.#draft.say('note', number, 'the kernel says that the MTRRs are disabled');
    return true;
  }
}
