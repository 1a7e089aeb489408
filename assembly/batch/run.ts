/** Answers layouts one after the other, generated or handed in. */
import {
  BATCH_DIFFERING,
  BATCH_LAYOUT,
  BATCH_MAXPHYADDR,
  BATCH_PAIRS_MOST,
  BATCH_SIDE_A,
  BATCH_SIDE_B,
  BATCH_SUM,
  BATCH_THEOREM,
  LAYOUT_DEF_TYPE,
  LAYOUT_PAIRS,
  LAYOUT_SIZE,
  MODE_CONSTANT,
  SIDE_CODE,
  SIDE_DISABLED,
  SIDE_MODE,
} from './batch-layout';
import { writeEvents } from './events';
import { countFixed } from './fixed';
import { generate } from './generate';
import { writeRanges } from './ranges';
import { isAccepted } from './registers';
import { countSegments, countStretch } from './segments';
import { countLayout } from './tally';
import { holdTheorem } from './theorem';

const DEF_TYPE_E: u64 = 0x800;
const DEF_TYPE_FE: u64 = 0x400;
/** First frame that no fixed range covers. */
const FIXED_END: u64 = 0x100;

function codeWhileOff(side: usize): u32 {
  const isConstant = load<u32>(side, SIDE_MODE) == MODE_CONSTANT;
  return isConstant ? load<u32>(side, SIDE_CODE) : load<u32>(side, SIDE_DISABLED);
}

/** Counts a layout; false where it is left to another engine, nothing then counted. */
function answer(batch: usize, layout: usize, index: u64): bool {
  const ranges = writeRanges(batch, layout);
  if (ranges < 0) return false;
  store<u64>(batch, 0, BATCH_DIFFERING);
  store<u64>(batch, 0, BATCH_SUM);
  const bits = load<u32>(batch, BATCH_MAXPHYADDR) - 12;
  const frames = (<u64>1) << u64(bits);
  const defType = load<u64>(layout, LAYOUT_DEF_TYPE);
  if ((defType & DEF_TYPE_E) == 0) {
    const codes = codeWhileOff(batch + BATCH_SIDE_A) | (codeWhileOff(batch + BATCH_SIDE_B) << 4);
    countStretch(batch, 0, frames, codes);
  } else {
    const isFixed = (defType & DEF_TYPE_FE) != 0;
    if (isFixed) countFixed(batch, layout);
    const events = writeEvents(batch, layout, u32(ranges), frames);
    countSegments(batch, u32(ranges), events, isFixed ? FIXED_END : 0, frames, u32(defType & 0xff));
  }
  countLayout(batch, index, u32(ranges));
  if (load<u32>(batch, BATCH_THEOREM)) holdTheorem(batch, layout, index, u32(ranges));
  return true;
}

/**
 * Makes and counts the layouts of consecutive indices.
 *
 * @param marked - room for `count` u32: places of those that are left to another engine
 * @returns how many are left
 */
export function runGenerated(batch: usize, first: u64, count: u32, marked: usize): u32 {
  let left: u32 = 0;
  const most = load<u32>(batch, BATCH_PAIRS_MOST);
  const layout = batch + BATCH_LAYOUT;
  for (let place: u32 = 0; place < count; place++) {
    const index = first + u64(place);
    generate(batch, index);
    if (load<u32>(layout, LAYOUT_PAIRS) > most || !answer(batch, layout, index)) {
      store<u32>(marked + (left++ << 2), place);
    }
  }
  return left;
}

/**
 * Counts layouts that are handed in.
 *
 * @param first - index of the first
 * @param layouts - LAYOUT_SIZE bytes each
 * @param marked - room for `count` u32
 * @returns how many are left
 */
export function runGiven(batch: usize, first: u64, count: u32, layouts: usize, marked: usize): u32 {
  let left: u32 = 0;
  const most = load<u32>(batch, BATCH_PAIRS_MOST);
  const maxphyaddr = load<u32>(batch, BATCH_MAXPHYADDR);
  for (let place: u32 = 0; place < count; place++) {
    const layout = layouts + place * LAYOUT_SIZE;
    const isKnown = isAccepted(layout, maxphyaddr, most);
    if (!isKnown || !answer(batch, layout, first + u64(place))) store<u32>(marked + (left++ << 2), place);
  }
  return left;
}
