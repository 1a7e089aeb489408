/**
 * The model's level for single frames. Asking for one costs microseconds, so the span that comes back is kept:
 * usual layouts have a few hundred, and masks with holes, which have any number, only cost the asking again.
 */
import type { View } from '../engine/index.ts';

/** Spans that are kept; a full store starts afresh. */
const MOST_SPANS = 16384;

/** Levels of one view. */
export class LevelFinder {
  readonly #view: View;
  readonly #frames: number;
  /** Ascending by start. */
  #starts: number[] = [];
  #ends: number[] = [];
  #levels: number[] = [];

  /**
   * @param view - whose levels
   * @param frames - of the guest's space
   */
  constructor(view: View, frames: number) {
    this.#view = view;
    this.#frames = frames;
  }

  /** The largest level that may map a frame of the space; 0 where no slot does. Clobbers the engine's last answer. */
  at(gfn: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= gfn) low = middle + 1;
      else high = middle;
    }
    return low > 0 && gfn < this.#ends[low - 1]! ? this.#levels[low - 1]! : this.#ask(gfn, low);
  }

  /** @param position - where the span belongs among those that are kept */
  #ask(gfn: number, position: number): number {
    const [span] = this.#view.spansOf('levels', { range: { start: gfn, end: this.#frames } });
    let at = position;
    if (this.#starts.length >= MOST_SPANS) {
      this.#starts = [];
      this.#ends = [];
      this.#levels = [];
      at = 0;
    }
    const end = Math.min(span!.end, this.#starts[at] ?? Number.POSITIVE_INFINITY);
    this.#starts.splice(at, 0, gfn);
    this.#ends.splice(at, 0, end);
    this.#levels.splice(at, 0, span!.level);
    return span!.level;
  }
}
