/**
 * Segments: stretches of frames without an edge of any interval inside (contiguous ranges, fixed ranges,
 * TOM2, slots, MMIO). Only rules with holes in their mask can still tell two frames of a segment apart.
 */
import {
  HOST_END,
  HOST_SIZE,
  HOST_START,
  HOST_TYPE,
  MMIO_END,
  MMIO_SIZE,
  MMIO_START,
  SLOT_COUNT,
  SLOT_GFN,
  SLOT_MAX_LEVEL,
  SLOT_PFN,
  SLOT_SIZE,
} from '../layout';
import { CLASS_MMIO, classOf } from './ept';
import { foldRules } from './fold';
import { isNested } from './npt';
import {
  PLAN_CURSOR,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_FIXED,
  PLAN_FIXED_TYPES,
  PLAN_FIXED_UC_ONLY,
  PLAN_FRAMES,
  PLAN_HEADER_SIZE,
  PLAN_HOLE_BITS,
  PLAN_HOST,
  PLAN_HOST_END,
  PLAN_MMIO,
  PLAN_MMIO_BY_4K,
  PLAN_MMIO_COUNT,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_SEGMENT_COUNT,
  PLAN_SEGMENTS,
  PLAN_SLOT_COUNT,
  PLAN_SLOTS,
  PLAN_TOM2_END,
  PLAN_TOM2_WINS,
  RULE_END,
  RULE_SIZE,
  RULE_START,
  SEGMENT_BITS,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_HOST,
  SEGMENT_MMIO,
  SEGMENT_MTRR,
  SEGMENT_SIZE,
  SEGMENT_SLOT,
  SEGMENT_SLOT_LEVEL,
  SEGMENT_START,
  SEGMENT_TOM2,
  UNDEFINED,
} from './plan-layout';

const FRAME_OF_1M: u64 = 0x100;
const FRAME_OF_4G: u64 = 0x100000;
const UC: u8 = 0;
const WB: u32 = 6;

/** Puts `value` where a max-heap of `count` edges has its hole at `index`. */
function siftDown(edges: usize, index: u32, count: u32, value: u64): void {
  let hole: u32 = index;
  for (;;) {
    let child: u32 = 2 * hole + 1;
    if (child >= count) break;
    if (child + 1 < count && load<u64>(edges + (child + 1) * 8) > load<u64>(edges + child * 8)) child++;
    if (load<u64>(edges + child * 8) <= value) break;
    store<u64>(edges + hole * 8, load<u64>(edges + child * 8));
    hole = child;
  }
  store<u64>(edges + hole * 8, value);
}

/** Below this the edges that are moved over are fewer than the steps of a heap. */
const FEW_EDGES: u32 = 64;

function insertEdges(edges: usize, count: u32): void {
  const end = edges + count * 8;
  for (let next = edges + 8; next < end; next += 8) {
    const value = load<u64>(next);
    let hole = next;
    for (; hole > edges && load<u64>(hole - 8) > value; hole -= 8) store<u64>(hole, load<u64>(hole - 8));
    store<u64>(hole, value);
  }
}

function sortEdges(edges: usize, count: u32): void {
  if (count <= FEW_EDGES) {
    insertEdges(edges, count);
    return;
  }
  for (let i = i32(count / 2) - 1; i >= 0; i--) siftDown(edges, u32(i), count, load<u64>(edges + u32(i) * 8));
  for (let end = count - 1; end > 0; end--) {
    const value = load<u64>(edges + end * 8);
    store<u64>(edges + end * 8, load<u64>(edges));
    siftDown(edges, 0, end, value);
  }
}

/** Writes all edges below the space's end, unsorted; returns how many. */
function collectEdges(plan: usize, edges: usize): u32 {
  const frames = load<u64>(plan, PLAN_FRAMES);
  let at = edges;
  store<u64>(at, 0);
  at += 8;
  if (load<u32>(plan, PLAN_FIXED)) {
    for (let frame: u32 = 1; frame < 256; frame++) {
      const types = plan + PLAN_FIXED_TYPES + frame;
      // Eight frames of the type before them at once.
      if (frame <= 248 && load<u64>(types) == load<u64>(types - 1)) frame += 7;
      else if (load<u8>(types) != load<u8>(types - 1)) {
        store<u64>(at, u64(frame));
        at += 8;
      }
    }
    store<u64>(at, FRAME_OF_1M);
    at += 8;
  }
  const holes = load<u64>(plan, PLAN_HOLE_BITS);
  const rules = load<u32>(plan, PLAN_RULE_COUNT);
  for (let i: u32 = 0; i < rules; i++) {
    if ((holes >> u64(i)) & 1) continue;
    const rule = plan + PLAN_RULES + i * RULE_SIZE;
    store<u64>(at, load<u64>(rule, RULE_START));
    store<u64>(at, load<u64>(rule, RULE_END), 8);
    at += 16;
  }
  const tom2 = load<u64>(plan, PLAN_TOM2_END);
  if (tom2 != 0) {
    store<u64>(at, FRAME_OF_4G);
    store<u64>(at, tom2, 8);
    at += 16;
  }
  const slots = load<u32>(plan, PLAN_SLOT_COUNT);
  for (let i: u32 = 0; i < slots; i++) {
    const slot: usize = load<u32>(plan, PLAN_SLOTS) + i * SLOT_SIZE;
    const start = load<u64>(slot, SLOT_GFN);
    store<u64>(at, start);
    store<u64>(at, start + load<u64>(slot, SLOT_COUNT), 8);
    at += 16;
  }
  const mmios = load<u32>(plan, PLAN_MMIO_COUNT);
  for (let i: u32 = 0; i < mmios; i++) {
    const range: usize = load<u32>(plan, PLAN_MMIO) + i * MMIO_SIZE;
    store<u64>(at, load<u64>(range, MMIO_START));
    store<u64>(at, load<u64>(range, MMIO_END), 8);
    at += 16;
  }
  const hostEnd: usize = load<u32>(plan, PLAN_HOST_END);
  for (let stretch: usize = load<u32>(plan, PLAN_HOST); stretch < hostEnd; stretch += HOST_SIZE) {
    store<u64>(at, load<u64>(stretch, HOST_START));
    store<u64>(at, load<u64>(stretch, HOST_END), 8);
    at += 16;
  }
  store<u64>(at, frames);
  return u32(at - edges) / 8 + 1;
}

/** Rules without holes that match at a frame. */
function intervalsAt(plan: usize, gfn: u64): u64 {
  const holes = load<u64>(plan, PLAN_HOLE_BITS);
  const rules = load<u32>(plan, PLAN_RULE_COUNT);
  let bits: u64 = 0;
  for (let i: u32 = 0; i < rules; i++) {
    if ((holes >> u64(i)) & 1) continue;
    const rule = plan + PLAN_RULES + i * RULE_SIZE;
    if (gfn >= load<u64>(rule, RULE_START) && gfn < load<u64>(rule, RULE_END)) bits |= (<u64>1) << u64(i);
  }
  return bits;
}

/** Largest level for which the slot's GFN and PFN are congruent, limited by its backing. */
function slotLevel(slot: usize): u32 {
  const skew = load<u64>(slot, SLOT_GFN) ^ load<u64>(slot, SLOT_PFN);
  const congruent: u32 = skew & 0x1ff ? 1 : skew & 0x3ffff ? 2 : 3;
  return min(congruent, load<u32>(slot, SLOT_MAX_LEVEL));
}

/** Whether a fixed range decides a frame. */
export function isFixed(plan: usize, gfn: u64): bool {
  if (!load<u32>(plan, PLAN_FIXED) || gfn >= FRAME_OF_1M) return false;
  return !load<u32>(plan, PLAN_FIXED_UC_ONLY) || load<u8>(plan + PLAN_FIXED_TYPES + u32(gfn)) == UC;
}

function isBelowTom2(plan: usize, gfn: u64): bool {
  return gfn >= FRAME_OF_4G && gfn < load<u64>(plan, PLAN_TOM2_END);
}

/** Whether TOM2 decides a frame, whatever the ranges say. */
export function isForcedByTom2(plan: usize, gfn: u64): bool {
  return load<u32>(plan, PLAN_TOM2_WINS) != 0 && isBelowTom2(plan, gfn);
}

function putTypes(plan: usize, segment: usize, start: u64): void {
  const fixed = isFixed(plan, start);
  const tom2Wins = isForcedByTom2(plan, start);
  const tom2: u32 = isBelowTom2(plan, start) && !tom2Wins ? 1 : 0;
  const bits = intervalsAt(plan, start);
  let mtrr: u32 = 0;
  if (load<u32>(plan, PLAN_DISABLED)) mtrr = load<u32>(plan, PLAN_DEFAULT);
  else if (tom2Wins) mtrr = WB;
  else if (fixed) mtrr = load<u8>(plan + PLAN_FIXED_TYPES + u32(start));
  else mtrr = foldRules(plan, bits, tom2);
  store<u64>(segment, bits, SEGMENT_BITS);
  store<u8>(segment, u8(tom2), SEGMENT_TOM2);
  store<u8>(segment, u8(mtrr), SEGMENT_MTRR);
  store<u8>(segment, classOf(plan, load<u8>(segment, SEGMENT_HOST), mtrr), SEGMENT_CLASS);
  store<u8>(segment, !fixed && !tom2Wins && load<u64>(plan, PLAN_HOLE_BITS) != 0 ? 1 : 0, SEGMENT_HOLES);
}

/** First segment; they lie behind the edges. */
export function segmentsOf(plan: usize): usize {
  return load<u32>(plan, PLAN_SEGMENTS);
}

/** Fills the plan's segments. See buildPlan for the memory. */
export function cutSegments(plan: usize, edgeCapacity: u32): void {
  const edges = plan + PLAN_HEADER_SIZE;
  const segments = edges + edgeCapacity * 8;
  const frames = load<u64>(plan, PLAN_FRAMES);
  store<u32>(plan, u32(segments), PLAN_SEGMENTS);
  const edgeCount = collectEdges(plan, edges);
  assert(edgeCount <= edgeCapacity);
  sortEdges(edges, edgeCount);
  const slotsEnd = load<u32>(plan, PLAN_SLOTS) + load<u32>(plan, PLAN_SLOT_COUNT) * SLOT_SIZE;
  const mmioEnd = load<u32>(plan, PLAN_MMIO) + load<u32>(plan, PLAN_MMIO_COUNT) * MMIO_SIZE;
  let slot: usize = load<u32>(plan, PLAN_SLOTS);
  let mmio: usize = load<u32>(plan, PLAN_MMIO);
  const hostEnd: usize = load<u32>(plan, PLAN_HOST_END);
  let host: usize = load<u32>(plan, PLAN_HOST);
  let count: u32 = 0;
  let segment = segments;
  for (let i: u32 = 0; i < edgeCount; i++) {
    const start = load<u64>(edges + i * 8);
    if (start >= frames) break;
    if (i > 0 && start == load<u64>(edges + (i - 1) * 8)) continue;
    while (slot < slotsEnd && load<u64>(slot, SLOT_GFN) + load<u64>(slot, SLOT_COUNT) <= start)
      slot += SLOT_SIZE;
    while (mmio < mmioEnd && load<u64>(mmio, MMIO_END) <= start) mmio += MMIO_SIZE;
    while (host < hostEnd && load<u64>(host, HOST_END) <= start) host += HOST_SIZE;
    const mapped = slot < slotsEnd && load<u64>(slot, SLOT_GFN) <= start;
    const isMmio = mmio < mmioEnd && load<u64>(mmio, MMIO_START) <= start;
    const hasHostType = host < hostEnd && load<u64>(host, HOST_START) <= start;
    store<u64>(segment, start, SEGMENT_START);
    store<u8>(segment, u8(hasHostType ? load<u32>(host, HOST_TYPE) : UNDEFINED), SEGMENT_HOST);
    putTypes(plan, segment, start);
    store<u32>(segment, mapped ? u32(slot) : 0, SEGMENT_SLOT);
    store<u8>(segment, mapped ? u8(slotLevel(slot)) : 0, SEGMENT_SLOT_LEVEL);
    store<u8>(segment, isMmio ? 1 : 0, SEGMENT_MMIO);
    if (isMmio && !isNested(plan)) {
      store<u8>(segment, u8(CLASS_MMIO), SEGMENT_CLASS);
      // Whatever rules with holes say: SEGMENT_MTRR counts for nothing here, the host asks another plan for it.
      store<u8>(segment, 0, SEGMENT_HOLES);
    }
    if (isMmio && mapped && load<u32>(plan, PLAN_MMIO_BY_4K)) store<u8>(segment, 1, SEGMENT_SLOT_LEVEL);
    segment += SEGMENT_SIZE;
    count++;
  }
  store<u64>(segment, frames, SEGMENT_START);
  store<u32>(plan, count, PLAN_SEGMENT_COUNT);
}

/** End of a segment. */
export function segmentEnd(segment: usize): u64 {
  return load<u64>(segment + SEGMENT_SIZE, SEGMENT_START);
}

/** The segment of a frame inside the space. Looks near the last answer first: callers ascend. */
export function segmentAt(plan: usize, gfn: u64): usize {
  const segments = segmentsOf(plan);
  let low = load<u32>(plan, PLAN_CURSOR);
  let high = load<u32>(plan, PLAN_SEGMENT_COUNT);
  const cursor = segments + low * SEGMENT_SIZE;
  if (load<u64>(cursor, SEGMENT_START) > gfn) {
    high = low;
    low = 0;
  } else if (gfn < segmentEnd(cursor)) return cursor;
  else if (low + 2 < high && gfn < segmentEnd(cursor + SEGMENT_SIZE)) high = low + 2;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<u64>(segments + middle * SEGMENT_SIZE, SEGMENT_START) <= gfn) low = middle;
    else high = middle;
  }
  store<u32>(plan, low, PLAN_CURSOR);
  return segments + low * SEGMENT_SIZE;
}
