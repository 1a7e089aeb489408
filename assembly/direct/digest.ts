/**
 * The digest of entries that lie in memory: e0*K^(n-1) + e1*K^(n-2) + ... modulo 2^64, entry by entry. Four
 * interleaved sums, since each product has to wait for the one before it.
 */

const MULTIPLIER: u64 = 6364136223846793005;

/**
 * Carries a digest on over `count` entries.
 *
 * @param digest - pointer to the u64 so far
 */
export function digestEntries(digest: usize, entries: usize, count: u32): void {
  const square = MULTIPLIER * MULTIPLIER;
  const fourth = square * square;
  const whole = count & ~3;
  let sum0 = load<u64>(digest);
  let sum1: u64 = 0;
  let sum2: u64 = 0;
  let sum3: u64 = 0;
  if (whole != 0) {
    const end = entries + (whole << 3);
    for (let at = entries; at < end; at += 32) {
      // The digest so far stands before the first entry, one power of K higher than its sum.
      sum0 = sum0 * (at == entries ? MULTIPLIER : fourth) + load<u64>(at);
      sum1 = sum1 * fourth + load<u64>(at, 8);
      sum2 = sum2 * fourth + load<u64>(at, 16);
      sum3 = sum3 * fourth + load<u64>(at, 24);
    }
    sum0 = sum0 * (square * MULTIPLIER) + sum1 * square + sum2 * MULTIPLIER + sum3;
  }
  for (let i = whole; i < count; i++) sum0 = sum0 * MULTIPLIER + load<u64>(entries + (i << 3));
  store<u64>(digest, sum0);
}
