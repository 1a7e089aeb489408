/**
 * Exports of `direct`. Frame numbers cross as two u32, low half first, or as f64; pointers and counts as u32.
 * A state comes from directOpen and reads the view block that it was opened with.
 */
import { eptType, IPAT, writePolicy } from './combine';
import { addDifferences } from './differences';
import { digestEntries } from './digest';
import { writeEntriesSimd, writeTypesSimd } from './entries-simd';
import { addressBits, slotBits, typeBitsAt } from './entry';
import { levelOf } from './level';
import { writeMtrrTypesSimd } from './lookup-simd';
import { writeRegisters } from './msr';
import { decidingTypes, mtrrType } from './mtrr';
import { writeRules } from './rules';
import { slotOf } from './slots';
import { writeSpans } from './spans';
import { visit } from './visit';

function frame(low: u32, high: u32): u64 {
  return u64(low) | (u64(high) << 32);
}

/**
 * Carries out the register writes of a view block.
 *
 * @param view - the block, which has to stay as it is while the state is used
 * @param state - DIRECT_STATE_SIZE bytes, aligned to 16
 * @returns index of the first write that is refused, -1 where none is
 */
export function directOpen(view: usize, state: usize): i32 {
  const refused = writeRegisters(view, state);
  if (refused < 0) {
    writeRules(view, state);
    writePolicy(view, state);
  }
  return refused;
}

/** EPT memory type of a frame, 0xff where undefined. */
export function directType(state: usize, low: u32, high: u32): u32 {
  return eptType(state, frame(low, high)) & ~IPAT;
}

/** EPT memory types of `count` frames, a byte each: the rule asked page by page. */
export function directTypesScalar(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  const first = frame(low, high);
  for (let index: u32 = 0; index < count; index++) {
    store<u8>(out + index, u8(eptType(state, first + u64(index)) & ~IPAT));
  }
}

/** As directTypesScalar by SIMD; may write TYPES_SLACK bytes more. */
export function directTypes(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  writeTypesSimd(state, frame(low, high), count, out);
}

/** MTRR types of `count` frames, a byte each: the rule asked page by page. */
export function directMtrrTypesScalar(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  const first = frame(low, high);
  for (let index: u32 = 0; index < count; index++) {
    store<u8>(out + index, u8(mtrrType(state, first + u64(index))));
  }
}

/** As directMtrrTypesScalar by SIMD; may write TYPES_SLACK bytes more. */
export function directMtrrTypes(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  writeMtrrTypesSimd(state, frame(low, high), count, out);
}

/** 4 KiB entry of a frame, 0 where no slot maps it. */
function entryOf(state: usize, gfn: u64): u64 {
  const slot = slotOf(state, gfn);
  return slot == 0 ? 0 : slotBits(state, slot) | typeBitsAt(state, gfn) | addressBits(slot, gfn);
}

/** 4 KiB entries of `count` frames, 8 bytes each: asked page by page. */
export function directEntriesScalar(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  const first = frame(low, high);
  for (let index: u32 = 0; index < count; index++) {
    store<u64>(out + (usize(index) << 3), entryOf(state, first + u64(index)));
  }
}

/** As directEntriesScalar by SIMD; may write 15 entries more. */
export function directEntries(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  writeEntriesSimd(state, frame(low, high), count, out);
}

/** Levels of the leaves that map `count` frames, a byte each, 0 where no slot does: asked page by page. */
export function directLevels(state: usize, low: u32, high: u32, count: u32, out: usize): void {
  const first = frame(low, high);
  for (let index: u32 = 0; index < count; index++) {
    store<u8>(out + index, u8(levelOf(state, first + u64(index))));
  }
}

/** Types of the ranges that decide a frame's MTRR type, a bit each. */
export function directTypeSet(state: usize, low: u32, high: u32): u32 {
  return decidingTypes(state, frame(low, high));
}

/**
 * Writes spans of the frames from `start` to before `end` as SPAN_* records, until the records or about
 * `steps` cuts are used up. The next call starts at the last record's end, with that record carried to `out`.
 *
 * @param want - WANT_*
 * @param pat - PAT type, for WANT_EFFECTIVE
 * @param out - `capacity` + 1 records: the last is scratch
 * @param carried - 0, or 1 where `out` holds the last record of the call before
 * @param capacity - at least 2
 * @returns number of records at `out`
 */
export function directSpans(
  state: usize,
  want: u32,
  pat: u32,
  start: f64,
  end: f64,
  out: usize,
  carried: u32,
  capacity: u32,
  steps: u32,
): u32 {
  return writeSpans(state, want, pat, u64(start), u64(end), out, carried, capacity, steps);
}

/** Carries the digest (u64) at `digest` on over `count` entries in memory; see digest.ts. */
export function directDigest(digest: usize, entries: usize, count: u32): void {
  digestEntries(digest, entries, count);
}

/** EPT memory types of a list of frames (f64), a byte each; `out` may be the list. */
export function directTypesOf(state: usize, gfns: usize, count: u32, out: usize): void {
  for (let index: u32 = 0; index < count; index++) {
    const gfn = u64(load<f64>(gfns + (index << 3)));
    store<u8>(out + index, u8(eptType(state, gfn) & ~IPAT));
  }
}

/** 4 KiB entries of a list of frames (f64), 8 bytes each; `out` may be the list. */
export function directEntriesOf(state: usize, gfns: usize, count: u32, out: usize): void {
  for (let index: u32 = 0; index < count; index++) {
    const at = usize(index) << 3;
    store<u64>(out + at, entryOf(state, u64(load<f64>(gfns + at))));
  }
}

/** Digest and types of `count` frames, page by page; see visit.ts. */
export function directVisit(
  state: usize,
  low: u32,
  high: u32,
  count: u32,
  digest: usize,
  pages: usize,
  scratch: usize,
): void {
  visit(state, frame(low, high), count, digest, pages, scratch);
}

/** Adds the pages for which two states differ in EPT type or IPAT; see differences.ts. */
export function directDifferences(
  stateA: usize,
  stateB: usize,
  low: u32,
  high: u32,
  count: u32,
  found: usize,
  scratch: usize,
): void {
  addDifferences(stateA, stateB, frame(low, high), count, found, scratch);
}
