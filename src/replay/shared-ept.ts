/**
 * The leaf entries of the one EPT, as runs of equal level, type and IPAT. An entry keeps what it was installed
 * with until it is zapped, whatever happens to the registers meanwhile.
 */
import type { ZapFlags } from '../policy/index.ts';
import { LEAF_FRAMES } from '../ranges.ts';
import type { DemandCode } from '../share/demand.ts';
import { pageTablePages } from '../share/page-tables.ts';
import type { GfnRange, Level, Span } from '../types.ts';
import { runAt } from './demands.ts';
import type { EntryJournal } from './entry-journal.ts';
import type { ReplaySlot } from './inventory.ts';
import { RangeMap } from './range-map.ts';
import type { Runs } from './registers.ts';

/** A run's value: 0 where nothing is mapped. */
export function entryValue(level: number, code: DemandCode): number {
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

/** Nothing was mapped there. */
export const NOTHING_LOST: Lost = Object.freeze({ entries: 0, pages: 0 });

/** What was lost here and there. */
export function addLost(one: Lost, other: Lost): Lost {
  return { entries: one.entries + other.entries, pages: one.pages + other.pages };
}

/** What a touch did. */
export interface Touched {
  /** Entries that were installed. */
  installed: number;
  /** Smaller entries that a new larger one took the place of, and large ones that a write dropped or split. */
  replaced: number;
  /** Pages that were accessed through an entry that the accessing vCPU's state does not demand. */
  foreign: number;
}

/** What a vCPU brings along for a touch. */
export interface Toucher {
  /** Types and IPAT that its faults install. */
  readonly types: Runs;
  /** Types and IPAT that its own state demands: the same, but where a design lets others decide. */
  readonly own: Runs;
  readonly isWrite: boolean;
  /** What a write does to a large entry that is write-protected for dirty logging. */
  readonly largeWrite: ZapFlags['largeWrite'];
  /** Levels at which its faults map; asked for only if there are faults. */
  levels(): Runs;
  /** Takes note of entries of one level. */
  installed(slot: ReplaySlot, start: number, end: number, level: 1 | 2 | 3): void;
}

/** Entries of one kind. */
export interface EntryCount {
  readonly level: Exclude<Level, 0>;
  readonly code: DemandCode;
  readonly entries: number;
  readonly pages: number;
}

/** A region that a larger entry could map. */
export interface LargerRegion extends GfnRange {
  readonly level: 2 | 3;
  /** Type and IPAT of its first entry. */
  readonly code: DemandCode;
}

/** See the head of the file. */
export class SharedEpt {
  readonly #runs: RangeMap;
  /** Pages by value. */
  readonly #pages: number[] = [];
  #mapped = 0;

  /** @param journal - takes note of what becomes of each entry, where somebody asks */
  constructor(
    readonly frames: number,
    private readonly journal?: EntryJournal,
  ) {
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
    return this.#pages.flatMap((pages, value): EntryCount[] => {
      if (pages === 0) return [];
      const level = levelOfValue(value);
      return [{ level, code: codeOfValue(value), entries: pages / LEAF_FRAMES[level]!, pages }];
    });
  }

  /** Zaps every entry that reaches into a range; a large one goes as a whole. */
  zap(start: number, end: number): Lost {
    if (start >= end) return NOTHING_LOST;
    // Where nothing is mapped the level is 0, of single pages.
    const from = alignDown(start, levelOfValue(this.#runs.at(start)));
    const to = alignUp(end, levelOfValue(this.#runs.at(end - 1)));
    return this.#clear(from, to);
  }

  /** Clears whole leaves. */
  #clear(start: number, end: number): Lost {
    const lost = this.#forget(start, end);
    this.#runs.set(start, end, 0);
    return lost;
  }

  /**
   * Takes the entries of a range out of the counts.
   *
   * @param isPassedOn - others take their place that inherit from them
   */
  #forget(start: number, end: number, isPassedOn = false): Lost {
    let entries = 0;
    let pages = 0;
    this.each(start, end, (from, to, value) => {
      this.journal?.lost(from, to, value, isPassedOn);
      this.#pages[value]! -= to - from;
      pages += to - from;
      entries += (to - from) / LEAF_FRAMES[levelOfValue(value)]!;
    });
    this.#mapped -= pages;
    return { entries, pages };
  }

  /** Clears the regions of larger leaves that smaller entries are in. */
  zapRegions(regions: Iterable<GfnRange>): Lost {
    let [entries, pages] = [0, 0];
    for (const { start, end } of regions) {
      const lost = this.#clear(start, end);
      entries += lost.entries;
      pages += lost.pages;
    }
    return { entries, pages };
  }

  /** Puts a large entry, with the type of the first small one, in the place of a region's small ones. */
  recover({ start, end, level, code }: LargerRegion): void {
    this.#forget(start, end, true);
    this.#put(start, end, level, code, true);
  }

  /** Splits every large entry of a range into small ones that inherit its type; returns how many there were. */
  split(start: number, end: number): number {
    let entries = 0;
    for (const { from, to, value } of this.#largeRuns(start, end)) {
      entries += this.#forget(from, to, true).entries;
      this.#put(from, to, 1, codeOfValue(value), true);
    }
    return entries;
  }

  /**
   * A vCPU accesses every page of a part of a slot, ascending. The caller has left out what faults without
   * getting an entry: pages outside of slots, writes to read-only slots.
   */
  touch(slot: ReplaySlot, start: number, end: number, toucher: Toucher, touched: Touched): void {
    if (slot.dirtyLog && toucher.isWrite) this.#writeLarge(slot, start, end, toucher, touched);
    const runs: number[] = [];
    this.#runs.each(start, end, (from, to, value) => runs.push(from, to, value));
    let filled = start;
    for (let k = 0; k < runs.length; k += 3) {
      // A large entry for an earlier gap may have taken the place of what was here.
      const from = Math.max(runs[k]!, filled);
      const to = runs[k + 1]!;
      if (runs[k + 2] === 0) filled = this.#fillGap(slot, from, to, toucher, touched);
      else touched.foreign += pagesUnlike(toucher.own, from, to, codeOfValue(runs[k + 2]!));
    }
  }

  /** Whole large entries that reach into a range. */
  #largeRuns(start: number, end: number): { from: number; to: number; value: number }[] {
    const large: { from: number; to: number; value: number }[] = [];
    this.each(start, end, (first, last, value) => {
      const level = levelOfValue(value);
      if (level > 1) large.push({ from: alignDown(first, level), to: alignUp(last, level), value });
    });
    return large;
  }

  /** Writes through large entries that are write-protected for dirty logging. */
  #writeLarge(slot: ReplaySlot, start: number, end: number, toucher: Toucher, touched: Touched): void {
    for (const { from, to, value } of this.#largeRuns(start, end)) {
      if (toucher.largeWrite === 'drop') touched.replaced += this.#clear(from, to).entries;
      else {
        touched.replaced += this.#forget(from, to, true).entries;
        this.#splitOnWrite(
          slot,
          Math.max(start, from),
          Math.min(end, to),
          { from, to, value },
          toucher,
          touched,
        );
      }
    }
  }

  /**
   * Every large entry becomes 512 that inherit, down to 4K below what is written; the first write to each 2M gets the
   * writer's type, what follows there is a fast page fault.
   */
  #splitOnWrite(
    slot: ReplaySlot,
    start: number,
    end: number,
    whole: { from: number; to: number; value: number },
    toucher: Toucher,
    touched: Touched,
  ): void {
    const code = codeOfValue(whole.value);
    const [small, smallEnd] = [alignDown(start, 2), alignUp(end, 2)];
    if (levelOfValue(whole.value) === 3) {
      if (whole.from < small) this.#put(whole.from, small, 2, code, true);
      if (smallEnd < whole.to) this.#put(smallEnd, whole.to, 2, code, true);
      this.#put(small, smallEnd, 1, code, true);
    } else this.#put(whole.from, whole.to, 1, code, true);
    for (let region = small; region < smallEnd; region += LEAF_FRAMES[2]) {
      const page = Math.max(region, start);
      this.#install(slot, page, page + 1, 1, toucher, touched, true);
    }
  }

  /** Faults on every page of a gap; returns where the last entry ends. */
  #fillGap(slot: ReplaySlot, start: number, end: number, toucher: Toucher, touched: Touched): number {
    const { types, own } = toucher;
    const levels = slot.dirtyLog ? undefined : toucher.levels();
    let filled = start;
    while (filled < end) {
      const type = runAt(types, filled);
      const step = levels ? runAt(levels, filled) : 0;
      const level = (levels ? levels.values[step]! : 1) as 1 | 2 | 3;
      const stop = Math.min(end, types.ends[type]!, levels ? levels.ends[step]! : end);
      if (own !== types) touched.foreign += pagesUnlike(own, filled, stop, types.values[type]!);
      const from = alignDown(filled, level);
      filled = alignUp(stop, level);
      this.#install(slot, from, filled, level, toucher, touched, false, types.values[type]!);
    }
    return filled;
  }

  /** A fault installs entries; `isMapped`: one takes the place of an entry that a split has made for it. */
  #install(
    slot: ReplaySlot,
    start: number,
    end: number,
    level: 1 | 2 | 3,
    toucher: Toucher,
    touched: Touched,
    isMapped: boolean,
    code = toucher.types.values[runAt(toucher.types, start)]!,
  ): void {
    const before = this.#forget(start, end).entries;
    if (!isMapped) touched.replaced += before;
    this.#put(start, end, level, code);
    touched.installed += (end - start) / LEAF_FRAMES[level]!;
    toucher.installed(slot, start, end, level);
  }

  /** Maps frames that are counted nowhere. */
  #put(start: number, end: number, level: 1 | 2 | 3, code: DemandCode, isInherited = false): void {
    const value = entryValue(level, code);
    this.journal?.put(start, end, value, isInherited);
    this.#runs.set(start, end, value);
    this.#pages[value] = (this.#pages[value] ?? 0) + end - start;
    this.#mapped += end - start;
  }

  /** Page tables that the entries take, the root included. */
  tablePages(maxphyaddr: number): number {
    const spans: Span[] = [];
    this.each(0, this.frames, (start, end, value) => spans.push({ start, end, level: levelOfValue(value) }));
    return pageTablePages(spans, maxphyaddr);
  }

  get isEmpty(): boolean {
    return this.#mapped === 0;
  }
}

/** Pages of `start <= gfn < end` for which something else than a code is demanded. */
export function pagesUnlike(types: Runs, start: number, end: number, code: DemandCode): number {
  let pages = 0;
  for (let at = start, run = runAt(types, start); at < end; run++) {
    const next = Math.min(end, types.ends[run]!);
    if (types.values[run] !== code) pages += next - at;
    at = next;
  }
  return pages;
}
