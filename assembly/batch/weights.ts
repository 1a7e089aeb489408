/** The arithmetic of digests. */
import { BATCH_WEIGHTS, PAIRS_OF_CODES } from './batch-layout';

/** Step of SplitMix64's counter: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** Mixes a word: the finaliser of SplitMix64 (Stafford's variant 13 of MurmurHash3's). */
export function mixed(word: u64): u64 {
  word += GOLDEN;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

/** Writes the constant of each pair of codes: odd, so that no page is lost. */
export function putWeights(batch: usize): void {
  for (let codes: u32 = 0; codes < u32(PAIRS_OF_CODES); codes++) {
    store<u64>(batch + (codes << 3), mixed(u64(codes)) | 1, BATCH_WEIGHTS);
  }
}
