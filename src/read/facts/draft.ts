/**
 * What one reader has gathered from one file: facts of the block it is in (a boot, a register dump), thrown
 * away when the next block starts, so that a bundle of a thousand boots needs the memory of one.
 */

import { describesMtrrs, FIXED_RDMEM_WRMEM, FIXED_REGISTERS, inByte, isFixedMsr } from '../../msr/index.ts';
import type { Subject } from '../../vm/index.ts';
import { hexText } from '../../words.ts';
import { ownText } from '../bytes.ts';
import { bitLength } from '../words.ts';
import { Block } from './block.ts';
import {
  ALL_BITS,
  type CpuFacts,
  type Facts,
  type MapTool,
  type Message,
  type Place,
  type RamKind,
  type RamSource,
  type RegisterFact,
  type WidthFact,
} from './facts.ts';
import { agreeing, joined } from './registers.ts';
import { RemarkAt } from './remarks.ts';

/** Most entries of any one kind that a file may hold: more than any machine has, little enough to keep. */
const MOST_ENTRIES = 65_536;
const TOO_MANY = `more than ${MOST_ENTRIES} entries: the rest is not kept`;
/** Most CPUs: Linux's own limit (NR_CPUS) is 8192. */
export const MOST_CPUS = 8192;
/** What is said where a text has more of them. */
export const TOO_MANY_CPUS = `more than ${MOST_CPUS} CPUs: the rest is not kept`;

/** The CPU whose register it is; undefined for more CPUs than there can be. */
export function keptCpu(cpu: number | undefined): number | undefined {
  return cpu !== undefined && cpu < MOST_CPUS ? cpu : undefined;
}

/** Whose register, and how much of it the text gives. */
export interface RegisterOptions {
  readonly cpu?: number | undefined;
  /** How the text names the CPU. Default `cpu N`. */
  readonly label?: string;
  /** Bits that the text determines. Default all. */
  readonly known?: bigint;
  /** The value was made from a size: see {@link RegisterFact.sized}. */
  readonly sized?: boolean;
}

/** Collects the facts of one reader. */
export class Draft {
  readonly #file: string;
  /** The block that is to be kept; of them all the last. */
  readonly #wanted: number;
  #block = new Block();
  #blocks = 0;
  /** The last block before the present one that gave MTRRs; 0: none. */
  #lastWithMtrrs = 0;

  constructor(file: string, wanted: number | 'last') {
    this.#file = file;
    this.#wanted = wanted === 'last' ? Number.POSITIVE_INFINITY : wanted;
  }

  /** Blocks seen so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** The block that was asked for is over: nothing changes it any more. */
  get #frozen(): boolean {
    return this.#blocks > this.#wanted;
  }

  /** Whether the present block has said anything. */
  get used(): boolean {
    return this.#block.used;
  }

  /** Starts a block; what the one before it said is dropped, unless it is the one that was asked for. */
  startBlock(): void {
    if (this.#blocks < this.#wanted) {
      if (this.#hasMtrrs()) this.#lastWithMtrrs = this.#blocks;
      this.#block = new Block();
    }
    this.#blocks++;
  }

  #hasMtrrs(): boolean {
    const ofCpus = [...this.#block.cpus.values()].map((cpu) => cpu.registers);
    return [this.#block.registers, ...ofCpus].some((of) => [...of.keys()].some(describesMtrrs));
  }

  #place(line: number): Place {
    return { file: this.#file, line };
  }

  #take(line: number): boolean {
    if (this.#frozen) return false;
    if (this.#blocks === 0) this.startBlock();
    if (!this.#block.used) this.#block.firstLine = line;
    this.#block.used = true;
    return true;
  }

  #fits(entries: number, line: number): boolean {
    if (entries < MOST_ENTRIES) return true;
    this.say('warning', line, TOO_MANY);
    return false;
  }

  /** States bits of a register; a later statement wins over an earlier one and the difference is named. */
  register(line: number, msr: number, value: bigint, options: RegisterOptions = {}): void {
    if (!this.#take(line)) return;
    const known = options.known ?? ALL_BITS;
    const fact: RegisterFact = {
      msr,
      value: value & known,
      known,
      sized: options.sized ?? false,
      at: this.#place(line),
    };
    const registers = this.#registersOf(options);
    const before = registers?.get(msr);
    if (before === undefined) {
      registers?.set(msr, fact);
      return;
    }
    if (!agreeing(before, fact)) {
      this.contradict(
        `MSR ${hexText(msr)}`,
        before.at.line,
        line,
        hexText(before.value),
        hexText(fact.value),
      );
    }
    registers?.set(msr, joined(fact, before));
  }

  #registersOf(options: RegisterOptions): Map<number, RegisterFact> | undefined {
    const { cpu } = options;
    if (cpu === undefined) return this.#block.registers;
    let entry = this.#block.cpus.get(cpu);
    if (!entry) {
      if (this.#block.cpus.size >= MOST_CPUS) return undefined;
      entry = { cpu, label: options.label ?? `cpu ${cpu}`, registers: new Map() };
      this.#block.cpus.set(cpu, entry);
    }
    return entry.registers;
  }

  /** States CR0 of a CPU; of one whose registers the text does not give it is of no use, and dropped. */
  cr0(line: number, cpu: number, value: bigint): void {
    if (cpu < MOST_CPUS && this.#take(line)) this.#block.cr0s.set(cpu, { value, at: this.#place(line) });
  }

  /** The value that the present block has for a register of the machine. */
  registerSoFar(msr: number, cpu?: number): RegisterFact | undefined {
    return (cpu === undefined ? this.#block.registers : this.#block.cpus.get(cpu)?.registers)?.get(msr);
  }

  /** States the type of a stretch below 1 MiB, `start` to `end` inclusive, on fixed-range boundaries. */
  fixedRange(line: number, start: number, end: number, type: number, options: RegisterOptions = {}): void {
    let next = start;
    for (const register of FIXED_REGISTERS) {
      let value = 0n;
      let known = 0n;
      for (let k = 0; k < 8; k++) {
        const first = (register.first + k * register.frames) << 12;
        const last = first + (register.frames << 12) - 1;
        if (first !== next || last > end) continue;
        next = last + 1;
        value |= inByte(type, k);
        known |= inByte(0xff, k);
      }
      if (known !== 0n) this.register(line, register.msr, value, { ...options, known });
    }
    if (next !== end + 1) {
      this.say('warning', line, `${hexText(start)}-${hexText(end)} is not made of whole fixed ranges`);
    }
  }

  /** States how many variable ranges there are; the largest statement counts. */
  variableCount(line: number, count: number): void {
    if (!this.#take(line)) return;
    if (count > (this.#block.variableCount?.count ?? 0))
      this.#block.variableCount = { count, at: this.#place(line) };
  }

  width(line: number, bits: number, kind: WidthFact['kind'], source: string): void {
    if (bits < 1 || bits > 52 || !this.#take(line)) return;
    const known = this.#block.widths.find((width) => width.kind === kind && width.source === source);
    if (known && known.bits >= bits) return;
    if (known) this.#block.widths.splice(this.#block.widths.indexOf(known), 1);
    this.#block.widths.push({ bits, kind, source, at: this.#place(line) });
  }

  /** States what lies from `start` to `end` inclusive. */
  ram(
    line: number,
    source: RamSource,
    start: bigint,
    end: bigint,
    what: { kind: RamKind; name: string; depth?: number },
  ): void {
    if (!this.#take(line) || !this.#fits(this.#block.ram.length, line)) return;
    if (end < start) {
      this.say('warning', line, `${hexText(start)}-${hexText(end)} ends before it starts: left out`);
      return;
    }
    const { kind } = what;
    const name = ownText(what.name);
    this.#block.ram.push({ source, start, end, kind, name, depth: what.depth ?? 0, at: this.#place(line) });
    if (kind === 'ram') this.width(line, bitLength(end), 'at-least', 'RAM');
  }

  /** Forgets a memory map that is printed anew. */
  dropRam(source: RamSource): void {
    if (!this.#frozen) this.#block.ram = this.#block.ram.filter((range) => range.source !== source);
  }

  /** Adds a range to another tool's map, `start` to `end` inclusive. */
  mapped(line: number, tool: MapTool, start: bigint, end: bigint, type: number): void {
    if (!this.#take(line)) return;
    const ranges = this.#block.maps.get(tool) ?? [];
    if (end < start || !this.#fits(ranges.length, line)) return;
    ranges.push({ start, end, type, at: this.#place(line) });
    this.#block.maps.set(tool, ranges);
  }

  /** Starts another tool's map anew, where it prints one more than once. */
  dropMap(tool: MapTool): void {
    if (!this.#frozen) this.#block.maps.delete(tool);
  }

  /** Forgets registers that pass a test: a log that says it writes them again. */
  dropRegisters(test: (msr: number) => boolean, cpu?: number): void {
    if (this.#frozen) return;
    const registers = cpu === undefined ? this.#block.registers : this.#block.cpus.get(cpu)?.registers;
    for (const msr of registers?.keys() ?? []) if (test(msr)) registers?.delete(msr);
  }

  /** Names a subject that the format cannot speak of. */
  silent(line: number, subject: Subject, reason: string, implies?: number): void {
    if (!this.#take(line) || this.#block.silences.has(subject)) return;
    const silence = { subject, reason, at: this.#place(line) };
    this.#block.silences.set(subject, implies === undefined ? silence : { ...silence, implies });
  }

  /** Records that two lines of this block disagree; the later one is kept. */
  contradict(subject: string, first: number, second: number, was: string, is: string): void {
    if (this.#frozen || this.#block.contradictions.length >= 100) return;
    const sentence = `${subject} is ${was} in line ${first} and ${is} in line ${second}: the later one is taken`;
    this.#block.contradictions.push({
      subject,
      sentence,
      first: this.#place(first),
      second: this.#place(second),
    });
  }

  /** States what the text says beside registers and memory, at a line. */
  at(line: number): RemarkAt {
    return new RemarkAt(this.#take(line) ? this.#block.remarks : undefined, this.#place(line));
  }

  say(severity: Message['severity'], line: number, text: string): void {
    if (this.#frozen || this.#block.messages.length >= 100) return;
    if (this.#blocks === 0) this.startBlock();
    if (this.#block.messages.some((message) => message.text === text)) return;
    this.#block.messages.push({ severity, text, at: this.#place(line) });
  }

  #sayWhichBlock(block: string): void {
    if (this.#blocks < 2) return;
    const at = this.#place(this.#block.firstLine);
    const which = this.#frozen ? `${this.#wanted}.` : 'last';
    const text = `${this.#blocks} ${block}s in ${this.#file}: the ${which} one is taken; choose with --boot N`;
    this.#block.messages.push({ severity: 'note', text, at });
    if (this.#lastWithMtrrs === 0 || this.#hasMtrrs()) return;
    const other = `the ${which} ${block} shows no MTRRs, ${block} ${this.#lastWithMtrrs} does: --boot ${this.#lastWithMtrrs}`;
    this.#block.messages.push({ severity: 'warning', text: other, at });
  }

  /**
   * Hands the facts over.
   *
   * @param format - the reader's format
   * @param block - what a block of it is called: `boot`, `dump`; undefined where it has but one
   */
  finish(format: string, block?: string): Facts {
    if (block !== undefined) this.#sayWhichBlock(block);
    const stated = this.#block.used;
    const cpus = new Map<number, CpuFacts>(
      [...this.#block.cpus]
        .sort(([a], [b]) => a - b)
        .map(([cpu, facts]) => {
          const cr0 = this.#block.cr0s.get(cpu);
          return [cpu, cr0 ? { ...facts, cr0 } : facts];
        }),
    );
    return {
      recognised: stated
        ? [
            {
              file: this.#file,
              format,
              line: this.#block.firstLine,
              blocks: this.#blocks,
              taken: Math.min(this.#blocks, this.#wanted),
            },
          ]
        : [],
      registers: new Map([...this.#block.registers].sort(([a], [b]) => a - b)),
      cpus,
      variableCount: this.#block.variableCount,
      widths: this.#block.widths,
      ram: this.#block.ram,
      maps: [...this.#block.maps].map(([tool, ranges]) => ({ tool, ranges })),
      silences: [...this.#block.silences.values()],
      contradictions: this.#block.contradictions,
      ...this.#block.remarks.facts(),
      messages: this.#block.messages,
    };
  }
}

/**
 * A fixed-range register as AMD CPUs give it, without RdMem and WrMem (bits 3 and 4 of each byte; AMD APM
 * vol. 2, "Extended Fixed-Range MTRR Type-Field Encodings").
 *
 * @returns the value without those bits, and whether there were any
 */
export function withoutRdMemWrMem(msr: number, value: bigint): { value: bigint; stripped: boolean } {
  if (!isFixedMsr(msr)) return { value, stripped: false };
  const plain = value & ~FIXED_RDMEM_WRMEM & ALL_BITS;
  return { value: plain, stripped: plain !== value };
}
