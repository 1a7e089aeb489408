/**
 * The leaf entries of the one EPT, as runs of equal level, type and IPAT. An entry keeps what it was installed
 * with until it is zapped, whatever happens to the registers meanwhile.
 */
import { LEAF_FRAMES } from '../ranges.ts';
import type { DemandCode } from '../share/demand.ts';
import type { Level } from '../types.ts';
import { runAt } from './demands.ts';
import type { ReplaySlot } from './inventory.ts';
import { RangeMap } from './range-map.ts';
import type { Runs } from './registers.ts';

/** A run's value: 0 where nothing is mapped. */
function entryValue(level: number, code: DemandCode): number {
  return level * 16 + code;
}
/** Level of a mapped run. */
export function levelOfValue(value: number): 1 | 2 | 3 {
  return (value >> 4) as 1 | 2 | 3;
}
/** Type and IPAT of a mapped run, as a code of `share/demand.ts`. */
export function codeOfValue(value: number): DemandCode {
  return value & 15;
}
const VALUES = 64;

function alignDown(gfn: number, level: number): number {
  const frames = LEAF_FRAMES[level]!;
  return Math.floor(gfn / frames) * frames;
}
function alignUp(gfn: number, level: number): number {
  const frames = LEAF_FRAMES[level]!;
  return Math.ceil(gfn / frames) * frames;
}

/** Entries that went away. */
export interface Lost {
  readonly entries: number;
  readonly pages: number;
}

/** What a touch did. */
export interface Touched {
  /** Entries that were installed. */
  installed: number;
  /** Smaller entries that a new larger one took the place of, and large ones split for dirty logging. */
  replaced: number;
  /** Pages that were accessed through an entry that the accessing vCPU's state does not demand. */
  foreign: number;
}

/** What a vCPU brings along for a touch. */
export interface Toucher {
  /** Types and IPAT that its state demands. */
  readonly types: Runs;
  /** Levels at which its faults map; asked for only if there are faults. */
  levels(): Runs;
}

/** Entries of one kind. */
export interface EntryCount {
  readonly level: Exclude<Level, 0>;
  readonly code: DemandCode;
  readonly entries: number;
  readonly pages: number;
}

/** See the head of the file. */
export class SharedEpt {
  #runs: RangeMap;
  readonly #pages = new Float64Array(VALUES);

  constructor(readonly frames: number) {
    this.#runs = new RangeMap(frames, 0);
  }

  /** Visits the runs of mapped pages in a range. */
  each(start: number, end: number, visit: (start: number, end: number, value: number) => void): void {
    this.#runs.each(start, end, (from, to, value) => {
      if (value !== 0) visit(from, to, value);
    });
  }

  /** Entries by level and code, ascending. */
  counts(): readonly EntryCount[] {
    return [...this.#pages].flatMap((pages, value): EntryCount[] => {
      if (value === 0 || pages === 0) return [];
      const level = levelOfValue(value);
      return [{ level, code: codeOfValue(value), entries: pages / LEAF_FRAMES[level]!, pages }];
    });
  }

  /** Zaps every entry that reaches into a range; a large one goes as a whole. */
  zap(start: number, end: number): Lost {
    if (start >= end) return { entries: 0, pages: 0 };
    if (start === 0 && end === this.frames) return this.#zapAll();
    const first = this.#runs.at(start);
    const last = this.#runs.at(end - 1);
    const from = first === 0 ? start : alignDown(start, levelOfValue(first));
    const to = last === 0 ? end : alignUp(end, levelOfValue(last));
    return this.#clear(from, to);
  }

  #zapAll(): Lost {
    const lost = this.counts().reduce(
      (sum, one) => ({ entries: sum.entries + one.entries, pages: sum.pages + one.pages }),
      { entries: 0, pages: 0 },
    );
    this.#runs = new RangeMap(this.frames, 0);
    this.#pages.fill(0);
    return lost;
  }

  /** Clears whole leaves. */
  #clear(start: number, end: number): Lost {
    const lost = this.#forget(start, end);
    if (lost.pages > 0) this.#runs.set(start, end, 0);
    return lost;
  }

  /** Takes the entries of a range out of the counts. */
  #forget(start: number, end: number): Lost {
    let entries = 0;
    let pages = 0;
    this.each(start, end, (from, to, value) => {
      this.#pages[value]! -= to - from;
      pages += to - from;
      entries += (to - from) / LEAF_FRAMES[levelOfValue(value)]!;
    });
    return { entries, pages };
  }

  /** Zaps entries that are smaller than the slot alone would allow: they may be mapped larger again. */
  zapCollapsible(slot: ReplaySlot, start: number, end: number): Lost {
    const found: number[] = [];
    this.each(start, end, (from, to, value) => {
      const level = levelOfValue(value);
      for (const range of largerRanges(slot, from, to, level)) found.push(range.start, range.end);
    });
    let lost: Lost = { entries: 0, pages: 0 };
    for (let k = 0; k < found.length; k += 2) {
      const one = this.#clear(found[k]!, found[k + 1]!);
      lost = { entries: lost.entries + one.entries, pages: lost.pages + one.pages };
    }
    return lost;
  }

  /**
   * A vCPU accesses every page of a part of a slot, ascending. The caller has left out what faults without
   * getting an entry: pages outside of slots, writes to read-only slots.
   */
  touch(
    slot: ReplaySlot,
    start: number,
    end: number,
    isWrite: boolean,
    toucher: Toucher,
    touched: Touched,
  ): void {
    if (slot.dirtyLog && isWrite) touched.replaced += this.#dropLarge(start, end);
    const runs: number[] = [];
    this.#runs.each(start, end, (from, to, value) => runs.push(from, to, value));
    let filled = start;
    for (let k = 0; k < runs.length; k += 3) {
      // A large entry for an earlier gap may have taken the place of what was here.
      const from = Math.max(runs[k]!, filled);
      const to = runs[k + 1]!;
      if (from >= to) continue;
      if (runs[k + 2] === 0) filled = this.#fillGap(slot, from, to, toucher, touched);
      else touched.foreign += pagesUnlike(toucher.types, from, to, codeOfValue(runs[k + 2]!));
    }
  }

  /** A write through a large entry that is write-protected for dirty logging drops it. */
  #dropLarge(start: number, end: number): number {
    const large: number[] = [];
    this.each(start, end, (from, to, value) => {
      const level = levelOfValue(value);
      if (level > 1) large.push(alignDown(from, level), alignUp(to, level));
    });
    let entries = 0;
    for (let k = 0; k < large.length; k += 2) entries += this.#clear(large[k]!, large[k + 1]!).entries;
    return entries;
  }

  /** Faults on every page of a gap; returns where the last entry ends. */
  #fillGap(slot: ReplaySlot, start: number, end: number, toucher: Toucher, touched: Touched): number {
    const { types } = toucher;
    const levels = slot.dirtyLog ? undefined : toucher.levels();
    let filled = start;
    while (filled < end) {
      const type = runAt(types, filled);
      const step = levels ? runAt(levels, filled) : 0;
      const level = levels ? levels.values[step]! : 1;
      const stop = Math.min(end, types.ends[type]!, levels ? levels.ends[step]! : end);
      const from = alignDown(filled, level);
      filled = alignUp(stop, level);
      this.#install(from, filled, level, types.values[type]!, touched);
    }
    return filled;
  }

  #install(start: number, end: number, level: number, code: DemandCode, touched: Touched): void {
    if (level > 1) touched.replaced += this.#forget(start, end).entries;
    const value = entryValue(level, code);
    this.#runs.set(start, end, value);
    this.#pages[value]! += end - start;
    touched.installed += (end - start) / LEAF_FRAMES[level]!;
  }
}

/** Pages of `start <= gfn < end` for which something else than a code is demanded. */
function pagesUnlike(types: Runs, start: number, end: number, code: DemandCode): number {
  let pages = 0;
  for (let at = start, run = runAt(types, start); at < end; run++) {
    const next = Math.min(end, types.ends[run]!);
    if (types.values[run] !== code) pages += next - at;
    at = next;
  }
  return pages;
}

/** Parts of `start <= gfn < end`, mapped at a level, that the slot's own shape would let be mapped larger. */
function* largerRanges(slot: ReplaySlot, start: number, end: number, level: number) {
  if (level >= slot.maxLevel) return;
  const slotEnd = slot.gfn + slot.count;
  const isMmio = (from: number, to: number) => slot.mmio.some((one) => one.start < to && from < one.end);
  for (let at = start; at < end; ) {
    // Where a region of the next level does not fit, none of its pages has one that does.
    let next = alignDown(at, level + 1) + LEAF_FRAMES[level + 1]!;
    for (let larger = 3; larger > level; larger--) {
      const frames = LEAF_FRAMES[larger]!;
      const from = alignDown(at, larger);
      const fits = larger <= slot.maxLevel && slot.gfn % frames === slot.pfn % frames;
      if (!fits || from < slot.gfn || from + frames > slotEnd || isMmio(from, from + frames)) continue;
      next = Math.min(end, from + frames);
      yield { start: at, end: next };
      break;
    }
    at = next;
  }
}
