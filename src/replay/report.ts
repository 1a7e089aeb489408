/** What a replay says of the shared EPT at one moment. */
import { LEAF_FRAMES } from '../ranges.ts';
import type { Danger, Demand } from '../share/demand.ts';
import { dangerOf, demandOf } from '../share/demand.ts';
import type { Level } from '../types.ts';
import type { Agreement } from './agreement.ts';
import { codeOfValue, levelOfValue, type SharedEpt } from './shared-ept.ts';

/** Entries of one level and type. */
export interface EntriesByKind extends Demand {
  readonly level: Exclude<Level, 0>;
  readonly entries: number;
  readonly pages: number;
}

/** Entries that are not what they should be. */
export interface WrongEntryCount {
  /** Entries of which at least one page is. */
  readonly entries: number;
  readonly pages: number;
}

/** One report. */
export interface ReplayReport {
  /** How many events have happened. */
  readonly events: number;
  readonly at: number | undefined;
  /** By level and type, ascending. */
  readonly entries: readonly EntriesByKind[];
  /** No vCPU's state demands what is installed: a fault now, whoever takes it, would install another type. */
  readonly stale: WrongEntryCount;
  /** At least one vCPU's state demands something else than what is installed. */
  readonly foreign: WrongEntryCount & {
    /** Pages, counted once for each vCPU that demands something else. */
    readonly vcpuPages: number;
    /** The same by danger. */
    readonly byDanger: Readonly<Record<Danger, number>>;
  };
  /** Pages in slots on which the vCPUs' states demand different entries, installed or not. */
  readonly disagree: number;
}

/** Counts entries, each once, whose pages come in ascending parts. */
class EntryCounter {
  entries = 0;
  pages = 0;
  #last = -1;

  add(start: number, end: number, level: number): void {
    const frames = LEAF_FRAMES[level]!;
    const first = Math.floor(start / frames) * frames;
    const from = Math.max(first, this.#last);
    const to = Math.ceil(end / frames) * frames;
    if (to > from) this.entries += (to - from) / frames;
    this.#last = Math.max(this.#last, to);
    this.pages += end - start;
  }
}

/** Makes a report of the moment. */
export function reportOf(
  ept: SharedEpt,
  agreement: Agreement,
  events: number,
  at: number | undefined,
): ReplayReport {
  const stale = new EntryCounter();
  const foreign = new EntryCounter();
  const byDanger = { 'cacheable-for-uc': 0, 'uc-for-cacheable': 0, other: 0 };
  let vcpuPages = 0;
  ept.each(0, ept.frames, (start, end, value) => {
    const level = levelOfValue(value);
    const code = codeOfValue(value);
    agreement.each(start, end, (from, to, counts, present) => {
      if (present === 0 || present === 1 << code) return;
      if ((present & (1 << code)) === 0) stale.add(from, to, level);
      foreign.add(from, to, level);
      for (let rest = present & ~(1 << code); rest !== 0; rest &= rest - 1) {
        const demanded = 31 - Math.clz32(rest & -rest);
        const pages = counts[demanded]! * (to - from);
        vcpuPages += pages;
        byDanger[dangerOf(demanded, code)] += pages;
      }
    });
  });
  return {
    events,
    at,
    entries: ept
      .counts()
      .map(({ level, code, entries, pages }) => ({ level, ...demandOf(code), entries, pages })),
    stale: { entries: stale.entries, pages: stale.pages },
    foreign: { entries: foreign.entries, pages: foreign.pages, vcpuPages, byDanger },
    disagree: agreement.disagree,
  };
}
