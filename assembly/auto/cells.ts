/**
 * Cells: from a frame on, the longest stretch that can be told to be uniform without looking further.
 * Neighbouring cells may be equal; whoever collects them joins them.
 */

import { classOf } from './ept';
import { typeOfBits } from './fold';
import { regionIsLeaf } from './level';
import {
  contextOf,
  largestOrder,
  levelsIn,
  ORDER_1G,
  ORDER_2M,
  possibleRules,
  summarize,
  summaryOf,
  typesIn,
} from './nodes';
import {
  PLAN_CELL_CLASS,
  PLAN_CELL_END,
  PLAN_CELL_LEVEL,
  PLAN_CELL_LEVEL_END,
  PLAN_CELL_MTRR,
  PLAN_LOW,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_MTRR,
  SEGMENT_SLOT,
  SEGMENT_START,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';

/** The stretch of one type from gfn on: PLAN_CELL_END, _CLASS, _MTRR. Returns the segment. */
export function typeCell(plan: usize, gfn: u64): usize {
  const segment = segmentAt(plan, gfn);
  const end = segmentEnd(segment);
  if (!load<u8>(segment, SEGMENT_HOLES)) {
    store<u64>(plan, end, PLAN_CELL_END);
    store<u32>(plan, load<u8>(segment, SEGMENT_CLASS), PLAN_CELL_CLASS);
    store<u32>(plan, load<u8>(segment, SEGMENT_MTRR), PLAN_CELL_MTRR);
    return segment;
  }
  const context = contextOf(segment);
  let order = largestOrder(gfn, end);
  let type: u32 = 0;
  for (; ; order--) {
    const bits = possibleRules(plan, segment, gfn, order);
    if ((bits & load<u64>(plan + PLAN_LOW + order * 8)) == 0) {
      type = typeOfBits(plan, bits, context & 1);
      break;
    }
    summarize(plan, order, bits, context);
    const types = typesIn(summaryOf(plan, order));
    if ((types & (types - 1)) == 0) {
      type = u32(ctz(types));
      break;
    }
  }
  store<u64>(plan, gfn + ((<u64>1) << u64(order)), PLAN_CELL_END);
  store<u32>(plan, type, PLAN_CELL_MTRR);
  store<u32>(plan, classOf(plan, context >> 3, type), PLAN_CELL_CLASS);
  return segment;
}

function setLevel(plan: usize, level: u32, end: u64): void {
  store<u32>(plan, level, PLAN_CELL_LEVEL);
  store<u64>(plan, end, PLAN_CELL_LEVEL_END);
}

/**
 * In a segment with holes: the largest block of 2^lowest frames or more at gfn whose pages all have one level.
 * False where the block of 2^lowest frames has several.
 */
function levelOfBlocks(plan: usize, segment: usize, gfn: u64, end: u64, lowest: u32, highest: u32): bool {
  const context = contextOf(segment);
  for (let order = min(largestOrder(gfn, end), highest); order >= lowest; order--) {
    summarize(plan, order, possibleRules(plan, segment, gfn, order), context);
    const levels = levelsIn(summaryOf(plan, order));
    if ((levels & (levels - 1)) == 0) {
      setLevel(plan, u32(ctz(levels)), gfn + ((<u64>1) << u64(order)));
      return true;
    }
  }
  return false;
}

/**
 * Tries to answer with regions of 2^order frames: true where gfn's level is known. `bound` bounds a stretch
 * of such regions: a region one order up has been found to be no leaf only as far as that.
 */
function tryRegion(plan: usize, segment: usize, gfn: u64, order: u32, bound: u64): bool {
  const level: u32 = order == ORDER_1G ? 3 : 2;
  const start = gfn & ~(((<u64>1) << u64(order)) - 1);
  const end = start + ((<u64>1) << u64(order));
  const segEnd = segmentEnd(segment);
  const inside = start >= load<u64>(segment, SEGMENT_START) && end <= segEnd;
  if (inside && load<u8>(segment, SEGMENT_HOLES) != 0 && gfn == start) {
    if (levelOfBlocks(plan, segment, gfn, min(segEnd, bound), order, order == ORDER_1G ? 63 : ORDER_1G - 1)) {
      return true;
    }
  }
  const leaf = regionIsLeaf(plan, segment, start, order);
  if (leaf) {
    // Without edges and holes every region of the segment is like this one.
    const alike = inside && !load<u8>(segment, SEGMENT_HOLES);
    setLevel(plan, level, alike ? min(segEnd & ~(((<u64>1) << u64(order)) - 1), bound) : end);
  }
  return leaf;
}

/** End of the stretch of regions of 2^order frames from gfn on that are no leaves, gfn's being none. */
function boundOf(segment: usize, gfn: u64, order: u32, bound: u64): u64 {
  const size: u64 = (<u64>1) << u64(order);
  const start = gfn & ~(size - 1);
  const end = segmentEnd(segment);
  const inside = start >= load<u64>(segment, SEGMENT_START) && start + size <= end;
  return min(bound, inside && !load<u8>(segment, SEGMENT_HOLES) ? end & ~(size - 1) : start + size);
}

/** The stretch of one level from gfn on: PLAN_CELL_LEVEL, PLAN_CELL_LEVEL_END. */
export function levelCell(plan: usize, gfn: u64): void {
  const segment = segmentAt(plan, gfn);
  const end = segmentEnd(segment);
  if (load<u32>(segment, SEGMENT_SLOT) == 0) {
    setLevel(plan, 0, end);
    return;
  }
  if (tryRegion(plan, segment, gfn, ORDER_1G, u64.MAX_VALUE)) return;
  const bound1G = boundOf(segment, gfn, ORDER_1G, u64.MAX_VALUE);
  if (tryRegion(plan, segment, gfn, ORDER_2M, bound1G)) return;
  setLevel(plan, 1, min(end, boundOf(segment, gfn, ORDER_2M, bound1G)));
}
