/** Every page of a range, one by one: the digest of the entries, and how many pages have which type. */
import { digestEntries } from './digest';
import { writeEntriesSimd, writeTypesSimd } from './entries-simd';
import { WB, WC, WP, WT } from './types';

/** Where pages of an undefined type are counted. */
const UNDEFINED_COUNTER: usize = 7;
/** Steps of 16 types after which a counter of 8 bits has to be emptied. */
const STEPS_MOST: u32 = 255;

/** Sum of 16 counters of 8 bits. */
function sumOf(counters: v128): u64 {
  const words = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counters));
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(words), i64x2.extend_high_i32x4_u(words));
  return v128.extract_lane<u64>(pairs, 0) + v128.extract_lane<u64>(pairs, 1);
}

function count(pages: usize, type: usize, more: u64): void {
  const at = pages + (type << 3);
  store<u64>(at, load<u64>(at) + more);
}

/**
 * Adds to the counters the types of `frames` frames, a byte each; what is no type counts as undefined.
 *
 * @param pages - u64[8] by type
 */
function countTypes(types: usize, frames: u32, pages: usize): void {
  let left: u64 = frames;
  let at = types;
  const end = types + usize(frames & ~15);
  while (at < end) {
    const stop = min(end, at + 16 * STEPS_MOST);
    let uc = i64x2.splat(0);
    let wc = uc;
    let wt = uc;
    let wp = uc;
    let wb = uc;
    for (; at < stop; at += 16) {
      const each = v128.load(at);
      uc = i8x16.sub(uc, i8x16.eq(each, i8x16.splat(0)));
      wc = i8x16.sub(wc, i8x16.eq(each, i8x16.splat(i8(WC))));
      wt = i8x16.sub(wt, i8x16.eq(each, i8x16.splat(i8(WT))));
      wp = i8x16.sub(wp, i8x16.eq(each, i8x16.splat(i8(WP))));
      wb = i8x16.sub(wb, i8x16.eq(each, i8x16.splat(i8(WB))));
    }
    const sums = sumOf(uc) + sumOf(wc) + sumOf(wt) + sumOf(wp) + sumOf(wb);
    count(pages, 0, sumOf(uc));
    count(pages, WC, sumOf(wc));
    count(pages, WT, sumOf(wt));
    count(pages, WP, sumOf(wp));
    count(pages, WB, sumOf(wb));
    left -= sums;
  }
  for (const last = types + usize(frames); at < last; at++) {
    const type = load<u8>(at);
    if (type >= 7) continue;
    count(pages, type, 1);
    left--;
  }
  count(pages, UNDEFINED_COUNTER, left);
}

/**
 * Sweeps `frames` frames from `first` on.
 *
 * @param digest - u64, carried on
 * @param pages - u64[8] by type, added to
 * @param scratch - 8 bytes a frame and room for 15 entries more
 */
export function visit(
  state: usize,
  first: u64,
  frames: u32,
  digest: usize,
  pages: usize,
  scratch: usize,
): void {
  writeEntriesSimd(state, first, frames, scratch);
  digestEntries(digest, scratch, frames);
  writeTypesSimd(state, first, frames, scratch);
  countTypes(scratch, frames, pages);
}
