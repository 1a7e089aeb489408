/**
 * The lookups of other systems (policy/peers.ts states each rule), one page at a time in register order. They
 * are asked page by page in the SIMD kernels too: their order of registers counts, and nobody visits whole spaces with them.
 */
import {
  MTRR_PEER,
  PEER_DISABLED_IGNORED,
  PEER_DISABLED_UNDEFINED,
  PEER_FIXED_ALL_UC,
  PEER_FIXED_UC_ONLY,
  PEER_MATCH_LOWEST_BIT,
  PEER_MATCH_MASK,
  PEER_OVERLAP_HYPERDBG,
  PEER_OVERLAP_LOWEST,
  PEER_OVERLAP_MANUAL_OR_LAST,
  PEER_OVERLAP_UC_ENDS,
  PEER_OVERLAP_UC_OR_NOTHING,
  PEER_OVERLAP_WT_OR_UC,
  TYPE_UNDEFINED,
  VARIABLE_COUNT_MAX,
  VIEW_MTRR,
  VIEW_PEER_DISABLED,
  VIEW_PEER_FIXED,
  VIEW_PEER_MATCH,
  VIEW_PEER_OVERLAP,
  VIEW_PEER_TOM2,
} from '../layout';
import { compareEdge, fixedEdge, forcedDefaultEdge, intervalRulesEdge } from './edges';
import { fixedType } from './fixed';
import { typeOfOverlap } from './precedence';
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_BASES,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_FIXED_ENABLED,
  STATE_FRAMES,
  STATE_MASKS,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_TOM2_END,
  STATE_VIEW,
} from './state-layout';
import { FIXED_END, FOUR_GIB, NEVER, UC, UC_BIT, WB, WB_BIT, WT, WT_BIT } from './types';

const MASK_VALID: u64 = 1 << 11;
/** No type, and not TYPE_UNDEFINED either. */
const NOT_SETTLED: u32 = 0x100;

/** Whether the view's policy is another system's. */
export function isPeer(state: usize): bool {
  return load<u32>(load<u32>(state, STATE_VIEW), VIEW_MTRR) == MTRR_PEER;
}

function rule(state: usize, field: usize): u32 {
  const view: usize = load<u32>(state, STATE_VIEW);
  return load<u32>(view + field);
}

/** Writes the valid ranges in register order: compares, or stretches that end with the space at the latest. */
export function writePeerRules(state: usize, physicalMask: u64): void {
  const match = rule(state, VIEW_PEER_MATCH);
  const frames = load<u64>(state, STATE_FRAMES);
  let at = state + STATE_RULES;
  let count: u32 = 0;
  for (let register: usize = 0; register < usize(VARIABLE_COUNT_MAX); register++) {
    const rawMask = load<u64>(state + (register << 3), STATE_MASKS);
    if (!(rawMask & MASK_VALID)) continue;
    const rawBase = load<u64>(state + (register << 3), STATE_BASES);
    const mask = (rawMask & physicalMask) >> 12;
    const base = rawBase >> 12;
    if (match == PEER_MATCH_MASK) {
      store<u64>(at, mask, RULE_MASK);
      store<u64>(at, base & mask, RULE_VALUE);
    } else {
      // The mask's lowest bit as a size (none for a mask of 0), or all that the mask leaves of the space.
      const size = match == PEER_MATCH_LOWEST_BIT ? mask & (0 - mask) : frames - mask;
      store<u64>(at, base, RULE_START);
      store<u64>(at, min(base + size, frames), RULE_END);
    }
    store<u32>(at, u32(rawBase & 0xff), RULE_TYPE);
    at += RULE_SIZE;
    count++;
  }
  store<u32>(state, count, STATE_RULE_COUNT);
  if (rule(state, VIEW_PEER_TOM2)) return;
  store<u64>(state, 0, STATE_TOM2_END);
}

function covers(state: usize, at: usize, gfn: u64): bool {
  if (rule(state, VIEW_PEER_MATCH) == PEER_MATCH_MASK) {
    return (gfn & load<u64>(at, RULE_MASK)) == load<u64>(at, RULE_VALUE);
  }
  return load<u64>(at, RULE_START) <= gfn && gfn < load<u64>(at, RULE_END);
}

/** Whether nothing is looked at because DEF_TYPE.E = 0. */
function isOff(state: usize): bool {
  return !load<u32>(state, STATE_ENABLED) && rule(state, VIEW_PEER_DISABLED) != PEER_DISABLED_IGNORED;
}

/** Type that something before the variable ranges settles, or NOT_SETTLED. */
function settledType(state: usize, gfn: u64): u32 {
  if (isOff(state)) return rule(state, VIEW_PEER_DISABLED) == PEER_DISABLED_UNDEFINED ? TYPE_UNDEFINED : UC;
  if (gfn < FIXED_END && load<u32>(state, STATE_FIXED_ENABLED)) {
    const how = rule(state, VIEW_PEER_FIXED);
    if (how == PEER_FIXED_ALL_UC) return UC;
    const type = fixedType(state, gfn);
    if (how != PEER_FIXED_UC_ONLY || type == UC) return type;
  }
  return gfn >= FOUR_GIB && gfn < load<u64>(state, STATE_TOM2_END) ? WB : NOT_SETTLED;
}

/** Types of the ranges that cover a frame, a bit each. */
function coveringTypes(state: usize, gfn: u64): u32 {
  let types: u32 = 0;
  let at = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    if (covers(state, at, gfn)) types |= (<u32>1) << load<u32>(at, RULE_TYPE);
    at += RULE_SIZE;
  }
  return types;
}

/** The last type in register order, as the peers that fold do it; see PeerRules.overlap. */
function foldedType(state: usize, gfn: u64, how: u32): u32 {
  let type = NOT_SETTLED;
  let at = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    if (covers(state, at, gfn)) {
      const next = load<u32>(at, RULE_TYPE);
      if (how == PEER_OVERLAP_HYPERDBG && type == UC) return next;
      if (how == PEER_OVERLAP_UC_ENDS && next == UC) return UC;
      type = type == WB && next == WT ? WT : next;
    }
    at += RULE_SIZE;
  }
  return type;
}

/** Type that a peer gives a frame; TYPE_UNDEFINED where it has no answer. */
export function peerType(state: usize, gfn: u64): u32 {
  const settled = settledType(state, gfn);
  if (settled != NOT_SETTLED) return settled;
  const byDefault = load<u32>(state, STATE_DEFAULT_TYPE);
  const types = coveringTypes(state, gfn);
  if (types == 0) return byDefault;
  const how = rule(state, VIEW_PEER_OVERLAP);
  if (how == PEER_OVERLAP_UC_OR_NOTHING) return types & UC_BIT ? UC : byDefault;
  if (how == PEER_OVERLAP_LOWEST) return ctz(types);
  if (how == PEER_OVERLAP_WT_OR_UC) {
    if ((types & (types - 1)) == 0) return ctz(types);
    return types == (WB_BIT | WT_BIT) ? WT : UC;
  }
  if (how == PEER_OVERLAP_MANUAL_OR_LAST) {
    const type = typeOfOverlap(types);
    return type == TYPE_UNDEFINED ? foldedType(state, gfn, how) : type;
  }
  return foldedType(state, gfn, how);
}

/** The types that decide a frame for a peer, a bit each. */
export function peerTypes(state: usize, gfn: u64): u32 {
  const settled = settledType(state, gfn);
  if (settled == TYPE_UNDEFINED) return 0;
  if (settled != NOT_SETTLED) return (<u32>1) << settled;
  const types = coveringTypes(state, gfn);
  return types != 0 ? types : (<u32>1) << load<u32>(state, STATE_DEFAULT_TYPE);
}

/** First frame after `gfn` where a peer's type could change. */
export function peerEdge(state: usize, gfn: u64): u64 {
  if (isOff(state)) return NEVER;
  let edge = forcedDefaultEdge(state, gfn);
  if (gfn < FIXED_END && load<u32>(state, STATE_FIXED_ENABLED)) edge = min(edge, fixedEdge(gfn));
  if (rule(state, VIEW_PEER_MATCH) != PEER_MATCH_MASK) return min(edge, intervalRulesEdge(state, gfn));
  let at = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    edge = min(edge, compareEdge(gfn, load<u64>(at, RULE_MASK), load<u64>(at, RULE_VALUE)));
    at += RULE_SIZE;
  }
  return edge;
}
