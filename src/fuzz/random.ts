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

/** Enough for every bit of the start to reach every bit of the state, twice. */
const ROUNDS = 12;

/**
 * Two 64-bit numbers as 128 bits of state. Each round changes one word by the next one and can be taken back, so that no
 * two starts give the same state.
 */
function stateOf(seed: bigint, stream: bigint): Uint32Array {
  const state = new Uint32Array(new BigUint64Array([seed, stream]).buffer);
  for (let round = 0; round < ROUNDS; round++) {
    state[round % 4]! ^= mixed(state[(round + 1) % 4]! + Math.imul(round + 1, 0x9e3779b9));
  }
  // The one state that xorshift never leaves.
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}

/** A 64-bit number to start from. */
export type Seed = number | bigint;

/** Xorshift with 128 bits of state (Marsaglia 2003, period 2^128 - 1). */
export class Random {
  readonly #state: Uint32Array;

  /**
   * @param seed - any 64-bit number
   * @param stream - which of the seed's 2^64 independent sources
   */
  constructor(seed: Seed, stream: Seed = 0) {
    this.#state = stateOf(BigInt(seed), BigInt(stream));
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
