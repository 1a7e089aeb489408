/**
 * The states that coreboot puts the variable ranges into: the permanent one, and a temporary one for the time of loading
 * the payload, which it takes back before it starts it, without a line (mtrr.c, `remove_temp_solution`). Fixed ranges are
 * the same in both.
 */
import { isFixedMsr, isVariableMsr, MSR_DEF_TYPE } from '../../msr/index.ts';
import { counted } from '../../words.ts';
import type { Draft } from '../facts/draft.ts';

const PERMANENT = 'permanent';
const TEMPORARY = 'temporary';

const ONLY_TEMPORARY =
  'the ranges that stay: only the TEMPORARY ones are in the text, which coreboot takes back before it starts the payload';

/** Variable ranges that a map takes, by the default type. */
interface RangeCounts {
  readonly wb: number;
  readonly uc: number;
}

interface Started {
  readonly name: string;
  readonly line: number;
  /** How many ranges the log says it needs, and the line. */
  announced: { readonly counts: RangeCounts; readonly line: number } | undefined;
  /** The default type that is chosen. */
  selected: keyof RangeCounts | undefined;
  ranges: number;
}

/** The states of one boot. */
export class CorebootStages {
  readonly #draft: Draft;
  /** Asked for by name. */
  readonly #wanted: string | undefined;
  #started: Started[] = [];

  constructor(draft: Draft, wanted: string | undefined) {
    this.#draft = draft;
    this.#wanted = wanted;
  }

  /** Whether what is printed now is to be kept. */
  get isTaken(): boolean {
    const now = this.#started.at(-1);
    if (!now) return true;
    if (this.#wanted !== undefined) return now.name === this.#wanted;
    return now.name === PERMANENT || !this.#started.some(({ name }) => name === PERMANENT);
  }

  /** A map is printed, and the registers that follow are made of it. */
  start(line: number, isTemporary: boolean): void {
    const name = isTemporary ? TEMPORARY : PERMANENT;
    this.#started.push({ name, line, announced: undefined, selected: undefined, ranges: 0 });
    if (!this.isTaken) return;
    this.#draft.dropMap('coreboot');
    this.#draft.dropRegisters(
      (msr) => isVariableMsr(msr) || msr === MSR_DEF_TYPE || (!isTemporary && isFixedMsr(msr)),
    );
  }

  /** The log says how many ranges the map takes. */
  announce(line: number, counts: RangeCounts): void {
    const now = this.#started.at(-1);
    if (now) now.announced = { counts, line };
  }

  /** The log says which default type it takes. */
  select(type: keyof RangeCounts): void {
    const now = this.#started.at(-1);
    if (now) now.selected = type;
  }

  /** The log says that there are too few registers: what is not printed was not written. */
  leaveRest(): void {
    const now = this.#started.at(-1);
    if (now && now.ranges > 0) now.announced = undefined;
  }

  /** A range is printed. */
  range(): void {
    const now = this.#started.at(-1);
    if (now) now.ranges++;
  }

  /** States which of them is taken, and what is missing of it. */
  finish(): void {
    const names = [...new Set(this.#started.map(({ name }) => name))];
    const taken = this.#wanted ?? (names.includes(PERMANENT) ? PERMANENT : names[0]);
    const last = this.#started.findLast(({ name }) => name === taken);
    if (names.length > 1) this.#stateStages(names, taken);
    else this.#stateOnly(taken);
    if (last?.announced) this.#stateMissing(last, last.announced);
    this.#started = [];
  }

  /** The permanent ranges alone are what every text has: nothing to say, but that others were asked for. */
  #stateOnly(taken: string | undefined): void {
    const last = this.#started.at(-1);
    if (!last || (last.name === PERMANENT && taken === PERMANENT)) return;
    this.#draft.at(last.line).stage(last.name, last.name === taken);
    if (this.#wanted === undefined) this.#draft.at(last.line).torn('variable-ranges', ONLY_TEMPORARY);
  }

  #stateMissing({ selected, ranges }: Started, { counts, line }: NonNullable<Started['announced']>): void {
    const count = selected === undefined ? Math.min(counts.wb, counts.uc) : counts[selected];
    if (ranges >= count) return;
    const found =
      ranges === 0 ? 'none is in the text: it was cut before them' : `the text has ${ranges} of them`;
    const what = `the log announces ${counted(count, 'variable range')} ("MTRR counts"), and ${found}`;
    this.#draft.at(line).torn('variable-ranges', what, ranges === 0);
  }

  #stateStages(names: readonly string[], taken: string | undefined): void {
    for (const name of names) {
      const { line } = this.#started.findLast((one) => one.name === name)!;
      this.#draft.at(line).stage(name, name === taken);
    }
    const temporary = this.#started.findLast(({ name }) => name === TEMPORARY)!;
    this.#draft.say(
      'note',
      temporary.line,
      taken === TEMPORARY
        ? 'the TEMPORARY ranges are taken, which coreboot takes back before it starts the payload; --stage permanent takes those that stay'
        : 'the TEMPORARY ranges are left out: coreboot takes them back before it starts the payload; --stage temporary takes them',
    );
  }
}
