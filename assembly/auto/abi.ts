/**
 * What the host may call of the auto engine. Frame numbers cross as f64 (exact below 2^53), pointers and
 * counts as u32.
 */

import { forgetVerdicts, writeDifferences } from './compare-spans';
import { countPairs } from './compare-totals';
import { digestOf } from './digest';
import { writeEntries, writeTypes } from './fill';
import { typesOfRules } from './fold';
import { leafBits } from './leaf';
import { hasDigits, lookUpDigits, lookUpEntries, lookUpTypes, writeDigits } from './lookup';
import { forget, matchingRules } from './nodes';
import { buildPlan } from './plan';
import {
  PATTERN_SIZE,
  PATTERN_SLOTS,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_FIXED_TYPES,
  PLAN_MEMO,
  PLAN_MEMO_MASK,
  PLAN_PATTERNS,
  SEGMENT_TOM2,
} from './plan-layout';
import { isFixed, isForcedByTom2, segmentAt } from './segments';
import { effectiveOf, writeSpans } from './spans';
import { writeTotals } from './totals';

/** Builds a plan; see plan.ts. Returns the index of the first refused write, or -1. */
export function autoPlan(view: usize, plan: usize, edgeCapacity: u32): i32 {
  return buildPlan(view, plan, edgeCapacity);
}

/**
 * Lends memory to a plan that has rules with holes.
 *
 * @param memo - memoSlots * MEMO_SLOT_SIZE bytes, memoSlots a power of two
 * @param patterns - PATTERNS_SIZE bytes
 */
export function autoLend(plan: usize, memo: usize, memoSlots: u32, patterns: usize): void {
  for (let i: u32 = 0; i < u32(PATTERN_SLOTS); i++) store<u64>(patterns + i * PATTERN_SIZE, 0);
  store<u32>(plan, u32(memo), PLAN_MEMO);
  store<u32>(plan, memoSlots - 1, PLAN_MEMO_MASK);
  store<u32>(plan, u32(patterns), PLAN_PATTERNS);
  forget(plan);
}

/** Writes spans; see spans.ts. */
export function autoSpans(
  plan: usize,
  want: u32,
  pat: u32,
  start: f64,
  end: f64,
  out: usize,
  capacity: u32,
): u32 {
  return writeSpans(plan, want, pat, u64(start), u64(end), out, capacity);
}

/** Counts pages; see totals.ts. */
export function autoTotals(plan: usize, want: u32, start: f64, end: f64, histogram: usize): void {
  writeTotals(plan, want, u64(start), u64(end), histogram);
}

/** EPT memory types of `count` frames, a byte each. */
export function autoTypes(plan: usize, first: f64, count: u32, out: usize): void {
  writeTypes(plan, u64(first), count, out);
}

/** 4 KiB leaf entries of `count` frames, 8 bytes each. */
export function autoEntries(plan: usize, first: f64, count: u32, out: usize): void {
  writeEntries(plan, u64(first), count, out);
}

/** Effective type of an EPT class through a PAT type. */
export function autoEffective(plan: usize, class_: u32, pat: u32): u32 {
  return effectiveOf(plan, class_, pat);
}

/** Writes the bits of a leaf without its address. */
export function autoLeafBits(plan: usize, class_: u32, level: u32, readonly: u32, out: usize): void {
  store<u64>(out, leafBits(plan, class_, level, readonly != 0));
}

/** Set of the types that decide a frame's MTRR type, a bit an encoding. */
export function autoTypeSet(plan: usize, gfn: f64): u32 {
  const frame = u64(gfn);
  const segment = segmentAt(plan, frame);
  if (load<u32>(plan, PLAN_DISABLED)) return 1 << load<u32>(plan, PLAN_DEFAULT);
  if (isFixed(plan, frame)) {
    const type: u32 = load<u8>(plan + PLAN_FIXED_TYPES + u32(frame));
    return 1 << type;
  }
  if (isForcedByTom2(plan, frame)) return 1 << 6;
  const types = typesOfRules(plan, matchingRules(plan, segment, frame, 0));
  if (types != 0) return types;
  return load<u8>(segment, SEGMENT_TOM2) ? 1 << 6 : 1 << load<u32>(plan, PLAN_DEFAULT);
}

/** Writes the digest (u64) of the 4 KiB entries of [start, end). */
export function autoDigest(plan: usize, start: f64, end: f64, out: usize): void {
  store<u64>(out, digestOf(plan, u64(start), u64(end)));
}

/** Counts pages by the answers of two plans; see compare-totals.ts. */
export function autoCountPairs(compare: usize, start: f64, end: f64): u32 {
  return countPairs(compare, u64(start), u64(end));
}

/** Writes differing spans; see compare-spans.ts. */
export function autoDifferences(
  compare: usize,
  start: f64,
  end: f64,
  out: usize,
  capacity: u32,
  blocks: u32,
): u32 {
  return writeDifferences(compare, u64(start), u64(end), out, capacity, blocks);
}

/** Prepares a comparison's memo of verdicts. */
export function autoForgetVerdicts(compare: usize): void {
  forgetVerdicts(compare);
}

/** Fills the digit tables (DIGITS_SIZE bytes) where the plan can be looked up by them; 0 where it cannot. */
export function autoDigits(plan: usize, digits: usize): u32 {
  if (!hasDigits(plan)) return 0;
  writeDigits(plan, digits);
  return 1;
}

/** EPT memory types of a list of frames (f64), a byte each; `digits` 0 where there are no tables. */
export function autoTypesOf(plan: usize, digits: usize, gfns: usize, count: u32, out: usize): void {
  if (digits != 0) lookUpDigits(plan, digits, gfns, count, out);
  else lookUpTypes(plan, gfns, count, out);
}

/** 4 KiB leaf entries of a list of frames (f64). */
export function autoEntriesOf(plan: usize, gfns: usize, count: u32, out: usize): void {
  lookUpEntries(plan, gfns, count, out);
}
