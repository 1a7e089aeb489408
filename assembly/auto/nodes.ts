/**
 * Aligned blocks under rules with holes. What a block of 2^k frames holds depends only on k and on the set of
 * rules that its upper bits still allow, so each (k, set) is counted once and remembered; the counts of all
 * 2^40 frames then need a few hundred to a few thousand blocks.
 */

import { MTRR_ARCHITECTURAL } from '../layout';
import { classOf } from './ept';
import { typeOfBits } from './fold';
import {
  PLAN_EXCLUDED,
  PLAN_HOLE_BITS,
  PLAN_LOW,
  PLAN_MEMO,
  PLAN_MEMO_MASK,
  PLAN_MEMO_USED,
  PLAN_MTRR,
  PLAN_RULES,
  PLAN_RULES_OF_TYPE,
  PLAN_SUMMARIES,
  RULE_MASK,
  RULE_SIZE,
  RULE_VALUE,
  SEGMENT_BITS,
  SEGMENT_HOST,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_TOM2,
  SUMMARY_DIGEST,
  SUMMARY_SIZE,
  UNDEFINED,
} from './plan-layout';
import { joinHalves, uniformDigest } from './powers';

/** Order of a 2 MiB and of a 1 GiB region in frames. */
export const ORDER_2M: u32 = 9;
export const ORDER_1G: u32 = 18;

const COUNTED: u64 = 0x8000000000000000;

/** Order of the largest aligned block at gfn that ends at or before `end`. */
export function largestOrder(gfn: u64, end: u64): u32 {
  const fits = 63 - u32(clz(end - gfn));
  return gfn == 0 ? fits : min(fits, u32(ctz(gfn)));
}

/**
 * The same set with fewer members, where the manual's precedence makes them equal: among the rules that are
 * sure to match a block of 2^order frames one of a type says as much as all of them, and a UC range leaves
 * nothing to the others. Keeps the number of different blocks small however many ranges there are.
 */
export function canonical(plan: usize, bits: u64, order: u32): u64 {
  if (load<u32>(plan, PLAN_MTRR) != MTRR_ARCHITECTURAL) return bits;
  const sure = bits & ~load<u64>(plan + PLAN_LOW + order * 8);
  const uncacheable = sure & load<u64>(plan, PLAN_RULES_OF_TYPE);
  if (uncacheable) return uncacheable & -uncacheable;
  let kept = bits & ~sure;
  for (let type: usize = 1; type < 7; type++) {
    const alike = sure & load<u64>(plan + PLAN_RULES_OF_TYPE + type * 8);
    kept |= alike & -alike;
  }
  return kept;
}

/** Rules that can match inside the block of 2^order frames at gfn, all of them. */
export function matchingRules(plan: usize, segment: usize, gfn: u64, order: u32): u64 {
  let bits = load<u64>(segment, SEGMENT_BITS);
  const upper: u64 = ~(((<u64>1) << u64(order)) - 1);
  for (let rest = load<u64>(plan, PLAN_HOLE_BITS); rest != 0; rest &= rest - 1) {
    const i = ctz(rest);
    const rule = plan + PLAN_RULES + usize(i) * RULE_SIZE;
    const differs = (gfn ^ load<u64>(rule, RULE_VALUE)) & load<u64>(rule, RULE_MASK) & upper;
    if (differs == 0) bits |= (<u64>1) << i;
  }
  return bits;
}

/** What tells the block of 2^order frames at gfn from others: the matching rules in canonical form. */
export function possibleRules(plan: usize, segment: usize, gfn: u64, order: u32): u64 {
  return canonical(plan, matchingRules(plan, segment, gfn, order), order);
}

/** Rules of `bits` that remain in the half of a block of 2^(k+1) frames where frame bit k is `bit`. */
export function halfRules(plan: usize, bits: u64, k: u32, bit: u32): u64 {
  return canonical(plan, bits & ~load<u64>(plan + PLAN_EXCLUDED + k * 16 + bit * 8), k);
}

/** Context of a block: bit 0 TOM2's default, 2:1 the largest level that its slot allows, 5:3 the host's type. */
export function contextOf(segment: usize): u32 {
  return (
    u32(load<u8>(segment, SEGMENT_TOM2)) |
    (u32(load<u8>(segment, SEGMENT_SLOT_LEVEL)) << 1) |
    (u32(load<u8>(segment, SEGMENT_HOST)) << 3)
  );
}

/** Where the summary of the block of this order is: u64[level 1..3][type] counts, u64 digest. */
export function summaryOf(plan: usize, order: u32): usize {
  return plan + PLAN_SUMMARIES + order * SUMMARY_SIZE;
}

/** Level of a block that is uniform and not part of a larger leaf. */
export function levelOfUniform(order: u32, type: u32, context: u32): u32 {
  if (type == UNDEFINED) return 1;
  const allowed = (context >> 1) & 3;
  if (order >= ORDER_1G && allowed >= 3) return 3;
  return order >= ORDER_2M && allowed >= 2 ? 2 : 1;
}

function countUniform(summary: usize, order: u32, type: u32, context: u32): void {
  memory.fill(summary, 0, SUMMARY_DIGEST);
  const level = levelOfUniform(order, type, context);
  store<u64>(summary + ((level - 1) * 8 + type) * 8, (<u64>1) << u64(order));
}

/** Types that occur in counts, as a set of bits; 0 for none. */
export function typesIn(summary: usize): u32 {
  let types: u32 = 0;
  for (let type: u32 = 0; type < 8; type++) {
    const at = summary + type * 8;
    if (load<u64>(at) | load<u64>(at, 64) | load<u64>(at, 128)) types |= 1 << type;
  }
  return types;
}

/** Levels that occur in counts, as a set of bits 1..3. */
export function levelsIn(summary: usize): u32 {
  let levels: u32 = 0;
  for (let level: u32 = 1; level < 4; level++) {
    const at = summary + (level - 1) * 64;
    let any: u64 = 0;
    for (let type: u32 = 0; type < 8; type++) any |= load<u64>(at + type * 8);
    if (any) levels |= 1 << level;
  }
  return levels;
}

/** A 2M or 1G region whose pages all have one defined type is one leaf, if its slot allows. */
function joinLeaf(summary: usize, order: u32, context: u32): void {
  if (order != ORDER_2M && order != ORDER_1G) return;
  const types = typesIn(summary);
  if ((types & (types - 1)) != 0) return;
  const type = u32(ctz(types));
  if (levelOfUniform(order, type, context) == (order == ORDER_1G ? 3 : 2)) {
    countUniform(summary, order, type, context);
  }
}

/** Index in the memo that holds a key, or the free one where it would go. */
function memoIndex(plan: usize, key: u64): u32 {
  const mask = load<u32>(plan, PLAN_MEMO_MASK);
  const keys: usize = load<u32>(plan, PLAN_MEMO);
  let index = u32((key * 0x9e3779b97f4a7c15) >> 40) & mask;
  let held = load<u64>(keys + index * 8);
  while (held != key && held != 0) {
    index = (index + 1) & mask;
    held = load<u64>(keys + index * 8);
  }
  return index;
}

/** The summary at an index: behind all keys, so that forgetting touches few bytes. */
function memoSummary(plan: usize, index: u32): usize {
  return load<u32>(plan, PLAN_MEMO) + (load<u32>(plan, PLAN_MEMO_MASK) + 1) * 8 + index * SUMMARY_SIZE;
}

/** Empties the memo. */
export function forget(plan: usize): void {
  memory.fill(load<u32>(plan, PLAN_MEMO), 0, usize(load<u32>(plan, PLAN_MEMO_MASK) + 1) * 8);
  store<u32>(plan, 0, PLAN_MEMO_USED);
}

/** Forgets everything when three quarters full: memory stays bounded whatever the masks. */
function remember(plan: usize, key: u64, summary: usize): void {
  if (load<u32>(plan, PLAN_MEMO_USED) * 4 > load<u32>(plan, PLAN_MEMO_MASK) * 3) forget(plan);
  const index = memoIndex(plan, key);
  store<u64>(load<u32>(plan, PLAN_MEMO) + index * 8, key);
  memory.copy(memoSummary(plan, index), summary, SUMMARY_SIZE);
  store<u32>(plan, load<u32>(plan, PLAN_MEMO_USED) + 1, PLAN_MEMO_USED);
}

/**
 * Counts a block by level and type into summaryOf(plan, order). Orders below 18 (9) are counted as lying in a
 * region that is no 1G (2M) leaf.
 *
 * @param bits - possibleRules of the block
 * @param context - contextOf its segment
 */
export function summarize(plan: usize, order: u32, bits: u64, context: u32): void {
  const summary = summaryOf(plan, order);
  if ((bits & load<u64>(plan + PLAN_LOW + order * 8)) == 0) {
    const type = typeOfBits(plan, bits, context & 1);
    countUniform(summary, order, type, context);
    store<u64>(
      summary,
      uniformDigest(plan, order, u64(classOf(plan, context >> 3, type)) << 3),
      SUMMARY_DIGEST,
    );
    return;
  }
  const key: u64 = COUNTED | (u64(context) << 48) | (u64(order) << 40) | bits;
  const index = memoIndex(plan, key);
  if (load<u64>(load<u32>(plan, PLAN_MEMO) + index * 8) == key) {
    memory.copy(summary, memoSummary(plan, index), SUMMARY_SIZE);
    return;
  }
  const half = order - 1;
  const halfSummary = summaryOf(plan, half);
  const left = halfRules(plan, bits, half, 0);
  const right = halfRules(plan, bits, half, 1);
  summarize(plan, half, left, context);
  memory.copy(summary, halfSummary, SUMMARY_SIZE);
  if (left != right) summarize(plan, half, right, context);
  for (let at: usize = 0; at < usize(SUMMARY_DIGEST); at += 8) {
    store<u64>(summary + at, load<u64>(summary + at) + load<u64>(halfSummary + at));
  }
  const leftDigest = load<u64>(summary, SUMMARY_DIGEST);
  store<u64>(
    summary,
    joinHalves(plan, half, leftDigest, load<u64>(halfSummary, SUMMARY_DIGEST)),
    SUMMARY_DIGEST,
  );
  joinLeaf(summary, order, context);
  remember(plan, key, summary);
}
