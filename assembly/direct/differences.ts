/** Pages for which two states give different EPT types or IPAT, every page asked. */
import { writeEptSimd } from './entries-simd';

/** Where none differs. */
const NONE: u64 = 0xffffffffffffffff;

/**
 * Adds what differs in `frames` frames from `first` on.
 *
 * @param found - u64 pages, u64 first frame (all bits set before any was found)
 * @param scratch - 2 bytes a frame and room for 64 more
 */
export function addDifferences(
  stateA: usize,
  stateB: usize,
  first: u64,
  frames: u32,
  found: usize,
  scratch: usize,
): void {
  const other = scratch + ((usize(frames) + 63) & ~31);
  writeEptSimd(stateA, first, frames, scratch);
  writeEptSimd(stateB, first, frames, other);
  let pages: u64 = 0;
  let earliest = load<u64>(found, 8);
  const whole = usize(frames & ~15);
  for (let at: usize = 0; at < whole; at += 16) {
    const equal = i8x16.eq(v128.load(scratch + at), v128.load(other + at));
    const differing = ~u32(i8x16.bitmask(equal)) & 0xffff;
    if (differing == 0) continue;
    if (earliest == NONE) earliest = first + u64(at) + u64(ctz(differing));
    pages += u64(popcnt(differing));
  }
  for (let at = whole; at < usize(frames); at++) {
    if (load<u8>(scratch + at) == load<u8>(other + at)) continue;
    if (earliest == NONE) earliest = first + u64(at);
    pages++;
  }
  store<u64>(found, load<u64>(found) + pages);
  store<u64>(found, earliest, 8);
}
