/** Room for entries of engines that have no memory of their own. */
import { InputRangeError } from '../errors.ts';
import { type EntryBuffer, Lifetime } from '../vm/index.ts';

/** Most frames of a buffer, whatever the engine: half of a 32-bit memory. */
const MOST_FRAMES = 2 ** 28;

/** Entries in memory of JavaScript's. */
export class HostEntryBuffer implements EntryBuffer {
  readonly #lifetime: Lifetime;
  #entries: BigUint64Array;

  /**
   * @param evaluator - the life of the evaluator
   * @throws InputRangeError with path `frames`
   */
  constructor(frames: number, evaluator: Lifetime) {
    if (!Number.isInteger(frames) || frames < 0 || frames > MOST_FRAMES) {
      throw new InputRangeError('frames', `expected 0..${MOST_FRAMES} frames, got ${frames}`);
    }
    this.#lifetime = new Lifetime('entry buffer', evaluator);
    this.#entries = new BigUint64Array(frames);
  }

  get entries(): BigUint64Array {
    this.#lifetime.require();
    return this.#entries;
  }

  dispose(): void {
    this.#lifetime.end();
    this.#entries = new BigUint64Array(0);
  }
}
