/** Tools that print registers in lists, one a line with its number and its CPU: they differ in the shape of the line alone. */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { Draft, keptCpu } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { registerRaw } from './register-line.ts';

/** A tool's lines. */
export interface RegisterList {
  readonly name: string;
  readonly title: string;
  readonly hint: RegExp;
  /**
   * Lines that give a register. Named groups, hex: `msr`; `value`, with dashes between the digits or not, or `high` and `low` for its halves; `core`, or `cpu` in
   * decimal, where the line names its CPU.
   */
  readonly registers: readonly RegExp[];
  /** Headings of what follows; the first group is the CPU's number, and without one it is every CPU's. */
  readonly headings?: readonly RegExp[];
  /** A line whose value the tool itself does not trust. */
  readonly unreadable?: RegExp;
  /** A line that gives the address bits: CPUID 0x80000008, whose EAX[7:0] is the first group. */
  readonly addressBits?: RegExp;
  /** What is said where the list names no register that bears on memory types. */
  readonly without?: string;
}

class RegisterListReader implements LineReader {
  readonly #draft: Draft;
  readonly #list: RegisterList;
  #cpu: number | undefined;
  /** The first line of a register that does not bear on memory types. */
  #other: number | undefined;
  #hasRegisters = false;

  constructor(list: RegisterList, context: ReadContext) {
    this.#list = list;
    this.#draft = new Draft(context.file, context.boot);
  }

  read(line: Line): Claim {
    return this.#readHeading(line) || this.#readRegister(line) || this.#readRest(line);
  }

  #readHeading({ text }: Line): boolean {
    for (const heading of this.#list.headings ?? []) {
      const match = heading.exec(text);
      if (!match) continue;
      const [, cpu] = match;
      this.#cpu = cpu === undefined ? undefined : Number(cpu);
      return true;
    }
    return false;
  }

  #readRegister({ text, number }: Line): boolean {
    for (const pattern of this.#list.registers) {
      const groups = pattern.exec(text)?.groups;
      if (!groups) continue;
      const { msr: name, value, high, low, cpu, core } = groups;
      const msr = Number.parseInt(name!, 16);
      if (!isMemoryTypeMsr(msr)) {
        this.#other ??= number;
        return true;
      }
      const whole =
        value === undefined ? (hexOf(high) << 32n) | hexOf(low) : hexOf(value.replaceAll('-', ''));
      const own =
        core !== undefined ? Number.parseInt(core, 16) : cpu !== undefined ? Number(cpu) : this.#cpu;
      registerRaw(this.#draft, number, msr, whole, { cpu: keptCpu(own) });
      this.#hasRegisters = true;
      return true;
    }
    return false;
  }

  #readRest({ text, number }: Line): boolean {
    const { unreadable, addressBits, title } = this.#list;
    const bits = addressBits?.exec(text)?.[1];
    if (bits !== undefined) {
      this.#draft.width(number, Number.parseInt(bits, 16), 'stated', 'CPUID 0x80000008');
      return true;
    }
    const refused = unreadable?.exec(text)?.[1];
    if (refused === undefined) return false;
    if (isMemoryTypeMsr(Number.parseInt(refused, 16)))
      this.#draft.say(
        'warning',
        number,
        `${title}: MSR 0x${refused.replace(/^0+/, '').toLowerCase()} could not be read`,
      );
    return true;
  }

  finish(): Facts {
    const { name, without } = this.#list;
    if (!this.#hasRegisters && this.#other !== undefined && without !== undefined)
      this.#draft.say('warning', this.#other, without);
    return this.#draft.finish(name);
  }
}

/** The format of such a tool. */
export function registerList(list: RegisterList): LineFormat {
  const { name, title, hint } = list;
  return { name, title, hint, open: (context) => new RegisterListReader(list, context) };
}
