/**
 * Cuts of long ranges: the first frame after a given one where an answer could change. A frame that matches a
 * masked compare goes on matching to the next multiple of the mask's lowest bit; one that misses it goes on
 * missing until the highest differing bit turns.
 */
import { compareEdge, fixedEdge, forcedDefaultEdge, intervalRulesEdge } from './edges';
import { isFixed } from './fixed';
import { defaultType } from './mtrr';
import { isPeer, peerEdge } from './peer';
import {
  RULE_MASK,
  RULE_SIZE,
  RULE_TYPE,
  RULE_VALUE,
  STATE_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_REACH,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_STEPS,
} from './state-layout';
import { NEVER, UC, UC_BIT } from './types';

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

/** First frame after `gfn` where the MTRR type could change. */
export function mtrrEdge(state: usize, gfn: u64): u64 {
  store<u32>(state, load<u32>(state, STATE_STEPS) + 1, STATE_STEPS);
  if (isPeer(state)) return peerEdge(state, gfn);
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
