/** How far a long job has come: a line on standard error that rewrites itself, only where a terminal reads. */

const LEAST_MS = 100;

/** `1:02:03` or `02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`;
}

/** `812 M`, `1.2 G`. */
export function rateText(perSecond: number): string {
  const [value, unit] = perSecond >= 1e9 ? [perSecond / 1e9, ' G'] : [perSecond / 1e6, ' M'];
  return `${value.toFixed(value < 100 ? 1 : 0)}${unit}`;
}

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
