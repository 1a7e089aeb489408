/** What the lab's program printed (guest/lab.c), out of everything that came through the serial port. */
import { LEAF_FRAMES } from '../../src/ranges.ts';
import type { EntryChange, EntrySplit, OddTraceLine } from '../../src/replay/index.ts';

/** A line of the trace that bears on entries. */
export type TraceLine = EntryChange | EntrySplit | OddTraceLine;

/** What happened in one step, as the library follows it; lines are those of the log. */
export interface LoggedStep {
  /** Line of its mark. */
  readonly mark: number;
  readonly lines: readonly TraceLine[];
}

/** What a guest came to. */
export interface LoggedGuest {
  readonly name: string;
  /** By step; 0: registers that were written before the first. */
  readonly verdicts: ReadonlyMap<number, 'ok' | 'gp'>;
  /** By step; 0: before the first. */
  readonly steps: ReadonlyMap<number, LoggedStep>;
  /** What the program could not do, a line each. */
  readonly errors: readonly string[];
  /** Lines of the trace that were lost as its buffer was full. */
  readonly lost: number;
  /** Whether all of it is there. */
  readonly complete: boolean;
  /** Its last line that was read. */
  readonly line: number;
}

/** A log, taken apart. */
export interface SerialLog {
  /** /proc/version of the kernel that ran. */
  readonly version: string | undefined;
  readonly addressBits: number | undefined;
  /** Memory of the large pool, and how much of it the host has by large pages, in KiB. */
  readonly pool: { readonly size: number; readonly huge: number } | undefined;
  readonly guests: readonly LoggedGuest[];
  /** What the module is good for, as the machine says it: `none`, `large-mmio`. */
  readonly devices: readonly string[];
  /** Parameters, events and modules that this kernel does not have. */
  readonly absent: readonly string[];
  /** What went wrong outside of guests. */
  readonly errors: readonly string[];
  /** Lines that are none of the program's: the kernel's own. */
  readonly foreign: readonly string[];
  /** Whether the script was read to its end. */
  readonly done: boolean;
}

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

interface OpenStep {
  mark: number;
  lines: TraceLine[];
}

/** Digits of a number in hexadecimal. */
function isHex(word: string | undefined): word is string {
  return word !== undefined && /^[0-9a-f]{1,16}$/.test(word);
}

/** Reads a log. */
class Reader {
  readonly guests: LoggedGuest[] = [];
  readonly devices: string[] = [];
  readonly absent: string[] = [];
  readonly errors: string[] = [];
  readonly foreign: string[] = [];
  version: string | undefined;
  addressBits: number | undefined;
  pool: { size: number; huge: number } | undefined;
  done = false;
  #guest: Open<LoggedGuest> | undefined;
  #verdicts = new Map<number, 'ok' | 'gp'>();
  #steps = new Map<number, OpenStep>();
  #guestErrors: string[] = [];
  #step: OpenStep = { mark: 0, lines: [] };
  #line = 0;

  #begin(name: string): void {
    this.#verdicts = new Map();
    this.#step = { mark: this.#line, lines: [] };
    this.#steps = new Map([[0, this.#step]]);
    this.#guestErrors = [];
    this.#guest = {
      name,
      verdicts: this.#verdicts,
      steps: this.#steps,
      errors: this.#guestErrors,
      lost: 0,
      complete: false,
      line: this.#line,
    };
    this.guests.push(this.#guest);
  }

  #mark(step: number): void {
    this.#step = { mark: this.#line, lines: [] };
    this.#steps.set(step, this.#step);
  }

  #changeIn(words: readonly string[]): EntryChange | undefined {
    const [gfn, level, old, now, space] = words;
    if (!isHex(gfn) || !isHex(old) || !isHex(now) || !/^[1-5]$/.test(level ?? '')) return undefined;
    return {
      kind: 'change',
      line: this.#line,
      space: space === 'smm' ? 1 : 0,
      gfn: Number.parseInt(gfn, 16),
      level: Number(level),
      before: BigInt(`0x${old}`),
      after: BigInt(`0x${now}`),
    };
  }

  #change(words: readonly string[]): boolean {
    const change = this.#changeIn(words);
    if (change) this.#step.lines.push(change);
    return change !== undefined;
  }

  /** Neighbours that are alike: what was there, or what is now, goes from frame to frame. */
  #run(words: readonly string[]): boolean {
    const [count, moves, space = ''] = words.slice(4);
    if (!/^[1-9]\d{0,5}$/.test(count ?? '') || !/^[nob]$/.test(moves ?? '')) return false;
    const change = this.#changeIn([...words.slice(0, 4), space]);
    if (!change) return false;
    const frames = LEAF_FRAMES[change.level]!;
    for (let k = 0; k < Number(count); k++) {
      const ahead = BigInt(k * frames) << 12n;
      this.#step.lines.push({
        ...change,
        gfn: change.gfn + k * frames,
        before: moves !== 'n' ? change.before + ahead : change.before,
        after: moves !== 'o' ? change.after + ahead : change.after,
      });
    }
    return true;
  }

  /** A split that failed has split nothing. */
  #split([gfn, level, entry, error]: readonly string[]): boolean {
    if (!isHex(gfn) || !isHex(entry) || !/^[1-5]$/.test(level ?? '') || !/^-?\d+$/.test(error ?? ''))
      return false;
    if (error === '0') {
      this.#step.lines.push({
        kind: 'split',
        line: this.#line,
        gfn: Number.parseInt(gfn, 16),
        level: Number(level),
        entry: BigInt(`0x${entry}`),
      });
    }
    return true;
  }

  #inGuest(kind: string, words: readonly string[], rest: string): boolean {
    const guest = this.#guest!;
    const number = Number(words[0]);
    switch (kind) {
      case 's':
        return this.#change(words);
      case 'r':
        return this.#run(words);
      case 'm':
        if (!Number.isSafeInteger(number) || words.length !== 1) return false;
        this.#mark(number);
        return true;
      case 'v':
        if (words[1] !== 'ok' && words[1] !== 'gp') return false;
        this.#verdicts.set(number, words[1]);
        return true;
      case 'p':
        return this.#split(words);
      case 'refused':
        return true;
      case 'error':
        this.#guestErrors.push(rest);
        return true;
      case 'overflow':
        guest.lost = Number(words[1]) - number;
        return true;
      case 'end':
        guest.complete = rest === guest.name;
        this.#guest = undefined;
        return true;
      default:
        return false;
    }
  }

  #outside(kind: string, words: readonly string[], rest: string): boolean {
    switch (kind) {
      case 'guest':
        this.#begin(rest);
        return true;
      case 'version':
        this.version = rest;
        return true;
      case 'maxphyaddr':
        this.addressBits = Number(words[0]);
        return true;
      case 'pool':
        this.pool = { size: Number(words[0]), huge: Number(words[1]) };
        return true;
      case 'device':
        this.devices.push(rest);
        return true;
      case 'absent':
      case 'module':
        if (!this.absent.includes(rest)) this.absent.push(rest);
        return true;
      case 'error':
        this.errors.push(rest);
        return true;
      case 'done':
        this.done = true;
        return true;
      case 'off':
      case 'cpuid':
        return true;
      default:
        return false;
    }
  }

  line(line: string): void {
    const match = /^@([a-z]+)(?: (.*))?$/.exec(line);
    const [kind, rest] = [match?.[1] ?? '', match?.[2] ?? ''];
    const words = rest.split(' ').filter(Boolean);
    this.#line += 1;
    if (this.#guest) this.#guest.line = this.#line;
    if (match && kind !== 'guest' && this.#guest && this.#inGuest(kind, words, rest)) return;
    if (match && this.#outside(kind, words, rest)) return;
    // What the program meant to say, and nobody can read: an entry may be missing.
    if (match && this.#guest) this.#step.lines.push({ kind: 'odd', line: this.#line, text: line });
    if (line !== '') this.foreign.push(line);
  }
}

/**
 * Takes a serial log apart. One that is cut off gives what is there: a guest that is not whole says so.
 *
 * @param text - all that came out of the serial port
 */
export function readSerialLog(text: string): SerialLog {
  const reader = new Reader();
  // The last line counts where it is whole.
  for (const line of text.replaceAll('\r', '').split('\n').slice(0, -1)) reader.line(line);
  const { version, addressBits, pool, guests, devices, absent, errors, foreign, done } = reader;
  return { version, addressBits, pool, guests, devices, absent, errors, foreign, done };
}
