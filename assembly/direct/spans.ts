/** Long ranges: the page's rule, asked once at every cut; neighbours with one answer become one span. */
import {
  SPAN_END,
  SPAN_ENTRY,
  SPAN_IPAT,
  SPAN_LEVEL,
  SPAN_SIZE,
  SPAN_START,
  SPAN_TYPE,
  TYPE_UNDEFINED,
  WANT_EFFECTIVE,
  WANT_EPT,
  WANT_LEAF,
  WANT_LEVELS,
  WANT_MTRR,
} from '../layout';
import {
  DEPENDS_ON_MTRR,
  effectiveType,
  eptType,
  frameIndependent,
  heedsMmio,
  IPAT,
  isUncached,
} from './combine';
import { mtrrEdge, mtrrRegionEdge } from './cuts';
import { leafEntry } from './entry';
import { hostEdge, mergesHost } from './host';
import { levelBits, levelInSlot, mtrrsLimitLevels } from './level';
import { mtrrType } from './mtrr';
import { isNested } from './npt';
import { mmioEdge, slotEdge, slotOf } from './slots';
import { STATE_STEPS } from './state-layout';
import { NEVER } from './types';

/** Frame-number bits inside a 2 MiB and a 1 GiB region. */
const BITS_2M: u64 = 9;
const BITS_1G: u64 = 18;

function alignDown(gfn: u64, bits: u64): u64 {
  return (gfn >> bits) << bits;
}

function eptEdge(state: usize, gfn: u64): u64 {
  const edge = heedsMmio(state) ? mmioEdge(state, gfn) : NEVER;
  if (frameIndependent(state) != DEPENDS_ON_MTRR) return edge;
  const own = min(edge, mtrrEdge(state, gfn));
  return mergesHost(state) ? min(own, hostEdge(state, gfn)) : own;
}

/**
 * End of the frames from `gfn` on that are mapped at its level (and, for `leaf`, by entries that follow on).
 * Where the whole aligned region at `gfn` lies before the next edge, so do its likes up to that edge: they
 * have the same rules, slot and MMIO in and around them. A 1 GiB region can be refused for what lies in its
 * other parts, so a walk by smaller leaves that did not start at its beginning stops at its end.
 */
function leafEdge(state: usize, gfn: u64, level: u32, isLeafWanted: bool): u64 {
  let plain = slotEdge(state, gfn);
  if (heedsMmio(state)) plain = min(plain, mmioEdge(state, gfn));
  const limited = mtrrsLimitLevels(state);
  const next2M = alignDown(gfn, BITS_2M) + ((<u64>1) << BITS_2M);
  const next1G = alignDown(gfn, BITS_1G) + ((<u64>1) << BITS_1G);
  const bits = level == 3 ? BITS_1G : BITS_2M;
  const regions = alignDown(limited ? min(plain, mtrrRegionEdge(state, gfn, bits)) : plain, bits);
  let edge: u64;
  if (level == 3) {
    edge = gfn == next1G - ((<u64>1) << BITS_1G) && regions > next1G ? regions : next1G;
  } else if (gfn != next2M - ((<u64>1) << BITS_2M) || regions < next2M) {
    edge = level == 2 ? next2M : min(slotEdge(state, gfn), next2M);
  } else {
    edge = gfn == next1G - ((<u64>1) << BITS_1G) && regions >= next1G ? regions : min(regions, next1G);
  }
  return level == 1 && isLeafWanted ? min(edge, eptEdge(state, gfn)) : edge;
}

/** Whether a span's answer goes on in a record that starts at its end. */
function joins(last: usize, next: usize, want: u32): bool {
  if (load<u32>(last, SPAN_TYPE) != load<u32>(next, SPAN_TYPE)) return false;
  const level = load<u8>(last, SPAN_LEVEL);
  if (want != WANT_LEAF || level == 0 || load<u8>(last, SPAN_TYPE) == TYPE_UNDEFINED) return true;
  const start = load<u64>(last, SPAN_START);
  const leafStart = alignDown(start, levelBits(level));
  const distance = load<u64>(next, SPAN_START) - leafStart;
  return load<u64>(next, SPAN_ENTRY) == load<u64>(last, SPAN_ENTRY) + (distance << 12);
}

/** Writes the answer of the frame at `gfn` into a record; returns the end of the frames that share it. */
function answerAt(state: usize, want: u32, pat: u32, gfn: u64, record: usize): u64 {
  store<u64>(record, gfn, SPAN_START);
  store<u64>(record, 0, SPAN_ENTRY);
  store<u64>(record, 0, SPAN_TYPE);
  if (want == WANT_MTRR) {
    store<u8>(record, u8(mtrrType(state, gfn)), SPAN_TYPE);
    return mtrrEdge(state, gfn);
  }
  if (want == WANT_EPT) {
    const type = eptType(state, gfn);
    store<u8>(record, u8(type & ~IPAT), SPAN_TYPE);
    store<u8>(record, u8((type & IPAT) != 0), SPAN_IPAT);
    return eptEdge(state, gfn);
  }
  if (want == WANT_EFFECTIVE) {
    store<u8>(record, u8(effectiveType(state, gfn, pat)), SPAN_TYPE);
    if (isUncached(state)) return NEVER;
    return isNested(state) ? hostEdge(state, gfn) : eptEdge(state, gfn);
  }
  assert(want == WANT_LEVELS || want == WANT_LEAF);
  const slot = slotOf(state, gfn);
  if (slot == 0) return slotEdge(state, gfn);
  const level = levelInSlot(state, slot, gfn);
  store<u8>(record, u8(level), SPAN_LEVEL);
  if (want == WANT_LEAF) {
    const leafStart = alignDown(gfn, levelBits(level));
    store<u64>(record, leafEntry(state, slot, leafStart, level), SPAN_ENTRY);
    store<u8>(record, u8(eptType(state, leafStart) & ~IPAT), SPAN_TYPE);
  }
  return leafEdge(state, gfn, level, want == WANT_LEAF);
}

/**
 * Writes the spans of [start, end) until the records or the steps run out.
 *
 * @param carried - records at `out` that are already there: 1 to go on with the last one of the call before
 * @returns records now at `out`; the last one's end is where the next call starts
 */
export function writeSpans(
  state: usize,
  want: u32,
  pat: u32,
  start: u64,
  end: u64,
  out: usize,
  carried: u32,
  capacity: u32,
  steps: u32,
): u32 {
  store<u32>(state, 0, STATE_STEPS);
  let count = carried;
  let record = out + usize(carried) * SPAN_SIZE;
  let gfn = start;
  // One record beyond the last is scratch: an answer is written before it is known to be a new one.
  while (gfn < end) {
    const next = min(answerAt(state, want, pat, gfn, record), end);
    assert(next > gfn);
    if (count != 0 && joins(record - SPAN_SIZE, record, want)) store<u64>(record - SPAN_SIZE, next, SPAN_END);
    else {
      if (count == capacity) break;
      store<u64>(record, next, SPAN_END);
      record += SPAN_SIZE;
      count++;
    }
    gfn = next;
    const used = load<u32>(state, STATE_STEPS) + 1;
    store<u32>(state, used, STATE_STEPS);
    if (used >= steps) break;
  }
  return count;
}
