/**
 * Patterns: under rules with holes a block of 512 frames (one EPT page table) is one of at most 2^n, given by
 * the set of rules that its upper bits allow. Each is built once and then copied.
 */

import { TYPE_UNDEFINED } from '../layout';
import { classOf } from './ept';
import { typeOfBits } from './fold';
import { halfRules, ORDER_2M } from './nodes';
import {
  PATTERN_LOWS,
  PATTERN_SCRATCH,
  PATTERN_SIZE,
  PATTERN_SLOTS,
  PATTERN_TYPES,
  PLAN_PATTERNS,
  SEGMENT_HOST,
  SEGMENT_TOM2,
  UNDEFINED,
} from './plan-layout';

const BUILT: u64 = 0x8000000000000000;

/** Splits bitset by bitset, upper frame bits first, until there is one for each of the 512 frames. */
function buildPattern(plan: usize, pattern: usize, bits: u64, tom2: u32, host: u32): void {
  const sets: usize = load<u32>(plan, PLAN_PATTERNS) + PATTERN_SCRATCH;
  store<u64>(sets, bits);
  for (let k = i32(ORDER_2M) - 1; k >= 0; k--) {
    for (let i = (<i32>256 >> k) - 1; i >= 0; i--) {
      const half = load<u64>(sets + i * 8);
      store<u64>(sets + i * 16, halfRules(plan, half, u32(k), 0));
      store<u64>(sets + i * 16, halfRules(plan, half, u32(k), 1), 8);
    }
  }
  for (let i: u32 = 0; i < 512; i++) {
    const class_ = classOf(plan, host, typeOfBits(plan, load<u64>(sets + i * 8), tom2));
    const type = class_ & 7;
    store<u8>(pattern + PATTERN_TYPES + i, type == UNDEFINED ? u8(TYPE_UNDEFINED) : type);
    store<u8>(pattern + PATTERN_LOWS + i, class_ << 3);
  }
}

/** The pattern of an aligned block of 512 frames in a segment, `bits` being the rules that it can match. */
export function patternOf(plan: usize, segment: usize, bits: u64): usize {
  const tom2: u32 = load<u8>(segment, SEGMENT_TOM2);
  const host: u32 = load<u8>(segment, SEGMENT_HOST);
  const key: u64 = BUILT | (u64(host) << 41) | (u64(tom2) << 40) | bits;
  const index = u32((key * 0x9e3779b97f4a7c15) >> 40) & (PATTERN_SLOTS - 1);
  const pattern: usize = load<u32>(plan, PLAN_PATTERNS) + index * PATTERN_SIZE;
  if (load<u64>(pattern) != key) {
    buildPattern(plan, pattern, bits, tom2, host);
    store<u64>(pattern, key);
  }
  return pattern;
}
