/** Entries that were installed for pages that had been mapped before, and had to be faulted in again. */
import { EntryCounter } from './entry-counter.ts';
import { RangeMap } from './range-map.ts';

/** See the head of the file. */
export class Refaults {
  readonly #seen: RangeMap;
  /** Entries with at least one such page. */
  entries = 0;
  pages = 0;

  constructor(frames: number) {
    this.#seen = new RangeMap(frames, 0);
  }

  /** Takes note of entries of one level. */
  installed(start: number, end: number, level: 1 | 2 | 3): void {
    const again = new EntryCounter();
    this.#seen.each(start, end, (from, to, seen) => {
      if (seen === 1) again.add(from, to, level);
    });
    this.entries += again.entries;
    this.pages += again.pages;
    this.#seen.set(start, end, 1);
  }
}
