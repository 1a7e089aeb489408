/**
 * A seeded source of random numbers: the same seed gives the same numbers on every machine and every run
 * (32-bit integer arithmetic only). Each case of a run has a source of its own, so that any of them can be
 * made again without those before it.
 */

/** Mixes a 32-bit word so that neighbouring inputs have nothing in common (the finaliser of MurmurHash3). */
function mixed(word: number): number {
  let mix = word | 0;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/** Xorshift with 128 bits of state (Marsaglia 2003, period 2^128 - 1). */
export class Random {
  readonly #state: Uint32Array;

  /**
   * @param seed - any 32-bit number
   * @param stream - which of the seed's independent sources
   */
  constructor(seed: number, stream = 0) {
    const start = mixed(mixed(seed) + mixed(stream ^ 0x9e3779b9));
    this.#state = Uint32Array.from(
      [1, 2, 3, 4],
      (step) => mixed(start + Math.imul(step, 0x9e3779b9)) || step,
    );
  }

  /** 32 random bits. */
  word(): number {
    const state = this.#state;
    let last = state[3]!;
    const first = state[0]!;
    last ^= last << 11;
    last ^= last >>> 8;
    state.copyWithin(1, 0, 3);
    state[0] = last ^ first ^ (first >>> 19);
    return state[0]!;
  }

  /** An integer `0 <= n < limit`; `limit` up to 2^52. */
  below(limit: number): number {
    if (limit <= 2 ** 32) return Math.floor((this.word() / 2 ** 32) * limit);
    return Math.floor(((this.word() * 2 ** 20 + (this.word() >>> 12)) / 2 ** 52) * limit);
  }

  /** An integer `low <= n <= high`. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** `count` random bits as a bigint. */
  bits(count: number): bigint {
    const value = (BigInt(this.word()) << 32n) | BigInt(this.word());
    return BigInt.asUintN(count, value);
  }
}
