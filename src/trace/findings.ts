/**
 * Entries that are no answer of the model, joined to stretches. However many there are, the memory is bounded:
 * stretches that touch are merged, and where that does not help, new ones are only counted.
 */
import type { GfnRange } from '../types.ts';
import { CAUSES, type EntryCause } from './cause.ts';
import { IPAT, TYPE_MASK } from './entry.ts';

/** Stretches that are kept. */
const MOST_STRETCHES = 32768;

/** What an entry says, or should say: as far as the model has a say in it. */
export interface Said {
  /** Memory type; undefined where the model has none or the entry is no leaf. */
  readonly type: number | undefined;
  readonly ipat: number;
  /** Level of the page; of what is allowed: the largest, 0 where nobody asked. */
  readonly level: number;
}

/** Frames whose entries are wrong in one and the same way. */
export interface Stretch extends GfnRange {
  /** Mask of causes. */
  readonly causes: number;
  readonly found: Said;
  readonly expected: Said;
  /** Entries of the trace in it; more than pages where a page was mapped again, fewer where pages are large. */
  readonly entries: number;
  /** Where the first of them stands. */
  readonly line: number;
  /** The first of them. */
  readonly entry: bigint;
}

/** The wrong entry that stands first in the file. */
export interface Wrong {
  /** Mask of causes. */
  readonly causes: number;
  readonly line: number;
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
  readonly found: Said;
  readonly expected: Said;
}

/** How often a cause occurred, and where. */
export interface CauseCount extends EntryCause {
  readonly entries: number;
  /** Stretches and pages that carry it; at least so many where stretches were dropped. */
  readonly stretches: number;
  readonly pages: number;
}

interface Open {
  readonly key: number;
  start: number;
  end: number;
  entries: number;
  line: number;
  low: number;
  high: number;
}

// A kind of wrongness as a number: causes, what was found, what was expected.
const SAID_BITS = 7;
const UNDEFINED_TYPE = 7;

/** Type and IPAT (bits 6:3 of an entry) and a level, in seven bits. */
function packed(bits: number, level: number): number {
  return (((bits & (TYPE_MASK | IPAT)) >>> 3) << 3) | level;
}

function unpacked(word: number, isExpected: boolean): Said {
  const type = (word >>> 3) & 7;
  return {
    type: isExpected && type === UNDEFINED_TYPE ? undefined : type,
    ipat: (word >>> 6) & 1,
    level: word & 7,
  };
}

function causesOfKey(key: number): number {
  return key >>> (2 * SAID_BITS);
}

function foundOf(key: number): Said {
  return unpacked((key >>> SAID_BITS) & 0x7f, false);
}

function expectedOf(key: number): Said {
  return unpacked(key & 0x7f, true);
}

/** Joins stretches of one kind that touch or overlap. */
function joined(stretches: readonly Open[]): Open[] {
  const sorted = [...stretches].sort((a, b) => a.key - b.key || a.start - b.start);
  const list: Open[] = [];
  for (const one of sorted) {
    const last = list.at(-1);
    if (!last || last.key !== one.key || one.start > last.end) {
      list.push(one);
      continue;
    }
    last.end = Math.max(last.end, one.end);
    last.entries += one.entries;
    if (one.line < last.line) {
      last.line = one.line;
      last.low = one.low;
      last.high = one.high;
    }
  }
  return list;
}

/** Ascending ranges, joined where they touch: how many, and how many frames. */
function covered(ranges: readonly GfnRange[]): { stretches: number; pages: number } {
  let stretches = 0;
  let pages = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const range of ranges) {
    if (range.start > end) stretches += 1;
    pages += Math.max(0, range.end - Math.max(range.start, end));
    end = Math.max(end, range.end);
  }
  return { stretches, pages };
}

/** Collects wrong entries. */
export class Findings {
  /** Entries that are wrong in any way. */
  entries = 0;
  /** Entries that belong to no stretch that was kept. */
  dropped = 0;
  #first: Wrong | undefined;
  readonly #byMask = new Float64Array(1 << CAUSES.length);
  #stretches: Open[] = [];
  /** The stretch that the last entry of each kind went to. */
  readonly #lastOf = new Map<number, Open>();
  #isFull = false;

  /** The wrong entry that stands first in the file. */
  get first(): Wrong | undefined {
    return this.#first;
  }

  /**
   * @param causes - a mask, not 0
   * @param frames - that the entry covers
   * @param wantedBits - type and IPAT as the entry should have them (bits 6:3), type 7 where undefined
   * @param allowed - largest level that the model allows, 0 where nobody asked
   */
  add(
    causes: number,
    line: number,
    gfn: number,
    frames: number,
    low: number,
    high: number,
    level: number,
    wantedBits: number,
    allowed: number,
  ): void {
    this.entries += 1;
    this.#byMask[causes]! += 1;
    const key = (causes << (2 * SAID_BITS)) | (packed(low, level) << SAID_BITS) | packed(wantedBits, allowed);
    if (this.#first === undefined || line < this.#first.line) {
      const entry = (BigInt(high) << 32n) | BigInt(low);
      this.#first = { causes, line, gfn, level, entry, found: foundOf(key), expected: expectedOf(key) };
    }
    const open = this.#lastOf.get(key);
    const end = gfn + frames;
    if (open && gfn <= open.end && end >= open.start) {
      open.start = Math.min(open.start, gfn);
      open.end = Math.max(open.end, end);
      open.entries += 1;
      return;
    }
    this.#open({ key, start: gfn, end, entries: 1, line, low, high });
  }

  #open(open: Open): void {
    if (this.#stretches.length >= MOST_STRETCHES) this.#makeRoom();
    if (this.#isFull) {
      this.dropped += 1;
      return;
    }
    this.#stretches.push(open);
    this.#lastOf.set(open.key, open);
  }

  #makeRoom(): void {
    if (this.#isFull) return;
    this.#join();
    this.#isFull = this.#stretches.length > MOST_STRETCHES * 0.75;
  }

  #join(): void {
    this.#stretches = joined(this.#stretches);
    this.#lastOf.clear();
  }

  /** The stretches, ascending. */
  stretches(): readonly Stretch[] {
    this.#join();
    return this.#stretches
      .map(({ key, start, end, entries, line, low, high }) => ({
        start,
        end,
        causes: causesOfKey(key),
        found: foundOf(key),
        expected: expectedOf(key),
        entries,
        line,
        entry: (BigInt(high) << 32n) | BigInt(low),
      }))
      .sort((a, b) => a.start - b.start || a.line - b.line);
  }

  /** Causes that occurred, the most frequent first. */
  causes(): readonly CauseCount[] {
    const stretches = this.stretches();
    return CAUSES.map((cause, bit) => ({
      ...cause,
      entries: this.#byMask.reduce((sum, count, mask) => ((mask & (1 << bit)) === 0 ? sum : sum + count), 0),
      ...covered(stretches.filter(({ causes }) => (causes & (1 << bit)) !== 0)),
    }))
      .filter(({ entries }) => entries > 0)
      .sort((a, b) => b.entries - a.entries);
  }
}
