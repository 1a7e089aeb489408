/** How much of a long input has been read: a line on standard error, only where a terminal reads. */
import { durationText } from '../../write/format/duration.ts';

const LEAST_MS = 200;
const MEBIBYTE = 2 ** 20;

/** Shows progress while it lasts. */
export class ByteProgress {
  readonly #total: number | undefined;
  readonly #began = performance.now();
  readonly #isShown = process.stderr.isTTY === true;
  #shownAt = Number.NEGATIVE_INFINITY;

  /** @param total - bytes in all; undefined where nobody knows, as of a pipe */
  constructor(total: number | undefined) {
    this.#total = total;
  }

  /** @param bytes - read so far */
  show(bytes: number): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#shownAt < LEAST_MS) return;
    this.#shownAt = now;
    const rate = bytes / Math.max(1, now - this.#began);
    const text = `${(bytes / MEBIBYTE).toFixed(0)} MiB  ${((rate * 1000) / MEBIBYTE).toFixed(0)} MiB/s`;
    const total = this.#total;
    const of = total ? `${((100 * bytes) / total).toFixed(1)} %  ` : '';
    const left = total && rate > 0 ? `  ${durationText((total - bytes) / rate / 1000)} left` : '';
    process.stderr.write(`\r${of}${text}${left}\x1b[K`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[K');
  }
}
