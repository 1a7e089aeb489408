/**
 * How long the oldest request has waited, counted in ticks of an event loop that was free to hear an answer:
 * while this process computes something of its own, a tick comes late, and the other program is not blamed.
 */
const TICKS_PER_TIMEOUT = 20;
const SHORTEST_TICK_MS = 5;
const LONGEST_TICK_MS = 100;

/** A time limit that stands while the event loop is busy. */
export class IdleTimeout {
  readonly #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  /**
   * @param timeoutMs - how long to wait, in ms
   * @param onTimeout - called once it is used up; the clock has stopped by then
   */
  constructor(
    readonly timeoutMs: number,
    readonly onTimeout: () => void,
  ) {
    this.#tickMs = Math.min(LONGEST_TICK_MS, Math.max(SHORTEST_TICK_MS, timeoutMs / TICKS_PER_TIMEOUT));
  }

  /** Time waited since the last start, in ms, to the tick. */
  get waitedMs(): number {
    return this.#ticks * this.#tickMs;
  }

  /** Starts to count from 0; nothing if it runs. */
  start(): void {
    if (this.#timer) return;
    this.#ticks = 0;
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
  }

  /** Counts from 0 again. */
  restart(): void {
    this.#ticks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ticks = 0;
  }

  #tick(): void {
    this.#ticks++;
    if (this.waitedMs < this.timeoutMs) return;
    this.stop();
    this.onTimeout();
  }
}
