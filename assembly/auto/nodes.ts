/**
 * Aligned blocks under rules with holes. What a block of 2^k frames holds depends only on k and on the set of
 * rules that its upper bits still allow, so each (k, set) is counted once and remembered; the counts of all
 * 2^40 frames then need a few hundred to a few thousand blocks.
 */

import { typeOfBits } from './fold';
import {
  MEMO_SLOT_SIZE,
  PLAN_EXCLUDED,
  PLAN_FRAMES_OF_ORDER,
  PLAN_HOLE_BITS,
  PLAN_LOW,
  PLAN_MEMO,
  PLAN_MEMO_MASK,
  PLAN_MEMO_USED,
  PLAN_RULES,
  RULE_MASK,
  RULE_SIZE,
  RULE_VALUE,
  SEGMENT_BITS,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_TOM2,
  SUMMARY_SIZE,
  UNDEFINED,
} from './plan-layout';

/** Order of a 2 MiB and of a 1 GiB region in frames. */
export const ORDER_2M: u32 = 9;
export const ORDER_1G: u32 = 18;

const COUNTED: u64 = 0x8000000000000000;

/** Order of the largest aligned block at gfn that ends at or before `end`. */
export function largestOrder(gfn: u64, end: u64): u32 {
  const fits = 63 - u32(clz(end - gfn));
  return gfn == 0 ? fits : min(fits, u32(ctz(gfn)));
}

/** Rules that can still match inside the block of 2^order frames at gfn; the segment's intervals included. */
export function possibleRules(plan: usize, segment: usize, gfn: u64, order: u32): u64 {
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

/** Rules of `bits` that remain in the half of a block of 2^(k+1) frames where frame bit k is `bit`. */
export function halfRules(plan: usize, bits: u64, k: u32, bit: u32): u64 {
  return bits & ~load<u64>(plan + PLAN_EXCLUDED + k * 16 + bit * 8);
}

/** Context of a block: TOM2's default, and the largest level that its slot allows. */
export function contextOf(segment: usize): u32 {
  return u32(load<u8>(segment, SEGMENT_TOM2)) | (u32(load<u8>(segment, SEGMENT_SLOT_LEVEL)) << 1);
}

/** Where the counts of the block of this order are: u64[level 1..3][type]. */
export function summaryOf(plan: usize, order: u32): usize {
  return plan + PLAN_FRAMES_OF_ORDER + order * SUMMARY_SIZE;
}

/** Level of a block that is uniform and not part of a larger leaf. */
function levelOfUniform(order: u32, type: u32, context: u32): u32 {
  if (type == UNDEFINED) return 1;
  const allowed = context >> 1;
  if (order >= ORDER_1G && allowed >= 3) return 3;
  return order >= ORDER_2M && allowed >= 2 ? 2 : 1;
}

function countUniform(summary: usize, order: u32, type: u32, context: u32): void {
  memory.fill(summary, 0, SUMMARY_SIZE);
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

/** The memo's slot for a key: the one that holds it, or the free one where it would go. */
function memoSlot(plan: usize, key: u64): usize {
  const mask = load<u32>(plan, PLAN_MEMO_MASK);
  const memo: usize = load<u32>(plan, PLAN_MEMO);
  let index = u32((key * 0x9e3779b97f4a7c15) >> 40) & mask;
  let slot = memo + index * MEMO_SLOT_SIZE;
  while (load<u64>(slot) != key && load<u64>(slot) != 0) {
    index = (index + 1) & mask;
    slot = memo + index * MEMO_SLOT_SIZE;
  }
  return slot;
}

/** Forgets everything when three quarters full: memory stays bounded whatever the masks. */
function remember(plan: usize, key: u64, summary: usize): void {
  const mask = load<u32>(plan, PLAN_MEMO_MASK);
  let used = load<u32>(plan, PLAN_MEMO_USED);
  if (used * 4 > mask * 3) {
    memory.fill(load<u32>(plan, PLAN_MEMO), 0, usize(mask + 1) * MEMO_SLOT_SIZE);
    used = 0;
  }
  const slot = memoSlot(plan, key);
  store<u64>(slot, key);
  memory.copy(slot + 8, summary, SUMMARY_SIZE);
  store<u32>(plan, used + 1, PLAN_MEMO_USED);
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
    countUniform(summary, order, typeOfBits(plan, bits, context & 1), context);
    return;
  }
  const key: u64 = COUNTED | (u64(context) << 48) | (u64(order) << 40) | bits;
  const slot = memoSlot(plan, key);
  if (load<u64>(slot) == key) {
    memory.copy(summary, slot + 8, SUMMARY_SIZE);
    return;
  }
  const half = order - 1;
  const halfSummary = summaryOf(plan, half);
  const left = halfRules(plan, bits, half, 0);
  const right = halfRules(plan, bits, half, 1);
  summarize(plan, half, left, context);
  memory.copy(summary, halfSummary, SUMMARY_SIZE);
  if (left != right) summarize(plan, half, right, context);
  for (let at: usize = 0; at < usize(SUMMARY_SIZE); at += 8) {
    store<u64>(summary + at, load<u64>(summary + at) + load<u64>(halfSummary + at));
  }
  joinLeaf(summary, order, context);
  remember(plan, key, summary);
}
