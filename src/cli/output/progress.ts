/** How far a long job has come: a line on standard error that rewrites itself, only where a terminal reads. */
import { durationText, rateText } from '../../write/format/duration.ts';

const LEAST_MS = 100;

/** Shows progress while it lasts. */
export class Progress {
  readonly #total: number;
  readonly #before: number;
  readonly #began = performance.now();
  readonly #isShown = process.stderr.isTTY === true;
  #shownAt = Number.NEGATIVE_INFINITY;

  /**
   * @param total - pages of the whole job
   * @param before - pages that were done before it began
   */
  constructor(total: number, before: number) {
    this.#total = total;
    this.#before = before;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** @param done - pages of the whole job that are done by now */
  show(done: number): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#shownAt < LEAST_MS) return;
    this.#shownAt = now;
    const rate = (done - this.#before) / this.seconds;
    const left = rate > 0 ? durationText((this.#total - done) / rate) : '?';
    const percent = ((100 * done) / this.#total).toFixed(1);
    process.stderr.write(`\r${percent} %  ${rateText(rate)} pages/s  ${left} left\x1b[K`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
  }
}
