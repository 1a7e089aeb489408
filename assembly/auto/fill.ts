/** Types and 4 KiB leaf entries of consecutive frames, at the speed of stores. */
import { TYPE_UNDEFINED } from '../layout';
import { classOf } from './ept';
import { typeOfBits } from './fold';
import { isReadonly, leafBits } from './leaf';
import { canonical, matchingRules, ORDER_2M } from './nodes';
import { patternOf } from './patterns';
import {
  PATTERN_LOWS,
  PATTERN_TYPES,
  PLAN_HOLE_BITS,
  PLAN_RULES,
  RULE_MASK,
  RULE_SIZE,
  RULE_VALUE,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_HOST,
  SEGMENT_SLOT,
  SEGMENT_TOM2,
  UNDEFINED,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';
import { frameBehind } from './spans';
import { addLows, fillSteps, PAGE_STEP } from './stores';

const BLOCK: u64 = 512;
/** Regions in which most rules can be left out before each block of 512 frames is looked at. */
const REGION_ORDER: u32 = 13;
/** No set of rules: they are 40. */
const NO_RULES: u64 = 0xffffffffffffffff;

/** End of the block of 2^order frames around gfn, at most `end`. */
function blockEnd(gfn: u64, order: u32, end: u64): u64 {
  return min(((gfn >> u64(order)) + 1) << u64(order), end);
}

/** Those of `bits` that can match in the block of 512 frames at gfn. */
function narrowed(plan: usize, bits: u64, gfn: u64): u64 {
  let left = bits;
  for (let rest = bits & load<u64>(plan, PLAN_HOLE_BITS); rest != 0; rest &= rest - 1) {
    const i = ctz(rest);
    const rule = plan + PLAN_RULES + usize(i) * RULE_SIZE;
    const differs = (gfn ^ load<u64>(rule, RULE_VALUE)) & load<u64>(rule, RULE_MASK) & ~(BLOCK - 1);
    if (differs != 0) left ^= (<u64>1) << i;
  }
  return left;
}

/** EPT class of a block of a segment that no rule with holes cuts. */
function classOfBits(plan: usize, segment: usize, bits: u64): u8 {
  const type = typeOfBits(plan, bits, load<u8>(segment, SEGMENT_TOM2));
  return classOf(plan, load<u8>(segment, SEGMENT_HOST), type);
}

function fillType(out: usize, class_: u8, count: u64): void {
  const type = class_ & 7;
  memory.fill(out, type == UNDEFINED ? u8(TYPE_UNDEFINED) : type, usize(count));
}

/** Types of [first, end) in a segment where rules with holes decide. */
function writeHoledTypes(plan: usize, segment: usize, first: u64, end: u64, out: usize): void {
  const holed = load<u64>(plan, PLAN_HOLE_BITS);
  let lastBits = NO_RULES;
  let pattern: usize = 0;
  for (let gfn = first; gfn < end; ) {
    const candidates = matchingRules(plan, segment, gfn, REGION_ORDER);
    const regionEnd = blockEnd(gfn, REGION_ORDER, end);
    if ((candidates & holed) == 0) {
      fillType(out + usize(gfn - first), classOfBits(plan, segment, candidates), regionEnd - gfn);
      gfn = regionEnd;
      continue;
    }
    while (gfn < regionEnd) {
      const stop = blockEnd(gfn, ORDER_2M, regionEnd);
      const bits = narrowed(plan, candidates, gfn);
      if (bits != lastBits) {
        pattern = patternOf(plan, segment, canonical(plan, bits, ORDER_2M));
        lastBits = bits;
      }
      const from = pattern + PATTERN_TYPES + usize(gfn & (BLOCK - 1));
      memory.copy(out + usize(gfn - first), from, usize(stop - gfn));
      gfn = stop;
    }
  }
}

/** Entries of [first, end) in a segment where rules with holes decide; `entry` is the first without its class. */
function writeHoledEntries(plan: usize, segment: usize, first: u64, end: u64, entry: u64, out: usize): void {
  const holed = load<u64>(plan, PLAN_HOLE_BITS);
  let lastBits = NO_RULES;
  let pattern: usize = 0;
  for (let gfn = first; gfn < end; ) {
    const candidates = matchingRules(plan, segment, gfn, REGION_ORDER);
    const regionEnd = blockEnd(gfn, REGION_ORDER, end);
    if ((candidates & holed) == 0) {
      const bits = u64(classOfBits(plan, segment, candidates)) << 3;
      const start = entry + (gfn - first) * PAGE_STEP;
      fillSteps(out + usize(gfn - first) * 8, start + bits, PAGE_STEP, u32(regionEnd - gfn));
      gfn = regionEnd;
      continue;
    }
    while (gfn < regionEnd) {
      const stop = blockEnd(gfn, ORDER_2M, regionEnd);
      const bits = narrowed(plan, candidates, gfn);
      if (bits != lastBits) {
        pattern = patternOf(plan, segment, canonical(plan, bits, ORDER_2M));
        lastBits = bits;
      }
      const lows = pattern + PATTERN_LOWS + usize(gfn & (BLOCK - 1));
      const start = entry + (gfn - first) * PAGE_STEP;
      addLows(out + usize(gfn - first) * 8, lows, start, PAGE_STEP, u32(stop - gfn));
      gfn = stop;
    }
  }
}

/** EPT memory types of `count` frames, a byte each. */
export function writeTypes(plan: usize, first: u64, count: u32, out: usize): void {
  const end = first + count;
  for (let gfn = first; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    const at = out + usize(gfn - first);
    if (!load<u8>(segment, SEGMENT_HOLES)) fillType(at, load<u8>(segment, SEGMENT_CLASS), stop - gfn);
    else writeHoledTypes(plan, segment, gfn, stop, at);
    gfn = stop;
  }
}

/** 4 KiB leaf entries of `count` frames; 0 without slot, reserved type bits where the type is undefined. */
export function writeEntries(plan: usize, first: u64, count: u32, out: usize): void {
  const end = first + count;
  for (let gfn = first; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    const at = out + usize(gfn - first) * 8;
    const slot: usize = load<u32>(segment, SEGMENT_SLOT);
    if (slot == 0) memory.fill(at, 0, usize(stop - gfn) * 8);
    else {
      const isHoled = load<u8>(segment, SEGMENT_HOLES) != 0;
      const class_: u32 = isHoled ? 0 : load<u8>(segment, SEGMENT_CLASS);
      const entry = (frameBehind(slot, gfn) << 12) | leafBits(plan, class_, 1, isReadonly(slot));
      if (isHoled) writeHoledEntries(plan, segment, gfn, stop, entry, at);
      else fillSteps(at, entry, PAGE_STEP, u32(stop - gfn));
    }
    gfn = stop;
  }
}
