/** Counts the pages above the fixed ranges, stretch by stretch between events. */
import {
  BATCH_DIFFERING,
  BATCH_EVENTS,
  BATCH_PAGES,
  BATCH_RANGES,
  BATCH_SIDE_A,
  BATCH_SIDE_B,
  BATCH_SUM,
  BATCH_WEIGHTS,
  MODE_KVM,
  MODE_MANUAL,
  RANGE_RAW,
  RANGE_SIZE,
  SIDE_CODE,
  SIDE_MODE,
} from './batch-layout';
import { BEGINS, BEGINS_BY_KVM, BEGINS_BY_MANUAL, ENDS, TOM2_BEGINS } from './events';
import { kvmType, manualType } from './types';

const WB: u32 = 6;

/** Types of the ranges, a nibble a rank. */
function packedTypes(batch: usize, count: u32): u64 {
  let types: u64 = 0;
  for (let rank: u32 = 0; rank < count; rank++) {
    const raw = load<u64>(batch + BATCH_RANGES + rank * RANGE_SIZE, RANGE_RAW);
    types |= (raw & 15) << u64(rank << 2);
  }
  return types;
}

/**
 * Counts a stretch of pages, whose code is a | b << 4. What a page weighs in the digest depends on its frame and its
 * code: 2 gfn + 1 times the code's weight, which for a stretch comes to a difference of squares.
 */
export function countStretch(batch: usize, from: u64, to: u64, codes: u32): void {
  const at = batch + (codes << 3);
  const pages = to - from;
  store<u64>(at, load<u64>(at, BATCH_PAGES) + pages, BATCH_PAGES);
  const weight = pages * (to + from) * load<u64>(at, BATCH_WEIGHTS);
  store<u64>(batch, load<u64>(batch, BATCH_SUM) + weight, BATCH_SUM);
  if ((codes & 15) != codes >> 4) {
    store<u64>(batch, load<u64>(batch, BATCH_DIFFERING) + pages, BATCH_DIFFERING);
  }
}

/** A side's code, both lookups being done: chosen without loading anything, once a stretch. */
function chosen(mode: u32, code: u32, manual: u32, kvm: u32): u32 {
  return mode == MODE_MANUAL ? manual : mode == MODE_KVM ? kvm : code;
}

/**
 * Counts the pages of [start, end).
 *
 * @param ranges - how many there are at BATCH_RANGES
 * @param events - how many there are at BATCH_EVENTS
 * @param fallback - the default type
 */
export function countSegments(
  batch: usize,
  ranges: u32,
  events: u32,
  start: u64,
  end: u64,
  fallback: u32,
): void {
  const types = packedTypes(batch, ranges);
  const modeA = load<u32>(batch, BATCH_SIDE_A + SIDE_MODE);
  const modeB = load<u32>(batch, BATCH_SIDE_B + SIDE_MODE);
  const codeA = load<u32>(batch, BATCH_SIDE_A + SIDE_CODE);
  const codeB = load<u32>(batch, BATCH_SIDE_B + SIDE_CODE);
  const isManual = modeA == MODE_MANUAL || modeB == MODE_MANUAL;
  const isKvm = modeA == MODE_KVM || modeB == MODE_KVM;
  let counts: u64 = 0;
  let covering: u32 = 0;
  let forced = fallback;
  let from = start;
  // The end of the space is the last event: whatever it changes, nobody looks at any more.
  const last = batch + BATCH_EVENTS + (events << 3);
  store<u64>(last, end << 8);
  for (let at = batch + BATCH_EVENTS; at <= last; at += 8) {
    const event = load<u64>(at);
    const to = event >> 8;
    if (to > from) {
      const manual = isManual ? manualType(counts, forced) : 0;
      const kvm = isKvm ? kvmType(covering, types, fallback) : 0;
      const a = chosen(modeA, codeA, manual, kvm);
      countStretch(batch, from, to, a | (chosen(modeB, codeB, manual, kvm) << 4));
      from = to;
    }
    const rank = u32(event) & 15;
    const kind = event & 0xf0;
    const one = (<u64>1) << (((types >> u64(rank << 2)) & 15) << 3);
    if (kind == BEGINS) {
      counts += one;
      covering |= 1 << rank;
    } else if (kind == ENDS) {
      counts -= one;
      covering &= ~(1 << rank);
    } else if (kind == BEGINS_BY_MANUAL) counts += one;
    else if (kind == BEGINS_BY_KVM) covering |= 1 << rank;
    else forced = kind == TOM2_BEGINS ? WB : fallback;
  }
}
