/**
 * Random words by key and counter: Philox 4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy
 * as 1, 2, 3" (SC 2011). The seed is its key, and index, block and kind its counter, so that every layout of every seed
 * has words of its own and none needs those before it.
 */

const MULTIPLIER_0: i32 = 0xd2511f53;
const MULTIPLIER_1: i32 = 0xcd9e8d57;
const WEYL_0: i32 = 0x9e3779b9;
const WEYL_1: i32 = 0xbb67ae85;
const ROUNDS: u32 = 10;
/** Blocks that are made at a time. */
export const BLOCKS: u32 = 4;

/** Writes two blocks, whose words are in two lanes each. */
function putTwo(out: usize, words: v128, others: v128): void {
  v128.store(out, v128.shuffle<u64>(words, others, 0, 2));
  v128.store(out, v128.shuffle<u64>(words, others, 1, 3), 16);
}

/**
 * Writes four blocks of two 64-bit words each, a lane a block.
 *
 * @param seed - the key
 * @param index - counter words 0 and 1
 * @param block - counter word 2 of the first
 * @param kind - counter word 3
 */
export function writeBlocks(seed: u64, index: u64, block: u32, kind: u32, out: usize): void {
  let key0 = i32x4.splat(i32(seed));
  let key1 = i32x4.splat(i32(seed >> 32));
  let c0 = i32x4.splat(i32(index));
  let c1 = i32x4.splat(i32(index >> 32));
  let c2 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c3 = i32x4.splat(kind);
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const left = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const leftUpper = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const right = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    const rightUpper = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    c0 = v128.xor(v128.xor(v128.shuffle<u32>(right, rightUpper, 1, 3, 5, 7), c1), key0);
    c1 = v128.shuffle<u32>(right, rightUpper, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(v128.shuffle<u32>(left, leftUpper, 1, 3, 5, 7), c3), key1);
    c3 = v128.shuffle<u32>(left, leftUpper, 0, 2, 4, 6);
    key0 = i32x4.add(key0, i32x4.splat(WEYL_0));
    key1 = i32x4.add(key1, i32x4.splat(WEYL_1));
  }
  putTwo(out, v128.shuffle<u32>(c0, c1, 0, 4, 1, 5), v128.shuffle<u32>(c2, c3, 0, 4, 1, 5));
  putTwo(out + 32, v128.shuffle<u32>(c0, c1, 2, 6, 3, 7), v128.shuffle<u32>(c2, c3, 2, 6, 3, 7));
}

/** `0 <= n < limit` from 16 bits of a word. */
export function below(word: u64, shift: u64, limit: u64): u64 {
  return (((word >> shift) & 0xffff) * limit) >> 16;
}
