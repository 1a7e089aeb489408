/**
 * What the SIMD lookup needs of the rules within one block of 2^16 frames. The upper bits of a frame number are
 * the same in the whole block, so they are compared here, once; the lower 16 are compared frame by frame.
 */
import {
  LANE_FIRST,
  LANE_SECOND,
  LANE_SIZE,
  LANE_THIRD,
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_LANES,
  STATE_RULE_COUNT,
  STATE_RULES,
} from './state-layout';
import { UC, WB, WC, WP, WT } from './types';

/** Frame-number bits within a block. */
export const BLOCK_BITS: u64 = 16;

// States of KVM's fold over the ranges of a frame: a type, or one of these.
const STATE_NONE: u32 = 8;
const STATE_STOPPED_UC: u32 = 9;
const STATE_STOPPED_WB: u32 = 10;

/**
 * Bit of a type in the set of a frame's types. UC has the highest: i8x16.swizzle answers 0, which is UC, for
 * every index above 15, so UC wins over any overlap without an entry of its own.
 */
function laneBit(type: u32): u32 {
  if (type == UC) return 0x80;
  if (type == WC) return 1;
  if (type == WT) return 2;
  if (type == WP) return 4;
  return 8;
}

/** Masked rules: mask, value and bit; a rule that misses the whole block has no bit. */
export function writeMaskLanes(state: usize, block: u64): void {
  let rule = state + STATE_RULES;
  let lane = state + STATE_LANES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    const mask = load<u64>(rule, RULE_MASK);
    const value = load<u64>(rule, RULE_VALUE);
    const misses = ((block ^ value) & mask) >> BLOCK_BITS != 0;
    v128.store(lane, i16x8.splat(i16(mask)), LANE_FIRST);
    v128.store(lane, i16x8.splat(i16(value)), LANE_SECOND);
    v128.store(lane, i8x16.splat(misses ? 0 : i8(laneBit(load<u32>(rule, RULE_TYPE)))), LANE_THIRD);
    rule += RULE_SIZE;
    lane += LANE_SIZE;
  }
}

/** Type by set of types (bits as in laneBit, without UC): the default, one type, WT of WB and WT, or 0xff. */
export function overlapTable(defaultType: u32): v128 {
  const table = i8x16.splat(-1);
  return i8x16.replace_lane(
    i8x16.replace_lane(
      i8x16.replace_lane(
        i8x16.replace_lane(
          i8x16.replace_lane(i8x16.replace_lane(table, 0, i8(defaultType)), 1, i8(WC)),
          2,
          i8(WT),
        ),
        4,
        i8(WP),
      ),
      8,
      i8(WB),
    ),
    10,
    i8(WT),
  );
}

/** KVM's step from a state, by the next range's type: the pair rule of kvm_mtrr_get_guest_memory_type. */
function nextState(current: u32, type: u32): u32 {
  if (current == STATE_STOPPED_UC || current == STATE_STOPPED_WB || current == type) return current;
  if (current == STATE_NONE) return type;
  if (type == UC) return STATE_STOPPED_UC;
  if ((current == WB && type == WT) || (current == WT && type == WB)) return WT;
  return STATE_STOPPED_WB;
}

/** KVM's intervals: first frame, distance of the last from it, and next state by state. */
export function writeIntervalLanes(state: usize, block: u64): void {
  const blockEnd = block + ((<u64>1) << BLOCK_BITS);
  let rule = state + STATE_RULES;
  let lane = state + STATE_LANES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    const from = max(load<u64>(rule, RULE_START), block);
    const to = min(load<u64>(rule, RULE_END), blockEnd);
    const isMissed = from >= to;
    v128.store(lane, i16x8.splat(isMissed ? 0 : i16(from - block)), LANE_FIRST);
    v128.store(lane, i16x8.splat(isMissed ? 0 : i16(to - 1 - from)), LANE_SECOND);
    const type = load<u32>(rule, RULE_TYPE);
    for (let current: u32 = 0; current < 16; current++) {
      store<u8>(lane + current, u8(isMissed ? current : nextState(current, type)), LANE_THIRD);
    }
    rule += RULE_SIZE;
    lane += LANE_SIZE;
  }
}

/** State that a fold starts in. */
export function foldStart(): v128 {
  return i8x16.splat(i8(STATE_NONE));
}

/** Type by final state. */
export function foldTable(defaultType: u32): v128 {
  const identity = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.replace_lane(
    i8x16.replace_lane(i8x16.replace_lane(identity, 8, i8(defaultType)), 9, i8(UC)),
    10,
    i8(WB),
  );
}
