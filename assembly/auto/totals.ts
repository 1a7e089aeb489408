/** Exact page counts of a range by level, type, IPAT and read-only slot, without visiting pages. */
import { WANT_LEAF, WANT_LEVELS, WANT_MTRR } from '../layout';
import { levelCell } from './cells';
import { classOf } from './ept';
import { isReadonly } from './leaf';
import { contextOf, largestOrder, ORDER_1G, possibleRules, summarize, summaryOf } from './nodes';
import {
  HISTOGRAM_SIZE,
  PLAN_CELL_LEVEL,
  PLAN_CELL_LEVEL_END,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_HOST,
  SEGMENT_MTRR,
  SEGMENT_SLOT,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';

function add(histogram: usize, level: u32, class_: u32, readonly: u32, pages: u64): void {
  const at = histogram + ((((((level << 3) | (class_ & 7)) << 1) | (class_ >> 3)) << 1) | readonly) * 8;
  store<u64>(at, load<u64>(at) + pages);
}

function readonlyOf(segment: usize): u32 {
  const slot: usize = load<u32>(segment, SEGMENT_SLOT);
  return slot != 0 && isReadonly(slot) ? 1 : 0;
}

/** Adds the counts of a summarized block; level 0 asks for the block's own levels. */
function addSummary(plan: usize, histogram: usize, segment: usize, order: u32, level: u32, want: u32): void {
  const summary = summaryOf(plan, order);
  const readonly = readonlyOf(segment);
  const host = load<u8>(segment, SEGMENT_HOST);
  for (let type: u32 = 0; type < 8; type++) {
    const class_ = want == WANT_MTRR ? type : u32(classOf(plan, host, type));
    for (let own: u32 = 1; own < 4; own++) {
      const pages = load<u64>(summary + ((own - 1) * 8 + type) * 8);
      if (pages) add(histogram, level ? level : own, class_, readonly, pages);
    }
  }
}

/** Counts [start, end) as pages of one level. */
function countTypes(plan: usize, histogram: usize, start: u64, end: u64, level: u32, want: u32): void {
  for (let gfn = start; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    if (!load<u8>(segment, SEGMENT_HOLES)) {
      const class_ = want == WANT_MTRR ? load<u8>(segment, SEGMENT_MTRR) : load<u8>(segment, SEGMENT_CLASS);
      add(histogram, level, class_, readonlyOf(segment), stop - gfn);
      gfn = stop;
      continue;
    }
    const order = largestOrder(gfn, stop);
    summarize(plan, order, possibleRules(plan, segment, gfn, order), contextOf(segment));
    addSummary(plan, histogram, segment, order, level, want);
    gfn += (<u64>1) << u64(order);
  }
}

/**
 * Counts the pages of [start, end).
 *
 * @param want - WANT_*; only `levels` and `leaf` count levels, the others count as level 1
 * @param histogram - u64[4 levels][8 types][2 IPAT][2 read-only], cleared here; the types are the MTRRs' for
 * WANT_MTRR, else those of the EPT entry
 */
export function writeTotals(plan: usize, want: u32, start: u64, end: u64, histogram: usize): void {
  memory.fill(histogram, 0, HISTOGRAM_SIZE);
  if (want != WANT_LEVELS && want != WANT_LEAF) {
    countTypes(plan, histogram, start, end, 1, want);
    return;
  }
  for (let gfn = start; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    if (load<u32>(segment, SEGMENT_SLOT) == 0) {
      add(histogram, 0, 0, 0, stop - gfn);
      gfn = stop;
      continue;
    }
    const order = largestOrder(gfn, stop);
    if (load<u8>(segment, SEGMENT_HOLES) != 0 && order >= ORDER_1G) {
      summarize(plan, order, possibleRules(plan, segment, gfn, order), contextOf(segment));
      addSummary(plan, histogram, segment, order, 0, want);
      gfn += (<u64>1) << u64(order);
      continue;
    }
    levelCell(plan, gfn);
    const levelEnd = min(load<u64>(plan, PLAN_CELL_LEVEL_END), end);
    countTypes(plan, histogram, gfn, levelEnd, load<u32>(plan, PLAN_CELL_LEVEL), want);
    gfn = levelEnd;
  }
}
