/**
 * The fixed ranges below 1 MiB. Intel SDM vol. 3A, 13.11.2.2 "Fixed Range MTRRs": eight ranges of 64 KiB from
 * 0, sixteen of 16 KiB from 0x80000, sixty-four of 4 KiB from 0xc0000; byte k of a register is its k-th range.
 */

/** End of what the fixed ranges cover. */
export const FIXED_END = 0x100000n;

/** One fixed range, `start <= address < end`. */
export interface FixedRange {
  readonly start: bigint;
  readonly end: bigint;
}

function equalRanges(first: bigint, sizeBytes: bigint, count: number): FixedRange[] {
  return Array.from({ length: count }, (_, k) => ({
    start: first + BigInt(k) * sizeBytes,
    end: first + BigInt(k + 1) * sizeBytes,
  }));
}

/** The 88 fixed ranges in ascending order, the order of the registers' bytes. */
export const FIXED_RANGES: readonly FixedRange[] = [
  ...equalRanges(0x0n, 0x10000n, 8),
  ...equalRanges(0x80000n, 0x4000n, 16),
  ...equalRanges(0xc0000n, 0x1000n, 64),
];

/**
 * Index of the fixed range that holds an address.
 *
 * @param address - guest-physical, below 1 MiB
 * @returns 0..87
 */
export function fixedRangeIndex(address: bigint): number {
  return FIXED_RANGES.findIndex(({ start, end }) => start <= address && address < end);
}
