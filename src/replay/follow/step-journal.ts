/** What became of entries during one step, on one side: the model's, or the running kernel's. */
import { LEAF_FRAMES } from '../../ranges.ts';
import type { EntryJournal } from '../entry-journal.ts';
import { levelOfValue } from '../shared-ept.ts';

/** Frames with entries of one value. */
export interface EntryRun {
  readonly start: number;
  readonly end: number;
  /** Level, type and IPAT, as `shared-ept.ts` keeps them; 0: nothing is mapped. */
  readonly value: number;
}

/** Entries of one step by what became of them. */
export interface EntryEffects {
  /** Entries that a fault installed. */
  readonly installed: number;
  /** Entries that went away, those aside that were split or recovered. */
  readonly dropped: number;
  /** Large entries that were split into small ones that inherit. */
  readonly split: number;
  /** Large entries that took the place of small ones, and inherit. */
  readonly recovered: number;
}

interface Note extends EntryRun {
  readonly isPut: boolean;
}

/** See the head of the file. */
export class StepJournal implements EntryJournal {
  readonly #notes: Note[] = [];
  #installed = 0;
  #dropped = 0;
  #split = 0;
  #recovered = 0;

  lost(start: number, end: number, value: number, isPassedOn: boolean): void {
    const level = levelOfValue(value);
    const entries = (end - start) / LEAF_FRAMES[level]!;
    this.#notes.push({ start, end, value, isPut: false });
    if (!isPassedOn) this.#dropped += entries;
    else if (level > 1) this.#split += entries;
  }

  put(start: number, end: number, value: number, isInherited: boolean): void {
    const level = levelOfValue(value);
    const entries = (end - start) / LEAF_FRAMES[level]!;
    this.#notes.push({ start, end, value, isPut: true });
    if (!isInherited) this.#installed += entries;
    else if (level > 1) this.#recovered += entries;
  }

  get effects(): EntryEffects {
    return {
      installed: this.#installed,
      dropped: this.#dropped,
      split: this.#split,
      recovered: this.#recovered,
    };
  }
  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  /** All frames that are noted lie in it; undefined where there are none. */
  get hull(): { readonly start: number; readonly end: number } | undefined {
    if (this.isEmpty) return undefined;
    let [start, end] = [Number.POSITIVE_INFINITY, 0];
    for (const note of this.#notes) {
      start = Math.min(start, note.start);
      end = Math.max(end, note.end);
    }
    return { start, end };
  }

  /** Frames from which an entry went away, ascending, joined. */
  lostFrames(): readonly EntryRun[] {
    const sorted = this.#notes.filter(({ isPut }) => !isPut).sort((a, b) => a.start - b.start);
    const joined: { start: number; end: number; value: number }[] = [];
    for (const { start, end } of sorted) {
      const last = joined.at(-1);
      if (last && start <= last.end) last.end = Math.max(last.end, end);
      else joined.push({ start, end, value: 1 });
    }
    return joined;
  }

  /** What was mapped at a frame before the step; undefined where nothing became of it. */
  before(gfn: number): number | undefined {
    const first = this.#notes.find(({ start, end }) => start <= gfn && gfn < end);
    return first && (first.isPut ? 0 : first.value);
  }
}
