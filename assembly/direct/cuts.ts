/**
 * Cuts of long ranges: the first frame after a given one where an answer could change. A frame that matches a
 * masked compare goes on matching to the next multiple of the mask's lowest bit; one that misses it goes on
 * missing until the highest differing bit turns.
 */
import { defaultType, isFixed } from './mtrr';
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_REACH,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_STEPS,
  STATE_TOM2_END,
} from './state-layout';
import { FOUR_GIB, NEVER, UC, UC_BIT } from './types';

/** The next multiple of 2^bit after a frame. */
function nextMultiple(gfn: u64, bit: u64): u64 {
  return ((gfn >> bit) + 1) << bit;
}

/** First frame after `gfn` where a compare's answer could change; `value` has no bits beyond `mask`. */
function compareEdge(gfn: u64, mask: u64, value: u64): u64 {
  if (mask == 0) return NEVER;
  const difference = (gfn ^ value) & mask;
  return nextMultiple(gfn, difference == 0 ? ctz(mask) : 63 - clz(difference));
}

function fixedEdge(gfn: u64): u64 {
  if (gfn < 0x80) return nextMultiple(gfn, 4);
  if (gfn < 0xc0) return nextMultiple(gfn, 2);
  return gfn + 1;
}

/**
 * First frame after `gfn` where masked rules could give another type. Types are a set: while one rule of a type
 * matches, others of that type change nothing; while UC matches, nothing does; and where only the default's
 * type can match, a match is as good as none.
 */
function maskRulesEdge(state: usize, gfn: u64): u64 {
  const rules = state + STATE_RULES;
  const end = rules + usize(load<u32>(state, STATE_RULE_COUNT)) * RULE_SIZE;
  let present: u32 = 0;
  for (let rule = rules; rule != end; rule += RULE_SIZE) {
    const mask = load<u64>(rule, RULE_MASK);
    if ((gfn & mask) != load<u64>(rule, RULE_VALUE)) continue;
    const type = load<u32>(rule, RULE_TYPE);
    const edge = compareEdge(gfn, mask, load<u64>(rule, RULE_VALUE));
    const reach = state + (usize(type) << 3);
    if (!((present >> type) & 1) || edge > load<u64>(reach, STATE_REACH))
      store<u64>(reach, edge, STATE_REACH);
    present |= (<u32>1) << type;
  }
  if (present & UC_BIT) return load<u64>(state + (UC << 3), STATE_REACH);
  const byDefault = (<u32>1) << defaultType(state, gfn);
  const likeDefault = (present | byDefault) == byDefault;
  const settled = likeDefault ? byDefault : present;
  let edge = NEVER;
  if (!likeDefault) {
    for (let type: u32 = 0; type < 7; type++) {
      if ((present >> type) & 1) edge = min(edge, load<u64>(state + (usize(type) << 3), STATE_REACH));
    }
  }
  for (let rule = rules; rule != end; rule += RULE_SIZE) {
    if ((settled >> load<u32>(rule, RULE_TYPE)) & 1) continue;
    edge = min(edge, compareEdge(gfn, load<u64>(rule, RULE_MASK), load<u64>(rule, RULE_VALUE)));
  }
  return edge;
}

function intervalRulesEdge(state: usize, gfn: u64): u64 {
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

function forcedDefaultEdge(state: usize, gfn: u64): u64 {
  const end = load<u64>(state, STATE_TOM2_END);
  if (gfn >= end) return NEVER;
  return gfn < FOUR_GIB ? FOUR_GIB : end;
}

/** First frame after `gfn` where the MTRR type could change. */
export function mtrrEdge(state: usize, gfn: u64): u64 {
  store<u32>(state, load<u32>(state, STATE_STEPS) + 1, STATE_STEPS);
  if (!load<u32>(state, STATE_ENABLED)) return NEVER;
  if (isFixed(state, gfn)) return fixedEdge(gfn);
  if (load<u32>(state, STATE_HAS_INTERVALS)) return intervalRulesEdge(state, gfn);
  return min(maskRulesEdge(state, gfn), forcedDefaultEdge(state, gfn));
}

/**
 * First frame after `gfn` where aligned regions of 2^bits frames could meet other masked rules, or where
 * something with a plain start or end (fixed range, interval, forced default) begins or ends. Up to there
 * regions have the same pattern of types inside, whatever the masks do below 2^bits.
 */
export function mtrrRegionEdge(state: usize, gfn: u64, bits: u64): u64 {
  if (!load<u32>(state, STATE_ENABLED)) return NEVER;
  if (isFixed(state, gfn)) return fixedEdge(gfn);
  if (load<u32>(state, STATE_HAS_INTERVALS)) return intervalRulesEdge(state, gfn);
  const coarse = NEVER << bits;
  let edge = forcedDefaultEdge(state, gfn);
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    const mask = load<u64>(rule, RULE_MASK) & coarse;
    edge = min(edge, compareEdge(gfn, mask, load<u64>(rule, RULE_VALUE) & coarse));
    rule += RULE_SIZE;
  }
  return edge;
}
