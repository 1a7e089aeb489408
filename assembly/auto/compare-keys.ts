/**
 * One side of a comparison. For an aligned block a plan is known by a key: either its answer, a code
 * (type | IPAT << 3 | level << 4 | read-only << 6) for all of the block's pages, or the rules that may still match inside.
 */
import { SLOT_GFN, SLOT_PFN, WANT_EFFECTIVE, WANT_LEAF, WANT_LEVELS, WANT_MTRR } from '../layout';
import { levelCell, typeCell } from './cells';
import { COMPARE_BACKING, COMPARE_PAT, COMPARE_WANT } from './compare-layout';
import { classOf } from './ept';
import { typeOfBits } from './fold';
import { isReadonly, leafBits } from './leaf';
import { regionIsLeaf } from './level';
import {
  contextOf,
  halfRules,
  levelOfUniform,
  levelsIn,
  ORDER_1G,
  ORDER_2M,
  possibleRules,
  summarize,
  summaryOf,
} from './nodes';
import { isNested } from './npt';
import {
  PLAN_CELL_CLASS,
  PLAN_CELL_LEVEL,
  PLAN_CELL_LEVEL_END,
  PLAN_CELL_MTRR,
  PLAN_HOLE_BITS,
  PLAN_LOW,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_MTRR,
  SEGMENT_SLOT,
  UNDEFINED,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';
import { effectiveOf } from './spans';

/** A key that is an answer: the code in its low bits. */
const KNOWN: u64 = 0x8000000000000000;
/** A key that is rules: bits 39:0 the rules, 45:40 the context, 47:46 the leaf's level, 48 read-only. */
const RULES: u64 = 0xffffffffff;
const CONTEXT_SHIFT: u64 = 40;
const CONTEXT: u32 = 0x3f;
const LEVEL_SHIFT: u64 = 46;
const READONLY_SHIFT: u64 = 48;

export function isKnown(key: u64): bool {
  return (key & KNOWN) != 0;
}

/** Code of a known key. */
export function codeOf(key: u64): u32 {
  return u32(key & 0x7f);
}

function wantsLevels(want: u32): bool {
  return want == WANT_LEVELS || want == WANT_LEAF;
}

/** Code of pages with an MTRR type and an EPT class; `level` counts for `levels` and `leaf` alone. */
function encode(compare: usize, plan: usize, mtrr: u32, class_: u32, level: u32, readonly: u32): u64 {
  const want = load<u32>(compare, COMPARE_WANT);
  if (want == WANT_LEVELS) return KNOWN | u64(level << 4);
  if (want == WANT_LEAF) {
    if (level == 0) return KNOWN;
    // An undefined leaf is the same whatever its slot.
    const slot: u32 = (class_ & 7) == UNDEFINED ? 0 : readonly << 6;
    // A nested leaf has no bit 3 of a class.
    const shown = isNested(plan) ? class_ & 7 : class_;
    return KNOWN | u64(shown | (level << 4) | slot);
  }
  if (want == WANT_MTRR) return KNOWN | u64(mtrr);
  if (want == WANT_EFFECTIVE) return KNOWN | u64(effectiveOf(plan, class_, load<u32>(compare, COMPARE_PAT)));
  return KNOWN | u64(class_);
}

/** Whether rules with holes decide at gfn. */
export function hasHoles(plan: usize, gfn: u64): bool {
  return load<u8>(segmentAt(plan, gfn), SEGMENT_HOLES) != 0;
}

/** End of the stretch from gfn on in which a side has one known answer, or only rules with holes vary. */
export function stretchEnd(compare: usize, plan: usize, gfn: u64): u64 {
  const segment = segmentAt(plan, gfn);
  const end = segmentEnd(segment);
  if (load<u8>(segment, SEGMENT_HOLES) || !wantsLevels(load<u32>(compare, COMPARE_WANT))) return end;
  levelCell(plan, gfn);
  return min(end, load<u64>(plan, PLAN_CELL_LEVEL_END));
}

/** Level that is settled already for the block of 2^order frames at gfn, 0 where the block itself decides. */
function settledLevel(plan: usize, segment: usize, gfn: u64, order: u32): u32 {
  if (order >= ORDER_1G) return 0;
  const region = gfn & ~(((<u64>1) << u64(ORDER_1G)) - 1);
  if (order >= ORDER_2M) return regionIsLeaf(plan, segment, region, ORDER_1G) ? 3 : 0;
  levelCell(plan, gfn);
  return load<u32>(plan, PLAN_CELL_LEVEL);
}

/** Whether a side's segments are its stretches: no rules with holes, no levels. */
export function hasPlainSegments(compare: usize, plan: usize): bool {
  return load<u64>(plan, PLAN_HOLE_BITS) == 0 && !wantsLevels(load<u32>(compare, COMPARE_WANT));
}

/** Code of a segment of a side that has plain ones. */
export function codeOfSegment(compare: usize, plan: usize, segment: usize): u32 {
  return codeOf(
    encode(compare, plan, load<u8>(segment, SEGMENT_MTRR), load<u8>(segment, SEGMENT_CLASS), 0, 0),
  );
}

/** Key of the block of 2^order frames at gfn, inside one stretch. */
export function keyOfBlock(compare: usize, plan: usize, gfn: u64, order: u32): u64 {
  const segment = segmentAt(plan, gfn);
  const levels = wantsLevels(load<u32>(compare, COMPARE_WANT));
  if (levels && load<u32>(segment, SEGMENT_SLOT) == 0) return KNOWN;
  const readonly: u32 = levels && isReadonly(load<u32>(segment, SEGMENT_SLOT)) ? 1 : 0;
  if (!load<u8>(segment, SEGMENT_HOLES)) {
    if (levels) levelCell(plan, gfn);
    const level = levels ? load<u32>(plan, PLAN_CELL_LEVEL) : 0;
    typeCell(plan, gfn);
    return encode(
      compare,
      plan,
      load<u32>(plan, PLAN_CELL_MTRR),
      load<u32>(plan, PLAN_CELL_CLASS),
      level,
      readonly,
    );
  }
  const level: u64 = levels ? settledLevel(plan, segment, gfn, order) : 0;
  const settled: u64 =
    (u64(contextOf(segment)) << CONTEXT_SHIFT) | (level << LEVEL_SHIFT) | (u64(readonly) << READONLY_SHIFT);
  const key = possibleRules(plan, segment, gfn, order) | settled;
  return settle(compare, plan, key, order);
}

/** Turns rules into an answer where the block leaves nothing open, and settles levels at 1G and 2M blocks. */
export function settle(compare: usize, plan: usize, key: u64, order: u32): u64 {
  if (isKnown(key)) return key;
  const bits = key & RULES;
  const context = u32(key >> CONTEXT_SHIFT) & CONTEXT;
  let level = u32(key >> LEVEL_SHIFT) & 3;
  const readonly = u32(key >> READONLY_SHIFT) & 1;
  const want = load<u32>(compare, COMPARE_WANT);
  const levels = wantsLevels(want);
  if ((bits & load<u64>(plan + PLAN_LOW + order * 8)) == 0) {
    const type = typeOfBits(plan, bits, context & 1);
    if (levels && level == 0) level = levelOfUniform(order, type, context);
    return encode(compare, plan, type, classOf(plan, context >> 3, type), level, readonly);
  }
  if (!levels || level != 0 || (order != ORDER_1G && order != ORDER_2M)) {
    return want == WANT_LEVELS && level != 0 ? encode(compare, plan, 0, 0, level, 0) : key;
  }
  summarize(plan, order, bits, context);
  const found = levelsIn(summaryOf(plan, order));
  if (order == ORDER_1G) level = found == 1 << 3 ? 3 : 0;
  else level = found == 1 << 2 ? 2 : 1;
  if (want == WANT_LEVELS && level != 0) return encode(compare, plan, 0, 0, level, 0);
  return key | (u64(level) << LEVEL_SHIFT);
}

/** Key of the half of a block of 2^(k+1) frames where frame bit k is `bit`, settled. */
export function halfKey(compare: usize, plan: usize, key: u64, k: u32, bit: u32): u64 {
  if (isKnown(key)) return key;
  return settle(compare, plan, (key & ~RULES) | halfRules(plan, key & RULES, k, bit), k);
}

/** Bits of an entry that do not depend on type and level, and the host frame modulo the guest's. */
function backingOf(plan: usize, gfn: u64): u64 {
  const slot: usize = load<u32>(segmentAt(plan, gfn), SEGMENT_SLOT);
  if (slot == 0) return 0;
  const frame = (load<u64>(slot, SLOT_PFN) - load<u64>(slot, SLOT_GFN)) << 12;
  return frame + leafBits(plan, 0, 1, isReadonly(slot));
}

/** Notes whether leaves at gfn differ between the sides whatever their types and levels. */
export function noteBacking(compare: usize, a: usize, b: usize, gfn: u64): void {
  const differs = load<u32>(compare, COMPARE_WANT) == WANT_LEAF && backingOf(a, gfn) != backingOf(b, gfn);
  store<u32>(compare, differs ? 1 : 0, COMPARE_BACKING);
}

/** Whether two answers are the same page for page; undefined equals undefined, unmapped unmapped. */
export function isSame(compare: usize, a: u32, b: u32): bool {
  if (a != b) return false;
  return !load<u32>(compare, COMPARE_BACKING) || a == 0 || (a & 7) == UNDEFINED;
}
