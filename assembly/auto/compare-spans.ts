/** Where two plans differ, span by span; blocks in which they agree throughout are passed over whole. */

import {
  codeOf,
  halfKey,
  hasHoles,
  isKnown,
  isSame,
  keyOfBlock,
  noteBacking,
  stretchEnd,
} from './compare-keys';
import {
  COMPARE_BACKING,
  COMPARE_MEMO,
  COMPARE_MEMO_MASK,
  COMPARE_MEMO_USED,
  COMPARE_PLAN_A,
  COMPARE_PLAN_B,
  COMPARE_SCANNED,
  DIFFERENCE_A,
  DIFFERENCE_B,
  DIFFERENCE_END,
  DIFFERENCE_SIZE,
  DIFFERENCE_START,
  STATE_A,
  STATE_B,
  VERDICT_SIZE,
} from './compare-layout';
import { largestOrder } from './nodes';

/** Verdicts of a block: mixed, the same page for page, or one pair of differing codes (then a << 7 | b). */
const MIXED: u32 = 1;
const SAME: u32 = 2;
const DIFFERENT: u32 = 0x10000;

const ORDER_SHIFT: u64 = 49;
const BACKING_SHIFT: u64 = 56;
const VERDICT = 16;

function verdictOfCodes(compare: usize, a: u32, b: u32): u32 {
  return isSame(compare, a, b) ? SAME : DIFFERENT | (a << 7) | b;
}

function memoSlot(compare: usize, a: u64, b: u64): usize {
  const mask = load<u32>(compare, COMPARE_MEMO_MASK);
  const memo: usize = load<u32>(compare, COMPARE_MEMO);
  let index = u32(((a * 0x9e3779b97f4a7c15) ^ (b * 0xc2b2ae3d27d4eb4f)) >> 36) & mask;
  let slot = memo + index * VERDICT_SIZE;
  while (load<u32>(slot, VERDICT) != 0 && (load<u64>(slot, STATE_A) != a || load<u64>(slot, STATE_B) != b)) {
    index = (index + 1) & mask;
    slot = memo + index * VERDICT_SIZE;
  }
  return slot;
}

function remember(compare: usize, a: u64, b: u64, verdict: u32): void {
  const mask = load<u32>(compare, COMPARE_MEMO_MASK);
  if (load<u32>(compare, COMPARE_MEMO_USED) * 4 > mask * 3) forgetVerdicts(compare);
  const slot = memoSlot(compare, a, b);
  store<u64>(slot, a, STATE_A);
  store<u64>(slot, b, STATE_B);
  store<u32>(slot, verdict, VERDICT);
  store<u32>(compare, load<u32>(compare, COMPARE_MEMO_USED) + 1, COMPARE_MEMO_USED);
}

/** Empties the memo of verdicts. */
export function forgetVerdicts(compare: usize): void {
  const slots = usize(load<u32>(compare, COMPARE_MEMO_MASK)) + 1;
  memory.fill(load<u32>(compare, COMPARE_MEMO), 0, slots * VERDICT_SIZE);
  store<u32>(compare, 0, COMPARE_MEMO_USED);
}

/** What a block of 2^order frames with these keys is. */
function verdictOf(compare: usize, a: u64, b: u64, order: u32): u32 {
  if (isKnown(a) && isKnown(b)) return verdictOfCodes(compare, codeOf(a), codeOf(b));
  const backing: u64 = load<u32>(compare, COMPARE_BACKING);
  const key = a | (u64(order) << ORDER_SHIFT) | (backing << BACKING_SHIFT);
  const known = load<u32>(memoSlot(compare, key, b), VERDICT);
  if (known != 0) return known;
  const planA: usize = load<u32>(compare, COMPARE_PLAN_A);
  const planB: usize = load<u32>(compare, COMPARE_PLAN_B);
  const k = order - 1;
  const left = verdictOf(compare, halfKey(compare, planA, a, k, 0), halfKey(compare, planB, b, k, 0), k);
  let verdict = left;
  if (left != MIXED) {
    const right = verdictOf(compare, halfKey(compare, planA, a, k, 1), halfKey(compare, planB, b, k, 1), k);
    if (right != left) verdict = MIXED;
  }
  remember(compare, key, b, verdict);
  return verdict;
}

/** Verdict about the stretch from gfn on; sets COMPARE_SCANNED to its end. */
function verdictFrom(compare: usize, planA: usize, planB: usize, gfn: u64, end: u64): u32 {
  const stop = min(min(stretchEnd(compare, planA, gfn), stretchEnd(compare, planB, gfn)), end);
  noteBacking(compare, planA, planB, gfn);
  if (!hasHoles(planA, gfn) && !hasHoles(planB, gfn)) {
    store<u64>(compare, stop, COMPARE_SCANNED);
    const a = keyOfBlock(compare, planA, gfn, 0);
    return verdictOfCodes(compare, codeOf(a), codeOf(keyOfBlock(compare, planB, gfn, 0)));
  }
  let order = largestOrder(gfn, stop);
  let verdict = MIXED;
  for (; verdict == MIXED; order--) {
    verdict = verdictOf(
      compare,
      keyOfBlock(compare, planA, gfn, order),
      keyOfBlock(compare, planB, gfn, order),
      order,
    );
    store<u64>(compare, gfn + ((<u64>1) << u64(order)), COMPARE_SCANNED);
  }
  return verdict;
}

/**
 * Writes spans of [start, end) on which the plans differ, each with one pair of codes.
 *
 * @param out - capacity spans
 * @param blocks - how many blocks may be looked at, so that a call returns in bounded time
 * @returns how many spans were written; COMPARE_SCANNED says how far the range has been looked at
 */
export function writeDifferences(
  compare: usize,
  start: u64,
  end: u64,
  out: usize,
  capacity: u32,
  blocks: u32,
): u32 {
  const planA: usize = load<u32>(compare, COMPARE_PLAN_A);
  const planB: usize = load<u32>(compare, COMPARE_PLAN_B);
  let count: u32 = 0;
  let gfn = start;
  for (let left = blocks; gfn < end && left > 0; left--) {
    const verdict = verdictFrom(compare, planA, planB, gfn, end);
    const stop = load<u64>(compare, COMPARE_SCANNED);
    if (verdict != SAME) {
      const a = u8((verdict >> 7) & 0x7f);
      const b = u8(verdict & 0x7f);
      const last = out + count * DIFFERENCE_SIZE - DIFFERENCE_SIZE;
      const joins =
        count > 0 &&
        load<u64>(last, DIFFERENCE_END) == gfn &&
        load<u8>(last, DIFFERENCE_A) == a &&
        load<u8>(last, DIFFERENCE_B) == b;
      if (joins) store<u64>(last, stop, DIFFERENCE_END);
      else {
        if (count == capacity) break;
        const next = last + DIFFERENCE_SIZE;
        store<u64>(next, gfn, DIFFERENCE_START);
        store<u64>(next, stop, DIFFERENCE_END);
        store<u8>(next, a, DIFFERENCE_A);
        store<u8>(next, b, DIFFERENCE_B);
        count++;
      }
    }
    gfn = stop;
  }
  store<u64>(compare, gfn, COMPARE_SCANNED);
  return count;
}
