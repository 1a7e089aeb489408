/**
 * Types and entries of arbitrary frames. Up to ten ranges read as the manual reads them are looked up by the
 * digits of the frame number, as a page walk would: each digit leaves the set of rules that it does not rule
 * out, and the intersection of the five sets is the set that matches. Everything else is searched for.
 */
import { MTRR_ARCHITECTURAL, TYPE_UNDEFINED } from '../layout';
import { classOf } from './ept';
import { foldRules } from './fold';
import { isReadonly, leafBits } from './leaf';
import { matchingRules } from './nodes';
import {
  DIGIT_TABLE_SIZE,
  DIGIT_TYPES,
  PLAN_DISABLED,
  PLAN_FIXED,
  PLAN_FIXED_TYPES,
  PLAN_MTRR,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_SEGMENT_COUNT,
  PLAN_TOM2_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_VALUE,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_HOST,
  SEGMENT_SIZE,
  SEGMENT_SLOT,
  SEGMENT_START,
  SEGMENT_TOM2,
  TABLE_RULES_MAX,
  UNDEFINED,
} from './plan-layout';
import { segmentsOf } from './segments';
import { frameBehind } from './spans';

const FRAME_OF_1M: u64 = 0x100;
const FRAME_OF_4G: u64 = 0x100000;
const DIGIT_BITS: u64 = 10;
const DIGIT: u64 = 0x3ff;
/** Added to a whole number below 2^52, leaves it in the low bits of the sum: cheaper than converting. */
const TWO_52: f64 = 4503599627370496;
const FRAME_BITS: u64 = 0xffffffffff;

/** Whether frames can be looked up by their digits. */
export function hasDigits(plan: usize): bool {
  return (
    load<u32>(plan, PLAN_MTRR) == MTRR_ARCHITECTURAL &&
    load<u32>(plan, PLAN_DISABLED) == 0 &&
    load<u32>(plan, PLAN_RULE_COUNT) <= u32(TABLE_RULES_MAX)
  );
}

function typeByte(class_: u32): u8 {
  const type = class_ & 7;
  return type == UNDEFINED ? u8(TYPE_UNDEFINED) : u8(type);
}

/** Fills the tables: u16[4][1024] sets of rules by digit, then u8[2][1024] type bytes by set. */
export function writeDigits(plan: usize, digits: usize): void {
  const rules = load<u32>(plan, PLAN_RULE_COUNT);
  for (let table: u32 = 0; table < 4; table++) {
    const shift = u64(table) * DIGIT_BITS;
    for (let digit: u32 = 0; digit <= u32(DIGIT); digit++) {
      let bits: u32 = 0;
      for (let i: u32 = 0; i < rules; i++) {
        const rule = plan + PLAN_RULES + i * RULE_SIZE;
        const differs =
          (u64(digit) ^ (load<u64>(rule, RULE_VALUE) >> shift)) & (load<u64>(rule, RULE_MASK) >> shift);
        if ((differs & DIGIT) == 0) bits |= 1 << i;
      }
      store<u16>(digits + table * DIGIT_TABLE_SIZE + digit * 2, u16(bits));
    }
  }
  for (let tom2: u32 = 0; tom2 < 2; tom2++) {
    for (let bits: u32 = 0; bits < (<u32>1) << rules; bits++) {
      const class_ = classOf(plan, UNDEFINED, foldRules(plan, bits, tom2));
      store<u8>(digits + DIGIT_TYPES + (tom2 << TABLE_RULES_MAX) + bits, typeByte(class_));
    }
  }
}

/** A frame that an f64 holds. */
function frameIn(list: usize): u64 {
  return reinterpret<u64>(load<f64>(list) + TWO_52) & FRAME_BITS;
}

/** Rules that match a frame. */
function rulesByDigits(digits: usize, gfn: u64): u32 {
  const low = u32(gfn);
  return (
    u32(load<u16>(digits + ((low & 0x3ff) << 1))) &
    u32(load<u16>(digits + (((low >> 10) & 0x3ff) << 1), DIGIT_TABLE_SIZE)) &
    u32(load<u16>(digits + ((u32(gfn >> 20) & 0x3ff) << 1), 2 * DIGIT_TABLE_SIZE)) &
    u32(load<u16>(digits + (u32(gfn >> 30) << 1), 3 * DIGIT_TABLE_SIZE))
  );
}

/** Looks frames up until one lies below `lowEnd`; returns where that one is in the list, or the list's end. */
function lookUpHigh(digits: usize, list: usize, end: usize, out: usize, lowEnd: u64): usize {
  let at = list;
  let to = out;
  for (; at < end; at += 8) {
    const gfn = frameIn(at);
    if (gfn < lowEnd) break;
    store<u8>(to, load<u8>(digits + rulesByDigits(digits, gfn), DIGIT_TYPES));
    to++;
  }
  return at;
}

/** The same where TOM2 changes the default from 4 GiB on. */
function lookUpBelowTom2(
  digits: usize,
  list: usize,
  end: usize,
  out: usize,
  lowEnd: u64,
  tom2End: u64,
): usize {
  let at = list;
  let to = out;
  for (; at < end; at += 8) {
    const gfn = frameIn(at);
    if (gfn < lowEnd) break;
    const tom2: u32 = u32(gfn < tom2End) & u32(gfn >= FRAME_OF_4G);
    store<u8>(to, load<u8>(digits + rulesByDigits(digits, gfn) + (tom2 << TABLE_RULES_MAX), DIGIT_TYPES));
    to++;
  }
  return at;
}

/** EPT memory types of the frames in a list of f64, a byte each, by their digits. */
export function lookUpDigits(plan: usize, digits: usize, gfns: usize, count: u32, out: usize): void {
  const fixedEnd: u64 = load<u32>(plan, PLAN_FIXED) ? FRAME_OF_1M : 0;
  const tom2End = load<u64>(plan, PLAN_TOM2_END);
  const end = gfns + (usize(count) << 3);
  for (let at = gfns; at < end; at += 8) {
    const to = out + ((at - gfns) >> 3);
    at =
      tom2End == 0
        ? lookUpHigh(digits, at, end, to, fixedEnd)
        : lookUpBelowTom2(digits, at, end, to, fixedEnd, tom2End);
    if (at >= end) break;
    const type = load<u8>(plan + PLAN_FIXED_TYPES + u32(frameIn(at)));
    store<u8>(out + ((at - gfns) >> 3), typeByte(classOf(plan, UNDEFINED, type)));
  }
}

/** The segment of a frame, by halving without branches: random frames cannot be predicted. */
function findSegment(plan: usize, gfn: u64): usize {
  let segment = segmentsOf(plan);
  for (let count = load<u32>(plan, PLAN_SEGMENT_COUNT); count > 1; ) {
    const half = count >> 1;
    const middle = segment + half * SEGMENT_SIZE;
    segment = select(middle, segment, load<u64>(middle, SEGMENT_START) <= gfn);
    count -= half;
  }
  return segment;
}

function classAt(plan: usize, segment: usize, gfn: u64): u32 {
  if (!load<u8>(segment, SEGMENT_HOLES)) return load<u8>(segment, SEGMENT_CLASS);
  const type = foldRules(plan, matchingRules(plan, segment, gfn, 0), load<u8>(segment, SEGMENT_TOM2));
  return classOf(plan, load<u8>(segment, SEGMENT_HOST), type);
}

/** EPT memory types of the frames in a list of f64, a byte each. */
export function lookUpTypes(plan: usize, gfns: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const gfn = u64(i64(load<f64>(gfns + (i << 3))));
    store<u8>(out + i, typeByte(classAt(plan, findSegment(plan, gfn), gfn)));
  }
}

/** 4 KiB leaf entries of the frames in a list of f64, as writeEntries has them. */
export function lookUpEntries(plan: usize, gfns: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const gfn = u64(i64(load<f64>(gfns + (i << 3))));
    const segment = findSegment(plan, gfn);
    const slot: usize = load<u32>(segment, SEGMENT_SLOT);
    let entry: u64 = 0;
    if (slot != 0) {
      entry =
        (frameBehind(slot, gfn) << 12) | leafBits(plan, classAt(plan, segment, gfn), 1, isReadonly(slot));
    }
    store<u64>(out + (i << 3), entry);
  }
}
