/**
 * When KVM 4.7 to 6.10 reads a layout as the manual does, from its ranges alone: docs/kvm-theorem.md has statement and
 * proof. No page's type is computed here; what is counted page by page is held against it.
 */
import {
  BATCH_DIFFERING,
  BATCH_EXCEPTION,
  BATCH_EXCEPTIONS,
  BATCH_HAS_EXCEPTION,
  BATCH_HELD,
  BATCH_MAXPHYADDR,
  BATCH_RANGES,
  LAYOUT_DEF_TYPE,
  RANGE_END,
  RANGE_LOW,
  RANGE_RAW,
  RANGE_SIZE,
} from './batch-layout';
import { FOUR_GIB, forcedEnd } from './events';

const DEF_TYPE_E: u64 = 0x800;
const DEF_TYPE_FE: u64 = 0x400;
const FIXED_END: u64 = 0x100;
const UC: u64 = 0;
const WB: u64 = 6;
const WT: u64 = 4;

function rangeAt(batch: usize, rank: u32): usize {
  return batch + BATCH_RANGES + rank * RANGE_SIZE;
}

function typeOf(range: usize): u64 {
  return load<u64>(range, RANGE_RAW) & 0xff;
}

/** Whether KVM goes on behind two types, neither of them UC: the same twice, or WT and WB. */
function areReconcilable(a: u64, b: u64): bool {
  return a == b || (a == WT && b == WB) || (a == WB && b == WT);
}

// Which ranges cover.
const ANY: u32 = 0;
const UC_ALONE: u32 = 1;
const NO_UC: u32 = 2;

/** Whether [from, to) lies in the union of the ranges of a sort whose ranks are `first` or above. */
function isCovered(batch: usize, from: u64, to: u64, first: u32, count: u32, sort: u32): bool {
  let reached = from;
  for (let isFurther = true; reached < to && isFurther; ) {
    isFurther = false;
    for (let rank = first; rank < count; rank++) {
      const range = rangeAt(batch, rank);
      if (sort != ANY && (typeOf(range) == UC) != (sort == UC_ALONE)) continue;
      if (load<u64>(range, RANGE_LOW) > reached || load<u64>(range, RANGE_END) <= reached) continue;
      reached = load<u64>(range, RANGE_END);
      isFurther = true;
    }
  }
  return reached >= to;
}

/** Whether the pages that two ranges share are as they have to be, `upper` being the one with the higher base register. */
function isPairRight(batch: usize, upperRank: u32, lowerRank: u32, count: u32, start: u64): bool {
  const upper = rangeAt(batch, upperRank);
  const lower = rangeAt(batch, lowerRank);
  const from = max(start, max(load<u64>(upper, RANGE_LOW), load<u64>(lower, RANGE_LOW)));
  const to = min(load<u64>(upper, RANGE_END), load<u64>(lower, RANGE_END));
  if (from >= to || typeOf(lower) == UC) return true;
  // UC over another type: a range of no UC has to lie above it.
  if (typeOf(upper) == UC) return isCovered(batch, from, to, upperRank + 1, count, NO_UC);
  // Two types that KVM does not reconcile: a UC range has to lie above the lower one.
  return (
    areReconcilable(typeOf(upper), typeOf(lower)) ||
    isCovered(batch, from, to, lowerRank + 1, count, UC_ALONE)
  );
}

function areRangesAligned(batch: usize, count: u32): bool {
  for (let rank: u32 = 0; rank < count; rank++) {
    const range = rangeAt(batch, rank);
    if (load<u64>(range, RANGE_LOW) != load<u64>(range, RANGE_RAW) >> 12) return false;
  }
  return true;
}

/** What the theorem says of a layout whose ranges are at BATCH_RANGES. */
function isRight(batch: usize, layout: usize, count: u32): bool {
  const defType = load<u64>(layout, LAYOUT_DEF_TYPE);
  if ((defType & DEF_TYPE_E) == 0) return true;
  const start = (defType & DEF_TYPE_FE) != 0 ? FIXED_END : 0;
  for (let upper: u32 = 1; upper < count; upper++) {
    for (let lower: u32 = 0; lower < upper; lower++) {
      if (!isPairRight(batch, upper, lower, count, start)) return false;
    }
  }
  const bits = load<u32>(batch, BATCH_MAXPHYADDR) - 12;
  const top = forcedEnd(layout, (<u64>1) << u64(bits));
  return (defType & 0xff) == WB || top <= FOUR_GIB || isCovered(batch, FOUR_GIB, top, 0, count, ANY);
}

/**
 * Holds what was counted of a layout against the theorem, which is about aligned bases.
 *
 * @param count - ranges that are on
 */
export function holdTheorem(batch: usize, layout: usize, index: u64, count: u32): void {
  if (!areRangesAligned(batch, count)) return;
  store<u64>(batch, load<u64>(batch, BATCH_HELD) + 1, BATCH_HELD);
  if (isRight(batch, layout, count) == (load<u64>(batch, BATCH_DIFFERING) == 0)) return;
  store<u64>(batch, load<u64>(batch, BATCH_EXCEPTIONS) + 1, BATCH_EXCEPTIONS);
  if (load<u32>(batch, BATCH_HAS_EXCEPTION)) return;
  store<u32>(batch, 1, BATCH_HAS_EXCEPTION);
  store<u64>(batch, index, BATCH_EXCEPTION);
}
