/**
 * Random words by key and counter: Philox 4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy
 * as 1, 2, 3" (SC 2011). The seed is its key, and index, block and kind its counter, so that every layout of every seed
 * has words of its own and none needs those before it.
 */

const MULTIPLIER_0: u64 = 0xd2511f53;
const MULTIPLIER_1: u64 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: u32 = 10;

/**
 * Writes a block of two 64-bit words.
 *
 * @param seed - the key
 * @param index - counter words 0 and 1
 * @param block - counter word 2
 * @param kind - counter word 3
 */
export function writeBlock(seed: u64, index: u64, block: u32, kind: u32, out: usize): void {
  let key0 = u32(seed);
  let key1 = u32(seed >> 32);
  let c0 = u32(index);
  let c1 = u32(index >> 32);
  let c2 = block;
  let c3 = kind;
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const product0 = u64(c0) * MULTIPLIER_0;
    const product1 = u64(c2) * MULTIPLIER_1;
    c0 = u32(product1 >> 32) ^ c1 ^ key0;
    c1 = u32(product1);
    c2 = u32(product0 >> 32) ^ c3 ^ key1;
    c3 = u32(product0);
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  store<u64>(out, u64(c0) | (u64(c1) << 32));
  store<u64>(out, u64(c2) | (u64(c3) << 32), 8);
}

/** `0 <= n < limit` from 16 bits of a word. */
export function below(word: u64, shift: u64, limit: u64): u64 {
  return (((word >> shift) & 0xffff) * limit) >> 16;
}
