/** What a loop over entries gives at each step. */
import { Lifetime } from '../vm/index.ts';

/**
 * Entries of consecutive frames, one step of a loop's. Both arrays lie in memory of the loop's own, which its next
 * step overwrites: copy what is to stay. A getter throws from then on, an array that was taken before shows the
 * next tile's entries.
 */
export class Tile {
  /** GFN of the first entry. */
  readonly first: number;
  readonly #entries: BigUint64Array;
  readonly #lifetime = new Lifetime('tile');

  /** @internal */
  constructor(first: number, entries: BigUint64Array) {
    this.first = first;
    this.#entries = entries;
  }

  /**
   * 4 KiB leaf entries, one a frame.
   *
   * @throws EptsweepError `disposed` once the loop has gone on
   */
  get u64(): BigUint64Array {
    this.#lifetime.require();
    return this.#entries;
  }

  /**
   * The same as pairs of low and high halves.
   *
   * @throws EptsweepError `disposed` once the loop has gone on
   */
  get u32(): Uint32Array {
    this.#lifetime.require();
    const { buffer, byteOffset, length } = this.#entries;
    return new Uint32Array(buffer, byteOffset, length * 2);
  }

  /** @internal */
  end(): void {
    this.#lifetime.end();
  }
}
