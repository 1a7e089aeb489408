/** What has been disposed of answers nothing any more: its memory may hold somebody else's answers by then. */
import { EptsweepError } from '../errors.ts';

/** The life of something that can be disposed of. */
export class Lifetime {
  readonly #what: string;
  readonly #within: Lifetime | undefined;
  #isOver = false;

  /**
   * @param what - what an error calls it: `view`
   * @param within - the life of what it was opened by, which ends this one as well
   */
  constructor(what: string, within?: Lifetime) {
    this.#what = what;
    this.#within = within;
  }

  /** Whether it, or what it was opened by, has been disposed of. */
  get isOver(): boolean {
    return this.#isOver || (this.#within?.isOver ?? false);
  }

  /**
   * Does nothing as long as it lives.
   *
   * @throws EptsweepError `disposed`, which names what has been disposed of
   */
  require(): void {
    if (this.#isOver) {
      throw new EptsweepError('disposed', `the ${this.#what} has been disposed of: open another one`);
    }
    this.#within?.require();
  }

  /** Ends it. Harmless twice. */
  end(): void {
    this.#isOver = true;
  }
}

/**
 * Items that are given out as long as something lives.
 *
 * @param items - found as they are asked for
 * @param lifetime - of what they are found in
 * @returns the same items
 * @throws EptsweepError `disposed` where the next one is asked for too late
 */
export function* whileAlive<T>(items: Iterable<T>, lifetime: Lifetime): Generator<T, void, undefined> {
  for (const item of items) {
    yield item;
    lifetime.require();
  }
}
