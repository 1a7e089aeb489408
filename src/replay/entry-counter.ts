/** Counts entries, each once, whose pages come in ascending parts. */
import { LEAF_FRAMES } from '../ranges.ts';

/** See the head of the file. */
export class EntryCounter {
  entries = 0;
  pages = 0;
  #last = 0;

  add(start: number, end: number, level: number): void {
    const frames = LEAF_FRAMES[level]!;
    const first = Math.floor(start / frames) * frames;
    const from = Math.max(first, this.#last);
    const to = Math.ceil(end / frames) * frames;
    this.entries += (to - from) / frames;
    this.#last = to;
    this.pages += end - start;
  }
}
