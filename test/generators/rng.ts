/** A seeded source of random numbers: the same seed gives the same VMs on every machine. */

/** xorshift64*, of which the upper 53 bits are used. */
export class Rng {
  #state: bigint;

  constructor(readonly seed: number) {
    this.#state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 0x2545f4914f6cdd1dn) || 1n;
    for (let i = 0; i < 4; i++) this.bits(53);
  }

  /** A bigint of `count` (at most 64) random bits. */
  bits(count: number): bigint {
    let x = this.#state;
    x ^= x >> 12n;
    x = BigInt.asUintN(64, x ^ (x << 25n));
    x ^= x >> 27n;
    this.#state = x;
    return BigInt.asUintN(64, x * 0x2545f4914f6cdd1dn) >> BigInt(64 - count);
  }

  /** An integer 0..limit-1. */
  below(limit: number): number {
    return Math.floor((Number(this.bits(53)) / 2 ** 53) * limit);
  }

  /** An integer low..high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return Number(this.bits(53)) / 2 ** 53 < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** The values in a random order. */
  shuffled<T>(values: readonly T[]): T[] {
    const order = [...values];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
