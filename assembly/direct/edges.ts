/** Where single rules start and end, seen from a frame. */
import {
  RULE_END,
  RULE_SIZE,
  RULE_START,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_TOM2_END,
} from './state-layout';
import { FOUR_GIB, NEVER } from './types';

/** The next multiple of 2^bit after a frame. */
function nextMultiple(gfn: u64, bit: u64): u64 {
  return ((gfn >> bit) + 1) << bit;
}

/** First frame after `gfn` where a compare's answer could change; `value` has no bits beyond `mask`. */
export function compareEdge(gfn: u64, mask: u64, value: u64): u64 {
  if (mask == 0) return NEVER;
  const difference = (gfn ^ value) & mask;
  return nextMultiple(gfn, difference == 0 ? ctz(mask) : 63 - clz(difference));
}

/** End of the fixed range of a frame below 1 MiB. */
export function fixedEdge(gfn: u64): u64 {
  if (gfn < 0x80) return nextMultiple(gfn, 4);
  if (gfn < 0xc0) return nextMultiple(gfn, 2);
  return gfn + 1;
}

/** First frame after `gfn` where an interval starts or ends. */
export function intervalRulesEdge(state: usize, gfn: u64): u64 {
  let edge = NEVER;
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    const start = load<u64>(rule, RULE_START);
    const end = load<u64>(rule, RULE_END);
    if (start > gfn) edge = min(edge, start);
    else if (end > gfn) edge = min(edge, end);
    rule += RULE_SIZE;
  }
  return edge;
}

/** First frame after `gfn` where TOP_MEM2's type starts or ends. */
export function forcedDefaultEdge(state: usize, gfn: u64): u64 {
  const end = load<u64>(state, STATE_TOM2_END);
  if (gfn >= end) return NEVER;
  return gfn < FOUR_GIB ? FOUR_GIB : end;
}
