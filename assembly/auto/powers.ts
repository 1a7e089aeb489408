/**
 * The arithmetic of digests. The digest of entries e0..en is the polynomial e0*K^n + ... + en modulo 2^64. A run
 * e, e + s, e + 2s, ... of 2^k entries has the digest e*S + s*T with S and T that depend on k alone, and a
 * block's digest is linear in its first address, so that digests of blocks can be remembered as if they started
 * at 0 and moved afterwards.
 */
import { PLAN_HAS_POWERS, PLAN_POWERS } from './plan-layout';

/** K: odd, so that no entry is ever lost; the multiplier of a 64-bit congruential generator (Knuth's MMIX). */
const DIGEST_MULTIPLIER: u64 = 6364136223846793005;
export const PAGE_STEP: u64 = 4096;
const POWER_SIZE: u32 = 24;

/** Where a plan keeps K^(2^k), S and T of order k, a u64 each. */
export function power(plan: usize, order: u32): usize {
  return plan + PLAN_POWERS + order * POWER_SIZE;
}

/** Fills the powers of a plan if they are not there yet: most plans are never asked for a digest. */
export function requirePowers(plan: usize): void {
  if (load<u32>(plan, PLAN_HAS_POWERS)) return;
  putPowers(plan);
  store<u32>(plan, 1, PLAN_HAS_POWERS);
}

/** For k = 0..40: K^(2^k), S = sum of K^i, T = sum of i*K^(2^k-1-i), both for i below 2^k. */
function putPowers(plan: usize): void {
  let multiplier = DIGEST_MULTIPLIER;
  let ones: u64 = 1;
  let steps: u64 = 0;
  for (let order: u32 = 0; order <= 40; order++) {
    const at = power(plan, order);
    store<u64>(at, multiplier);
    store<u64>(at, ones, 8);
    store<u64>(at, steps, 16);
    steps = steps * multiplier + steps + ((<u64>1) << u64(order)) * ones;
    ones = ones * multiplier + ones;
    multiplier *= multiplier;
  }
}

/** Digest of 2^order entries: bits, bits + one page, ... */
export function uniformDigest(plan: usize, order: u32, bits: u64): u64 {
  const at = power(plan, order);
  return bits * load<u64>(at, 8) + PAGE_STEP * load<u64>(at, 16);
}

/** Digest of a block from those of its halves of 2^order frames, the second one moved behind the first. */
export function joinHalves(plan: usize, order: u32, left: u64, right: u64): u64 {
  const at = power(plan, order);
  const moved = right + (PAGE_STEP << u64(order)) * load<u64>(at, 8);
  return left * load<u64>(at) + moved;
}

/** Carries a digest over `count` entries: first, first + step, ... */
export function overRun(plan: usize, digest: u64, first: u64, step: u64, count: u64): u64 {
  let entry = first;
  for (let order: i32 = 40; order >= 0; order--) {
    if (((count >> u64(order)) & 1) == 0) continue;
    const at = power(plan, u32(order));
    digest = digest * load<u64>(at) + entry * load<u64>(at, 8) + step * load<u64>(at, 16);
    entry += step << u64(order);
  }
  return digest;
}
