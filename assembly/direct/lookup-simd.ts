/**
 * MTRR types of many frames, 32 at a time, each held against every rule: i8x16 of types from i16x8 of frame
 * numbers within a block of 2^16 frames, whatever bits the masks have.
 */

import { fixedType, isFixed } from './fixed';
import { BLOCK_BITS, foldStart, foldTable, overlapTable, writeIntervalLanes, writeMaskLanes } from './lanes';
import { defaultType, disabledType } from './mtrr';
import { isPeer, peerType } from './peer';
import {
  LANE_FIRST,
  LANE_SECOND,
  LANE_SIZE,
  LANE_THIRD,
  STATE_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_LANES,
  STATE_RULE_COUNT,
  STATE_TOM2_END,
} from './state-layout';
import { FIXED_END } from './types';

/** Frames of one step of the loops below. */
const STEP: usize = 32;

function firstFrames(gfn: u64): v128 {
  return i16x8.add(i16x8.splat(i16(gfn)), i16x8(0, 1, 2, 3, 4, 5, 6, 7));
}

/** Masked rules: the set of the types that match, then the type of that set. */
function lookupMasks(lanes: usize, lanesEnd: usize, gfn: u64, table: v128, out: usize, outEnd: usize): void {
  let g0 = firstFrames(gfn);
  const eight = i16x8.splat(8);
  for (; out < outEnd; out += STEP) {
    const g1 = i16x8.add(g0, eight);
    const g2 = i16x8.add(g1, eight);
    const g3 = i16x8.add(g2, eight);
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    for (let lane = lanes; lane < lanesEnd; lane += LANE_SIZE) {
      const mask = v128.load(lane, LANE_FIRST);
      const value = v128.load(lane, LANE_SECOND);
      const bit = v128.load(lane, LANE_THIRD);
      const m0 = i16x8.eq(v128.and(g0, mask), value);
      const m1 = i16x8.eq(v128.and(g1, mask), value);
      const m2 = i16x8.eq(v128.and(g2, mask), value);
      const m3 = i16x8.eq(v128.and(g3, mask), value);
      low = v128.or(low, v128.and(i8x16.narrow_i16x8_s(m0, m1), bit));
      high = v128.or(high, v128.and(i8x16.narrow_i16x8_s(m2, m3), bit));
    }
    v128.store(out, i8x16.swizzle(table, low));
    v128.store(out, i8x16.swizzle(table, high), 16);
    g0 = i16x8.add(g3, eight);
  }
}

/** Intervals: KVM's fold, a state a frame, range by range in KVM's order. */
function lookupIntervals(
  lanes: usize,
  lanesEnd: usize,
  gfn: u64,
  table: v128,
  out: usize,
  outEnd: usize,
): void {
  let g0 = firstFrames(gfn);
  const eight = i16x8.splat(8);
  for (; out < outEnd; out += STEP) {
    const g1 = i16x8.add(g0, eight);
    const g2 = i16x8.add(g1, eight);
    const g3 = i16x8.add(g2, eight);
    let low = foldStart();
    let high = low;
    for (let lane = lanes; lane < lanesEnd; lane += LANE_SIZE) {
      const first = v128.load(lane, LANE_FIRST);
      const distance = v128.load(lane, LANE_SECOND);
      const next = v128.load(lane, LANE_THIRD);
      const m0 = i16x8.le_u(i16x8.sub(g0, first), distance);
      const m1 = i16x8.le_u(i16x8.sub(g1, first), distance);
      const m2 = i16x8.le_u(i16x8.sub(g2, first), distance);
      const m3 = i16x8.le_u(i16x8.sub(g3, first), distance);
      low = v128.bitselect(i8x16.swizzle(next, low), low, i8x16.narrow_i16x8_s(m0, m1));
      high = v128.bitselect(i8x16.swizzle(next, high), high, i8x16.narrow_i16x8_s(m2, m3));
    }
    v128.store(out, i8x16.swizzle(table, low));
    v128.store(out, i8x16.swizzle(table, high), 16);
    g0 = i16x8.add(g3, eight);
  }
}

/**
 * End of the frames from `gfn` on that share their upper bits and their default type, at most `end`. 4 GiB,
 * where TOP_MEM2's default begins, is the end of a block anyway.
 */
function stretchEnd(state: usize, gfn: u64, end: u64): u64 {
  const stop = min(end, ((gfn >> BLOCK_BITS) + 1) << BLOCK_BITS);
  const forced = load<u64>(state, STATE_TOM2_END);
  return gfn < forced ? min(stop, forced) : stop;
}

/**
 * Writes the MTRR type of `count` frames from `first` on, a byte each, 0xff where undefined. May write up to
 * TYPES_SLACK bytes more than that.
 */
export function writeMtrrTypesSimd(state: usize, first: u64, count: u32, out: usize): void {
  if (isPeer(state)) {
    for (let i: u32 = 0; i < count; i++) store<u8>(out + i, u8(peerType(state, first + u64(i))));
    return;
  }
  if (!load<u32>(state, STATE_ENABLED)) {
    memory.fill(out, u8(disabledType(state)), count);
    return;
  }
  const end = first + u64(count);
  let gfn = first;
  for (; gfn < end && gfn < FIXED_END && isFixed(state, gfn); gfn++) {
    store<u8>(out, u8(fixedType(state, gfn)));
    out++;
  }
  const lanes = state + STATE_LANES;
  const lanesEnd = lanes + usize(load<u32>(state, STATE_RULE_COUNT)) * LANE_SIZE;
  while (gfn < end) {
    const stop = stretchEnd(state, gfn, end);
    const outEnd = out + usize(stop - gfn);
    const block = (gfn >> BLOCK_BITS) << BLOCK_BITS;
    const byDefault = defaultType(state, gfn);
    if (load<u32>(state, STATE_HAS_INTERVALS)) {
      writeIntervalLanes(state, block);
      lookupIntervals(lanes, lanesEnd, gfn, foldTable(byDefault), out, outEnd);
    } else {
      writeMaskLanes(state, block);
      lookupMasks(lanes, lanesEnd, gfn, overlapTable(byDefault), out, outEnd);
    }
    out = outEnd;
    gfn = stop;
  }
}
