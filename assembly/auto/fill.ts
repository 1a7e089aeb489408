/** Runs of types and of 4 KiB leaf entries, at the speed of stores. */
import { TYPE_UNDEFINED } from '../layout';
import { isReadonly, leafBits } from './leaf';
import { ORDER_2M, possibleRules } from './nodes';
import { patternOf } from './patterns';
import {
  PATTERN_ENTRIES,
  PATTERN_TYPES,
  SEGMENT_CLASS,
  SEGMENT_HOLES,
  SEGMENT_SLOT,
  SEGMENT_TOM2,
  UNDEFINED,
} from './plan-layout';
import { segmentAt, segmentEnd } from './segments';
import { frameBehind } from './spans';

const BLOCK: u64 = 512;
/** One 4 KiB page in the address bits of an entry. */
const PAGE_STEP: u64 = 4096;

/** Frames of the 512-block of gfn that lie before `end`. */
function blockEnd(gfn: u64, end: u64): u64 {
  return min((gfn & ~(BLOCK - 1)) + BLOCK, end);
}

/** EPT memory types of `count` frames, a byte each. */
export function writeTypes(plan: usize, first: u64, count: u32, out: usize): void {
  const end = first + count;
  for (let gfn = first; gfn < end; ) {
    const segment = segmentAt(plan, gfn);
    const stop = min(segmentEnd(segment), end);
    const at = out + usize(gfn - first);
    if (!load<u8>(segment, SEGMENT_HOLES)) {
      const type = load<u8>(segment, SEGMENT_CLASS) & 7;
      memory.fill(at, type == UNDEFINED ? u8(TYPE_UNDEFINED) : type, usize(stop - gfn));
      gfn = stop;
      continue;
    }
    const block = blockEnd(gfn, stop);
    const bits = possibleRules(plan, segment, gfn, ORDER_2M);
    const pattern = patternOf(plan, bits, load<u8>(segment, SEGMENT_TOM2));
    memory.copy(at, pattern + PATTERN_TYPES + usize(gfn & (BLOCK - 1)), usize(block - gfn));
    gfn = block;
  }
}

/**
 * Stores first, first + step, first + 2 * step, ... The step is a parameter because newer V8 rebuilds a
 * constant vector inside the loop (measured: 2,900 instead of 5,700 M entries a second on V8 13).
 */
function fillSteps(out: usize, first: u64, step: u64, count: u32): void {
  const end = out + usize(count) * 8;
  let at = out;
  let value = v128.replace_lane<u64>(v128.splat<u64>(first), 1, first + step);
  const two = v128.splat<u64>(step * 2);
  const eight = v128.splat<u64>(step * 8);
  let value2 = v128.add<u64>(value, two);
  let value4 = v128.add<u64>(value2, two);
  let value6 = v128.add<u64>(value4, two);
  for (; at + 64 <= end; at += 64) {
    v128.store(at, value);
    v128.store(at, value2, 16);
    v128.store(at, value4, 32);
    v128.store(at, value6, 48);
    value = v128.add<u64>(value, eight);
    value2 = v128.add<u64>(value2, eight);
    value4 = v128.add<u64>(value4, eight);
    value6 = v128.add<u64>(value6, eight);
  }
  for (let rest = v128.extract_lane<u64>(value, 0); at < end; at += 8) {
    store<u64>(at, rest);
    rest += step;
  }
}

/** Stores pattern[i] + base. */
function addPattern(out: usize, pattern: usize, base: u64, count: u32): void {
  const end = out + usize(count) * 8;
  let at = out;
  let from = pattern;
  const bases = v128.splat<u64>(base);
  for (; at + 64 <= end; at += 64) {
    v128.store(at, v128.add<u64>(v128.load(from), bases));
    v128.store(at, v128.add<u64>(v128.load(from, 16), bases), 16);
    v128.store(at, v128.add<u64>(v128.load(from, 32), bases), 32);
    v128.store(at, v128.add<u64>(v128.load(from, 48), bases), 48);
    from += 64;
  }
  for (; at < end; at += 8) {
    store<u64>(at, load<u64>(from) + base);
    from += 8;
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
    if (slot == 0) {
      memory.fill(at, 0, usize(stop - gfn) * 8);
      gfn = stop;
      continue;
    }
    if (!load<u8>(segment, SEGMENT_HOLES)) {
      const bits = leafBits(plan, load<u8>(segment, SEGMENT_CLASS), 1, isReadonly(slot));
      fillSteps(at, (frameBehind(slot, gfn) << 12) | bits, PAGE_STEP, u32(stop - gfn));
      gfn = stop;
      continue;
    }
    const block = blockEnd(gfn, stop);
    const blockStart = gfn & ~(BLOCK - 1);
    const bits = possibleRules(plan, segment, gfn, ORDER_2M);
    const pattern = patternOf(plan, bits, load<u8>(segment, SEGMENT_TOM2));
    const base = (frameBehind(slot, blockStart) << 12) + leafBits(plan, 0, 1, isReadonly(slot));
    addPattern(at, pattern + PATTERN_ENTRIES + usize(gfn & (BLOCK - 1)) * 8, base, u32(block - gfn));
    gfn = block;
  }
}
