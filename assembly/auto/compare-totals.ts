/**
 * Pages by the answers of two plans, counted from the whole space downwards: the states in which blocks of one
 * order can be, with the pages that are in them, give those of the order below. Only the states of one order
 * are held at a time, so sparse masks need little memory too.
 */

import { WANT_EPT, WANT_LEAF, WANT_LEVELS } from '../layout';
import {
  codeOf,
  codeOfSegment,
  halfKey,
  hasHoles,
  hasPlainSegments,
  isKnown,
  isSame,
  keyOfBlock,
  noteBacking,
  stretchEnd,
} from './compare-keys';
import {
  CODES,
  CODES_OF_EPT,
  CODES_OF_LEVELS,
  CODES_OF_TYPES,
  COMPARE_CAPACITY,
  COMPARE_CELL_COUNT,
  COMPARE_CELLS,
  COMPARE_COUNT,
  COMPARE_CURRENT,
  COMPARE_ENTRY_ONLY,
  COMPARE_HASH,
  COMPARE_HASH_MASK,
  COMPARE_MATRIX,
  COMPARE_NEXT,
  COMPARE_PLAN_A,
  COMPARE_PLAN_B,
  COMPARE_WANT,
  STATE_A,
  STATE_B,
  STATE_PAGES,
  STATE_SIZE,
} from './compare-layout';
import { SEGMENT_SIZE } from './plan-layout';
import { segmentAt, segmentEnd } from './segments';

const ORDER_MAX: u32 = 40;

function count(compare: usize, a: u32, b: u32, pages: u64): void {
  const cell = a * CODES + b;
  const at = compare + COMPARE_MATRIX + cell * 8;
  const before = load<u64>(at);
  if (before == 0) {
    const cells = load<u32>(compare, COMPARE_CELL_COUNT);
    store<u16>(compare + COMPARE_CELLS + cells * 2, u16(cell));
    store<u32>(compare, cells + 1, COMPARE_CELL_COUNT);
  }
  store<u64>(at, before + pages);
  if (a == b && !isSame(compare, a, b)) {
    store<u64>(compare, load<u64>(compare, COMPARE_ENTRY_ONLY) + pages, COMPARE_ENTRY_ONLY);
  }
}

/** Makes room for the states of the order below: at most two for each of the present ones, and four blocks. */
function clearNext(compare: usize, present: u32): void {
  const most = min(2 * present + 4, load<u32>(compare, COMPARE_CAPACITY));
  const slots = (<u32>1) << (33 - u32(clz(most)));
  memory.fill(load<u32>(compare, COMPARE_HASH), 0, usize(slots) * 4);
  store<u32>(compare, slots - 1, COMPARE_HASH_MASK);
  store<u32>(compare, 0, COMPARE_COUNT);
}

/** Counts a pair of answers, or adds pages to a state; false where there is no room for a new one. */
function put(compare: usize, a: u64, b: u64, pages: u64): bool {
  if (isKnown(a) && isKnown(b)) {
    count(compare, codeOf(a), codeOf(b), pages);
    return true;
  }
  const hash: usize = load<u32>(compare, COMPARE_HASH);
  const mask = load<u32>(compare, COMPARE_HASH_MASK);
  const states: usize = load<u32>(compare, COMPARE_NEXT);
  let slot = u32(((a * 0x9e3779b97f4a7c15) ^ (b * 0xc2b2ae3d27d4eb4f)) >> 36) & mask;
  for (let index = load<u32>(hash + slot * 4); index != 0; index = load<u32>(hash + slot * 4)) {
    const state = states + (index - 1) * STATE_SIZE;
    if (load<u64>(state, STATE_A) == a && load<u64>(state, STATE_B) == b) {
      store<u64>(state, load<u64>(state, STATE_PAGES) + pages, STATE_PAGES);
      return true;
    }
    slot = (slot + 1) & mask;
  }
  const held = load<u32>(compare, COMPARE_COUNT);
  if (held == load<u32>(compare, COMPARE_CAPACITY)) return false;
  const state = states + held * STATE_SIZE;
  store<u64>(state, a, STATE_A);
  store<u64>(state, b, STATE_B);
  store<u64>(state, pages, STATE_PAGES);
  store<u32>(hash + slot * 4, held + 1);
  store<u32>(compare, held + 1, COMPARE_COUNT);
  return true;
}

/** Puts the blocks of exactly this order that [start, end) falls into when cut into the largest ones. */
function putBlocks(compare: usize, start: u64, end: u64, order: u32): bool {
  const size: u64 = (<u64>1) << u64(order);
  const upper = size * 2;
  const first = (start + size - 1) & ~(size - 1);
  const last = end & ~(size - 1);
  const upperFirst = (start + upper - 1) & ~(upper - 1);
  const upperLast = end & ~(upper - 1);
  const covered = upperFirst < upperLast;
  for (let gfn = first; gfn < last; gfn += size) {
    if (covered && gfn >= upperFirst && gfn < upperLast) {
      gfn = upperLast - size;
      continue;
    }
    const a = keyOfBlock(compare, load<u32>(compare, COMPARE_PLAN_A), gfn, order);
    const b = keyOfBlock(compare, load<u32>(compare, COMPARE_PLAN_B), gfn, order);
    if (!put(compare, a, b, size)) return false;
  }
  return true;
}

/** Halves every state of an order into the states of the order below. */
function halve(compare: usize, states: usize, held: u32, order: u32): bool {
  const planA: usize = load<u32>(compare, COMPARE_PLAN_A);
  const planB: usize = load<u32>(compare, COMPARE_PLAN_B);
  const k = order - 1;
  for (let i: u32 = 0; i < held; i++) {
    const state = states + i * STATE_SIZE;
    const a = load<u64>(state, STATE_A);
    const b = load<u64>(state, STATE_B);
    const pages = load<u64>(state, STATE_PAGES);
    const leftA = halfKey(compare, planA, a, k, 0);
    const leftB = halfKey(compare, planB, b, k, 0);
    const rightA = halfKey(compare, planA, a, k, 1);
    const rightB = halfKey(compare, planB, b, k, 1);
    if (leftA == rightA && leftB == rightB) {
      if (!put(compare, leftA, leftB, pages)) return false;
    } else if (!put(compare, leftA, leftB, pages / 2) || !put(compare, rightA, rightB, pages / 2))
      return false;
  }
  return true;
}

function countStretch(compare: usize, start: u64, end: u64): bool {
  let held: u32 = 0;
  for (let order = ORDER_MAX + 1; order > 0; order--) {
    clearNext(compare, held);
    if (held != 0 && !halve(compare, load<u32>(compare, COMPARE_CURRENT), held, order)) return false;
    if (!putBlocks(compare, start, end, order - 1)) return false;
    held = load<u32>(compare, COMPARE_COUNT);
    const next = load<u32>(compare, COMPARE_NEXT);
    store<u32>(compare, load<u32>(compare, COMPARE_CURRENT), COMPARE_NEXT);
    store<u32>(compare, next, COMPARE_CURRENT);
  }
  return true;
}

/** Codes that a want can have. */
function codesOfWant(want: u32): u32 {
  if (want == WANT_LEAF) return CODES;
  if (want == WANT_LEVELS) return CODES_OF_LEVELS;
  return want == WANT_EPT ? CODES_OF_EPT : CODES_OF_TYPES;
}

function clearMatrix(compare: usize): void {
  const codes = codesOfWant(load<u32>(compare, COMPARE_WANT));
  const row = compare + COMPARE_MATRIX;
  store<u32>(compare, 0, COMPARE_CELL_COUNT);
  if (codes == CODES) {
    memory.fill(row, 0, CODES * CODES * 8);
    return;
  }
  // By hand: other rows are so short that a call for each costs three times as much.
  for (let a: u32 = 0; a < codes; a++) {
    const start = row + a * CODES * 8;
    const end = start + codes * 8;
    for (let at = start; at < end; at += 8) store<u64>(at, 0);
  }
}

/** Counts where both sides have plain segments, walking along both. */
function countSegments(compare: usize, planA: usize, planB: usize, start: u64, end: u64): void {
  noteBacking(compare, planA, planB, start);
  let a = segmentAt(planA, start);
  let b = segmentAt(planB, start);
  for (let gfn = start; gfn < end; ) {
    const endA = segmentEnd(a);
    const endB = segmentEnd(b);
    const stop = min(min(endA, endB), end);
    count(compare, codeOfSegment(compare, planA, a), codeOfSegment(compare, planB, b), stop - gfn);
    if (endA == stop) a += SEGMENT_SIZE;
    if (endB == stop) b += SEGMENT_SIZE;
    gfn = stop;
  }
}

/**
 * Counts the pages of [start, end) by the answers of both plans, into the matrix and COMPARE_ENTRY_ONLY, which
 * are cleared here.
 *
 * @returns 1, or 0 where the states did not fit: then the counts are void, and a smaller range has to be asked
 */
export function countPairs(compare: usize, start: u64, end: u64): u32 {
  clearMatrix(compare);
  store<u64>(compare, 0, COMPARE_ENTRY_ONLY);
  const planA: usize = load<u32>(compare, COMPARE_PLAN_A);
  const planB: usize = load<u32>(compare, COMPARE_PLAN_B);
  if (start < end && hasPlainSegments(compare, planA) && hasPlainSegments(compare, planB)) {
    countSegments(compare, planA, planB, start, end);
    return 1;
  }
  for (let gfn = start; gfn < end; ) {
    const stop = min(min(stretchEnd(compare, planA, gfn), stretchEnd(compare, planB, gfn)), end);
    noteBacking(compare, planA, planB, gfn);
    if (!hasHoles(planA, gfn) && !hasHoles(planB, gfn)) {
      const a = keyOfBlock(compare, planA, gfn, 0);
      const b = keyOfBlock(compare, planB, gfn, 0);
      count(compare, codeOf(a), codeOf(b), stop - gfn);
    } else if (!countStretch(compare, gfn, stop)) return 0;
    gfn = stop;
  }
  return 1;
}
