/**
 * Output of msr-tools: `rdmsr` prints bare values, so the register's number comes from the echoed command,
 * from a label before the value, or from a heading line. `-a` prints a line for each CPU, `uniq -c` counts.
 */
import { isMemoryTypeMsr } from '../../msr/index.ts';
import { hexText } from '../../words.ts';
import { Draft, keptCpu, MOST_CPUS, TOO_MANY_CPUS } from '../facts/draft.ts';
import type { Facts } from '../facts/facts.ts';
import type { Line } from '../line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from '../reader.ts';
import { hexOf } from '../words.ts';
import { RdmsrLoop } from './rdmsr-loop.ts';
import { BARE, msrNumber } from './rdmsr-words.ts';
import { registerRaw } from './register-line.ts';

const COMMAND = /(?:^|[\s$#%>;(])rdmsr\s([^|;&)]{0,120})((?:\|[^;&]{0,60})?)/;
/** A command that a terminal cut: behind a bar, a dash, or before the number. */
const UNFINISHED = /(?:\||[|;] ?[a-z]{1,8} -|\brdmsr(?: -[a-zA-Z0]{1,4})*)$/;
/** A command that sets a register: what a script of ours holds. */
const WRITE = /^wrmsr (?:-a |-p (\d{1,4}) )?0x([0-9a-f]{1,8}) 0x([0-9a-f]{1,16})$/i;
const COUNTED = /^(\d{1,9}) (\w{1,22})$/;
/** A value alone, in each base: 64 bits. */
const ALONE = { 8: /^[0-7]{1,22}$/, 10: /^\d{1,20}$/, 16: BARE };
const LABELLED =
  /^(?:cpu ?#?(\d{1,4})[:,]? )?(?:msr ?)?(0x[0-9a-f]{1,8}|(?:IA32_|MSR_|MTRR|SYSCFG|TOP_MEM)[A-Za-z0-9_]{0,38}) ?(?:[:=]|=>|->| ) ?(?:value ?[:=]? ?)?(?:0x)?([0-9a-f]{1,16})$/i;
/** A number without 0x, where a CPU or the word MSR stands before it: always hex, as in `rdmsr 0x200`; neither of a table's width nor with zeros that a cut left. */
const PLAIN_NUMBER =
  /^(?:cpu ?#?(\d{1,4})[:,]? (?:msr ?)?|msr )([1-9a-f][0-9a-f]{1,7}) ?(?:[:=]|=>|->| ) ?(?:0x)?(?!0{2,15}$)([0-9a-f]{1,16})$/i;
const HEADING =
  /^[-=#* ]{0,8}(?:msr ?)?(0x[0-9a-f]{1,8}|(?:IA32_|MSR_|MTRR|SYSCFG|TOP_MEM)[A-Za-z0-9_]{0,38}) ?[-=#*: ]{0,8}$/i;
/** Zeros as no tool prints them, of 64 bits or of a half: what a cut left of a value. */
const CUT_ZEROS = /[:=> ]0x0{2,7}$/i;
const CPU_HEADING = /^[-=#* ]{0,8}(?:cpu|core) ?#?(\d{1,4}) ?[-=#*: ]{0,8}$/i;
const REFUSED =
  /^rdmsr: ?(?:CPU (\d{1,4}) cannot read MSR (0x[0-9a-f]{1,8})|(open: .{0,60}|pread: .{0,60}|No CPUs.{0,40}))$/i;

/** A command whose values are awaited. */
interface Pending {
  readonly msr: number;
  readonly line: number;
  /** CPU of the next value; undefined for a command that reads one CPU nobody named. */
  next: number | undefined;
  readonly everyCpu: boolean;
  /** Values are decimal (`-u`, `-d`) or octal (`-o`). */
  readonly base: keyof typeof ALONE;
  /** `sort | uniq -c`: the counts no longer say which CPU. */
  readonly sorted: boolean;
  values: number;
}

/** The value that is a word, or undefined. */
function wordValue(word: string, base: Pending['base']): bigint | undefined {
  if (!ALONE[base].test(word)) return undefined;
  const value = base === 16 ? hexOf(word) : BigInt(base === 8 ? `0o${word}` : word);
  return value >> 64n === 0n ? value : undefined;
}

class RdmsrReader implements LineReader {
  readonly #draft: Draft;
  #pending: Pending | undefined;
  #cpu: number | undefined;
  #loop: RdmsrLoop | undefined;

  constructor(context: ReadContext) {
    this.#draft = new Draft(context.file, context.boot);
  }

  get awaits(): boolean {
    return this.#loop !== undefined || (this.#pending !== undefined && isMemoryTypeMsr(this.#pending.msr));
  }

  read(line: Line): Claim {
    return (
      this.#readWrite(line) ||
      this.#readLoop(line) ||
      this.#readCommand(line) ||
      this.#readValue(line) ||
      this.#readLabel(line) ||
      this.#readRest(line)
    );
  }

  #readWrite({ text, number }: Line): boolean {
    const write = WRITE.exec(text);
    if (!write) return false;
    const [, processor, word, digits] = write;
    const cpu = keptCpu(processor === undefined ? undefined : Number(processor));
    const msr = Number.parseInt(word!, 16);
    // A script switches MTRRs off before it writes them: the last value counts, and that is no contradiction.
    this.#draft.dropRegisters((known) => known === msr, cpu);
    registerRaw(this.#draft, number, msr, hexOf(digits), { cpu });
    return true;
  }

  #readLoop({ text, number }: Line): boolean {
    if (!text.includes('rdmsr')) return this.#loop?.take(text, number) === true;
    const loop = RdmsrLoop.of(text, number);
    // Another command ends it.
    if (loop || COMMAND.test(`${text} `)) this.#closeLoop();
    if (!loop) return false;
    this.#pending = undefined;
    this.#loop = loop;
    return true;
  }

  #closeLoop(): void {
    const loop = this.#loop;
    this.#loop = undefined;
    if (!loop) return;
    const { asked, came } = loop.counts;
    if (came < asked) {
      const what = `the loop asks for ${asked} registers and ${came} values follow`;
      const result = loop.isLabelled ? what : `${what}: none is taken`;
      this.#draft.at(loop.line).torn('variable-ranges', result);
      this.#draft.say('warning', loop.line, result);
      if (!loop.isLabelled) return;
    }
    for (const { msr, digits, line, cpu } of loop.found()) {
      registerRaw(this.#draft, line, msr, hexOf(digits), { cpu: keptCpu(cpu) });
    }
  }

  #readCommand({ text, number }: Line): Claim {
    const command = COMMAND.exec(`${text} `);
    if (!command) return false;
    if (UNFINISHED.test(text)) return 'more';
    const [, rest, pipe] = command;
    const words = rest!.trim().split(/\s+/);
    let everyCpu = false;
    let cpu: number | undefined;
    let base: Pending['base'] = 16;
    let msr: number | undefined;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (/^-[a-z]*a/i.test(word) || word === '--all') everyCpu = true;
      if (/^-[xXc0]*[ud]/.test(word) || word === '--unsigned' || word === '--decimal') base = 10;
      if (/^-[xXc0]*o/.test(word) || word === '--octal') base = 8;
      const processor = /^(?:-p|--processor=?)(\d{0,4})$/.exec(word);
      if (processor) {
        const named = processor[1] || words[++i] || '';
        // The next word was glued to it.
        if (/^\d+-/.test(named)) return false;
        cpu = /^\d{1,4}$/.test(named) ? Number(named) : undefined;
      }
      if (word === '-f' || word.startsWith('--bitfield')) {
        this.#draft.say('warning', number, 'rdmsr -f prints part of a register: not used');
        this.#pending = undefined;
        return true;
      } else if (!word.startsWith('-')) msr ??= msrNumber(word);
    }
    this.#pending = undefined;
    if (msr === undefined) return true;
    const sorted = /\bsort\b/.test(pipe ?? '');
    const next = everyCpu ? 0 : keptCpu(cpu);
    this.#pending = { msr, line: number, next, everyCpu, base, sorted, values: 0 };
    return true;
  }

  #readValue({ text, number }: Line): boolean {
    const pending = this.#pending;
    if (!pending) return false;
    // rdmsr prints no 0x (unless -c): a known number in that form is a heading.
    if (pending.values > 0 && /^0x[0-9a-f]{1,8}$/i.test(text) && isMemoryTypeMsr(Number(text))) return false;
    const value = wordValue(text, pending.base);
    if (value !== undefined) {
      this.#value(number, pending, value, 1);
      return true;
    }
    const [, count, word = ''] = COUNTED.exec(text) ?? [];
    const counted = wordValue(word, pending.base);
    if (counted === undefined) return false;
    this.#value(number, pending, counted, Number(count));
    return true;
  }

  #head(line: number, msr: number): void {
    this.#pending = {
      msr,
      line,
      next: this.#cpu ?? 0,
      everyCpu: this.#cpu === undefined,
      base: 16,
      sorted: false,
      values: 0,
    };
  }

  #value(line: number, pending: Pending, value: bigint, count: number): void {
    if (!isMemoryTypeMsr(pending.msr)) return;
    pending.values++;
    if (pending.next === undefined) registerRaw(this.#draft, line, pending.msr, value);
    else pending.next = this.#numbered(line, pending, pending.next, value, count);
    if (!pending.everyCpu) this.#pending = undefined;
  }

  /** States a value of some CPUs from a first on; gives the next one. */
  #numbered(line: number, pending: Pending, first: number, value: bigint, count: number): number {
    const { msr, sorted, values } = pending;
    if (sorted && values === 2) {
      const reason = `the values of MSR ${hexText(msr)} were sorted, the CPU numbers are made up`;
      this.#draft.silent(line, 'which-cpu', reason);
    }
    const kept = Math.min(count, MOST_CPUS - first);
    if (kept < count) this.#draft.say('warning', line, TOO_MANY_CPUS);
    for (let cpu = first; cpu < first + kept; cpu++) registerRaw(this.#draft, line, msr, value, { cpu });
    return first + kept;
  }

  #readLabel({ text, number }: Line): boolean {
    const labelled = CUT_ZEROS.test(text) ? undefined : (LABELLED.exec(text) ?? PLAIN_NUMBER.exec(text));
    if (labelled) {
      const word = labelled[2]!;
      const msr = msrNumber(/^[0-9a-f]{1,8}$/i.test(word) ? `0x${word}` : word);
      if (msr === undefined || !isMemoryTypeMsr(msr)) return false;
      const cpu = labelled[1] === undefined ? this.#cpu : Number(labelled[1]);
      registerRaw(this.#draft, number, msr, hexOf(labelled[3]), { cpu: keptCpu(cpu) });
      this.#pending = undefined;
      return true;
    }
    const cpu = CPU_HEADING.exec(text)?.[1];
    if (cpu !== undefined) {
      this.#cpu = Number(cpu);
      this.#pending = undefined;
      return true;
    }
    const heading = HEADING.exec(text)?.[1];
    const msr = heading === undefined ? undefined : msrNumber(heading);
    if (msr === undefined || !isMemoryTypeMsr(msr)) return false;
    this.#head(number, msr);
    return true;
  }

  #readRest({ text, number }: Line): boolean {
    const refused = REFUSED.exec(text);
    if (!refused) return false;
    const [, cpu, msr, failure] = refused;
    if (msr !== undefined) {
      this.#loop?.skip(Number(msr));
      this.#skip();
      this.#draft.say('warning', number, `CPU ${cpu} refused to read MSR ${msr.toLowerCase()}`);
    } else {
      this.#draft.say('error', number, `rdmsr failed (${failure}): run it as root after "modprobe msr"`);
    }
    return true;
  }

  /** The value that was awaited does not come. */
  #skip(): void {
    if (this.#pending?.everyCpu && this.#pending.next !== undefined) this.#pending.next++;
    else this.#pending = undefined;
  }

  finish(): Facts {
    this.#closeLoop();
    return this.#draft.finish('rdmsr');
  }
}

/** rdmsr output. */
export const rdmsr: LineFormat = {
  name: 'rdmsr',
  title: 'rdmsr (msr-tools), with the commands echoed or the values labelled',
  hint: /rdmsr|wrmsr|^[\s>]*[0-9a-fA-F]{3,8}(?: ?[:=]|=>|->)? ?(?:0[xX])?[0-9a-fA-F]{1,16}\s*$|^[\s>]*(?:\d{1,9} )?(?:(?:0[xX])?[0-9a-fA-F]{1,16}|\d{17,22})\s*$|^[\s>*#=-]*(?:cpu|CPU|Cpu|core|Core|CORE|msr|MSR|IA32_|MTRR|SYSCFG|TOP_MEM|0x)/,
  open: (context) => new RdmsrReader(context),
};
