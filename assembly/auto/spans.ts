/** Maximal spans of one want, written to a buffer, resumable where it is full. */
import {
  SLOT_GFN,
  SLOT_PFN,
  SPAN_END,
  SPAN_ENTRY,
  SPAN_IPAT,
  SPAN_LEVEL,
  SPAN_SIZE,
  SPAN_START,
  SPAN_TYPE,
  TYPE_UNDEFINED,
  WANT_EFFECTIVE,
  WANT_LEAF,
  WANT_LEVELS,
  WANT_MTRR,
} from '../layout';
import { levelCell, typeCell } from './cells';
import { effectiveType } from './ept';
import { isReadonly, leafBits } from './leaf';
import { isNested, nestedEffective } from './npt';
import {
  PLAN_CELL_CLASS,
  PLAN_CELL_END,
  PLAN_CELL_LEVEL,
  PLAN_CELL_LEVEL_END,
  PLAN_CELL_MTRR,
  PLAN_EFFECTIVE_UC,
  SEGMENT_SLOT,
  UNDEFINED,
} from './plan-layout';

/** Host frame of a guest frame, modulo 2^64. */
export function frameBehind(slot: usize, gfn: u64): u64 {
  return gfn - load<u64>(slot, SLOT_GFN) + load<u64>(slot, SLOT_PFN);
}

function typeByte(type: u32): u8 {
  return type == UNDEFINED ? u8(TYPE_UNDEFINED) : u8(type);
}

/** Effective type of a class under the plan's policy, 7 where undefined. */
export function effectiveOf(plan: usize, class_: u32, pat: u32): u32 {
  if (load<u32>(plan, PLAN_EFFECTIVE_UC)) return 0;
  return isNested(plan) ? nestedEffective(class_, pat) : effectiveType(class_, pat);
}

/** Fills the value fields of a span that starts at gfn; returns where its uniform stretch ends. */
function putCell(plan: usize, span: usize, gfn: u64, want: u32, pat: u32): u64 {
  store<u64>(span, 0, SPAN_ENTRY);
  store<u64>(span, 0, SPAN_TYPE);
  if (want == WANT_LEVELS) {
    levelCell(plan, gfn);
    store<u8>(span, u8(load<u32>(plan, PLAN_CELL_LEVEL)), SPAN_LEVEL);
    return load<u64>(plan, PLAN_CELL_LEVEL_END);
  }
  let end: u64 = u64.MAX_VALUE;
  let level: u32 = 0;
  if (want == WANT_LEAF) {
    levelCell(plan, gfn);
    level = load<u32>(plan, PLAN_CELL_LEVEL);
    end = load<u64>(plan, PLAN_CELL_LEVEL_END);
    store<u8>(span, u8(level), SPAN_LEVEL);
    if (level == 0) return end;
  }
  const segment = typeCell(plan, gfn);
  end = min(end, load<u64>(plan, PLAN_CELL_END));
  const class_ = load<u32>(plan, PLAN_CELL_CLASS);
  if (want == WANT_MTRR) {
    store<u8>(span, typeByte(load<u32>(plan, PLAN_CELL_MTRR)), SPAN_TYPE);
  } else if (want == WANT_EFFECTIVE) {
    store<u8>(span, typeByte(effectiveOf(plan, class_, pat)), SPAN_TYPE);
  } else if (want == WANT_LEAF) {
    if ((class_ & 7) == UNDEFINED) store<u8>(span, u8(TYPE_UNDEFINED), SPAN_TYPE);
    else {
      const slot: usize = load<u32>(segment, SEGMENT_SLOT);
      const first = gfn & ~(((<u64>1) << u64(9 * (level - 1))) - 1);
      const address = frameBehind(slot, first) << 12;
      store<u64>(span, address | leafBits(plan, class_, level, isReadonly(slot)), SPAN_ENTRY);
    }
  } else {
    store<u8>(span, typeByte(class_ & 7), SPAN_TYPE);
    store<u8>(span, u8(class_ >> 3), SPAN_IPAT);
  }
  return end;
}

/** Whether the span at `next` carries on the one at `span`: the same values, leaves following on. */
function carriesOn(span: usize, next: usize, want: u32): bool {
  if (load<u64>(span, SPAN_TYPE) != load<u64>(next, SPAN_TYPE)) return false;
  if (want != WANT_LEAF) return true;
  const level = load<u8>(span, SPAN_LEVEL);
  if (level == 0 || load<u8>(span, SPAN_TYPE) == u8(TYPE_UNDEFINED)) return true;
  const mask: u64 = ~(((<u64>1) << u64(9 * (level - 1))) - 1);
  const leaves = (load<u64>(next, SPAN_START) & mask) - (load<u64>(span, SPAN_START) & mask);
  return load<u64>(next, SPAN_ENTRY) == load<u64>(span, SPAN_ENTRY) + (leaves << 12);
}

/**
 * Writes the spans of [start, end).
 *
 * @param out - capacity + 1 spans
 * @returns how many spans were written; they end before `end` where there was no room for more
 */
export function writeSpans(
  plan: usize,
  want: u32,
  pat: u32,
  start: u64,
  end: u64,
  out: usize,
  capacity: u32,
): u32 {
  let count: u32 = 0;
  for (let gfn = start; gfn < end; ) {
    const next = out + count * SPAN_SIZE;
    store<u64>(next, gfn, SPAN_START);
    const stop = min(putCell(plan, next, gfn, want, pat), end);
    assert(stop > gfn);
    if (count > 0 && carriesOn(next - SPAN_SIZE, next, want)) {
      store<u64>(next - SPAN_SIZE, stop, SPAN_END);
    } else {
      if (count == capacity) break;
      store<u64>(next, stop, SPAN_END);
      count++;
    }
    gfn = stop;
  }
  return count;
}
