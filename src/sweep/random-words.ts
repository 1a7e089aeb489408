/**
 * Random words by seed, index and kind, none of which needs those before it: Philox 4x32-10 of Salmon, Moraes, Dror and
 * Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011), with the seed as its key.
 */

type Four = readonly [bigint, bigint, bigint, bigint];

const HALF = 32n;
const half = (value: bigint): bigint => BigInt.asUintN(32, value);
const ROUNDS = 10n;

/**
 * A block of Philox 4x32-10.
 *
 * @param counter - four words of 32 bits
 * @param key - two words of 32 bits
 */
export function philox(counter: Four, key: readonly [bigint, bigint]): Four {
  let [a, b, c, d] = counter;
  for (let round = 0n; round < ROUNDS; round++) {
    const [left, right] = [a * 0xd2511f53n, c * 0xcd9e8d57n];
    const [first, second] = [half(key[0] + round * 0x9e3779b9n), half(key[1] + round * 0xbb67ae85n)];
    [a, b, c, d] = [(right >> HALF) ^ b ^ first, half(right), (left >> HALF) ^ d ^ second, half(left)];
  }
  return [a, b, c, d];
}

/** The words of one layout, 64 bits each, two a block. */
export class RandomWords {
  readonly #counter: readonly [bigint, bigint];
  readonly #key: readonly [bigint, bigint];
  readonly #kind: bigint;
  readonly #blocks = new Map<number, readonly [bigint, bigint]>();

  /**
   * @param seed - 64 bits
   * @param index - 64 bits
   * @param kind - number of the stream
   */
  constructor(seed: bigint, index: bigint, kind: number) {
    this.#key = [half(seed), seed >> HALF];
    this.#counter = [half(index), index >> HALF];
    this.#kind = BigInt(kind);
  }

  /** Word `at`, from 0. */
  word(at: number): bigint {
    return this.#block(at >> 1)[at & 1]!;
  }

  /** `count` bits of a word, from bit `low` on; at most 53. */
  bits(at: number, low: number, count: number): number {
    return Number(BigInt.asUintN(count, this.word(at) >> BigInt(low)));
  }

  /** `0 <= n < limit` from the 16 bits of a word from bit `low` on. */
  below(at: number, low: number, limit: number): number {
    return Math.floor((this.bits(at, low, 16) * limit) / 2 ** 16);
  }

  #block(block: number): readonly [bigint, bigint] {
    const known = this.#blocks.get(block);
    if (known) return known;
    const [a, b, c, d] = philox([...this.#counter, BigInt(block), this.#kind], this.#key);
    const words = [a | (b << HALF), c | (d << HALF)] as const;
    this.#blocks.set(block, words);
    return words;
  }
}
