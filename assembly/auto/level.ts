/** Whether a 2M or 1G region is mapped by one leaf: slot, MMIO, and what the policy checks of the MTRRs. */
import { LEVEL_KVM, LEVEL_ONE_TYPE, SLOT_COUNT, SLOT_GFN } from '../layout';
import { ruleType } from './fold';
import { contextOf, largestOrder, ORDER_1G, possibleRules, summarize, summaryOf, typesIn } from './nodes';
import {
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_FIXED,
  PLAN_FIXED_TYPES,
  PLAN_LEVEL_CHECK,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  RULE_END,
  RULE_SIZE,
  RULE_START,
  SEGMENT_HOLES,
  SEGMENT_MMIO,
  SEGMENT_MTRR,
  SEGMENT_SIZE,
  SEGMENT_SLOT,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_START,
  UNDEFINED,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';

const FRAME_OF_1M: u64 = 0x100;

/** Whether all frames of [start, end) have one defined type. */
function hasOneType(plan: usize, start: u64, end: u64): bool {
  let types: u32 = 0;
  let segment = segmentAt(plan, start);
  for (let at = start; at < end; segment += SEGMENT_SIZE) {
    const stop = min(segmentEnd(segment), end);
    if (!load<u8>(segment, SEGMENT_HOLES)) {
      const type: u32 = load<u8>(segment, SEGMENT_MTRR);
      types |= 1 << type;
      at = stop;
    }
    while (at < stop) {
      const order = largestOrder(at, stop);
      summarize(plan, order, possibleRules(plan, segment, at, order), contextOf(segment));
      types |= typesIn(summaryOf(plan, order));
      at += (<u64>1) << u64(order);
      if ((types & (types - 1)) != 0) return false;
    }
    if ((types & (types - 1)) != 0) return false;
  }
  return types != 1 << UNDEFINED;
}

/**
 * KVM 4.7..6.10, `kvm_mtrr_check_gfn_range_consistency`: every range that touches the region counts whole,
 * and the test for a gap expects ranges in ascending order though they come in the fold's descending one.
 */
function isConsistent(plan: usize, start: u64, end: u64): bool {
  if (load<u32>(plan, PLAN_DISABLED)) return true;
  let types: u32 = 0;
  if (load<u32>(plan, PLAN_FIXED)) {
    const stop = min(end, FRAME_OF_1M);
    for (let gfn = start; gfn < stop; gfn++) {
      const type: u32 = load<u8>(plan + PLAN_FIXED_TYPES + u32(gfn));
      types |= 1 << type;
    }
  }
  let covered = start;
  let gap = false;
  const rules = load<u32>(plan, PLAN_RULE_COUNT);
  for (let i: u32 = 0; i < rules; i++) {
    const rule = plan + PLAN_RULES + i * RULE_SIZE;
    const ruleStart = load<u64>(rule, RULE_START);
    const ruleEnd = load<u64>(rule, RULE_END);
    if (ruleEnd <= start || ruleStart >= end) continue;
    types |= 1 << ruleType(plan, i);
    if (covered < ruleStart) gap = true;
    covered = max(covered, ruleEnd);
  }
  if (covered < end) gap = true;
  if ((types & (types - 1)) != 0) return false;
  return !gap || types == 0 || types == 1 << load<u32>(plan, PLAN_DEFAULT);
}

/** Whether the host backs the whole region, or nothing of it, by MMIO. */
function isWhollyMmioOrNot(segment: usize, end: u64): bool {
  const mmio = load<u8>(segment, SEGMENT_MMIO);
  for (let at = segment; load<u64>(at, SEGMENT_START) < end; at += SEGMENT_SIZE) {
    if (load<u8>(at, SEGMENT_MMIO) != mmio) return false;
  }
  return true;
}

/**
 * Whether the region of 2^order frames (9 or 18) at `start` is one leaf.
 *
 * @param inside - a segment that the region touches and that has a slot
 */
export function regionIsLeaf(plan: usize, inside: usize, start: u64, order: u32): bool {
  const end = start + ((<u64>1) << u64(order));
  const level: u32 = order == ORDER_1G ? 3 : 2;
  if (u32(load<u8>(inside, SEGMENT_SLOT_LEVEL)) < level) return false;
  const slot: usize = load<u32>(inside, SEGMENT_SLOT);
  const slotStart = load<u64>(slot, SLOT_GFN);
  if (start < slotStart || end > slotStart + load<u64>(slot, SLOT_COUNT)) return false;
  if (!isWhollyMmioOrNot(segmentAt(plan, start), end)) return false;
  const check = load<u32>(plan, PLAN_LEVEL_CHECK);
  if (check == LEVEL_KVM) return isConsistent(plan, start, end);
  return check != LEVEL_ONE_TYPE || hasOneType(plan, start, end);
}
