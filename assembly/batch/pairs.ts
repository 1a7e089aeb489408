/** Puts pairs of base and mask into a layout. */
import { LAYOUT_RANGES } from './batch-layout';

const VALID: u64 = 0x800;

/**
 * Writes a pair.
 *
 * @param base - in frames
 * @param mask - in frames, within the address bits
 */
export function putPair(layout: usize, pair: u32, base: u64, mask: u64, type: u64, isValid: bool): void {
  const at = layout + (pair << 4);
  store<u64>(at, (base << 12) | type, LAYOUT_RANGES);
  store<u64>(at, (mask << 12) | (isValid ? VALID : 0), LAYOUT_RANGES + 8);
}

/** A mask in frames that leaves 2^order of them: contiguous. */
export function maskOf(order: u64, bits: u64): u64 {
  return (((<u64>1) << bits) - 1) & ~(((<u64>1) << order) - 1);
}

/** Writes a range that is on. */
export function putRange(layout: usize, pair: u32, base: u64, order: u64, type: u64, bits: u64): void {
  putPair(layout, pair, base, maskOf(order, bits), type, true);
}
