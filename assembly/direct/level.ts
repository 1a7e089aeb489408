/**
 * The level of the leaf that maps a page. KVM: kvm_mmu_max_mapping_level and mtrr.c's
 * kvm_mtrr_check_gfn_range_consistency; the architecture: the largest region of one defined type.
 */
import {
  LEVEL_KVM,
  LEVEL_KVM_NONCOHERENT_DMA,
  LEVEL_ONE_TYPE,
  MMIO_LEVEL_4K,
  SLOT_COUNT,
  SLOT_GFN,
  SLOT_MAX_LEVEL,
  SLOT_PFN,
  SWITCH_NONCOHERENT_DMA,
  TYPE_UNDEFINED,
  VIEW_LEVEL_CHECK,
  VIEW_MMIO_LEVEL,
  VIEW_SWITCHES,
} from '../layout';
import { heedsMmio } from './combine';
import { mtrrEdge } from './cuts';
import { fixedType, isFixed } from './fixed';
import { mtrrType } from './mtrr';
import { isAmd } from './npt';
import { MMIO_PART, MMIO_WHOLE, mmioShare, slotOf } from './slots';
import {
  RULE_END,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_VIEW,
} from './state-layout';
import { FIXED_END } from './types';

/** Frame-number bits that a leaf of a level (1..3) leaves to its pages. */
export function levelBits(level: u32): u64 {
  return u64((level - 1) * 9);
}

/** LEVEL_ONE_TYPE, LEVEL_KVM, or LEVEL_NONE's absence of any check, resolved for this VM. */
export function mtrrsLimitLevels(state: usize): bool {
  const view: usize = load<u32>(state, STATE_VIEW);
  const check = load<u32>(view, VIEW_LEVEL_CHECK);
  if (check == LEVEL_ONE_TYPE || check == LEVEL_KVM) return true;
  if (isAmd(view)) return false;
  return check == LEVEL_KVM_NONCOHERENT_DMA && (load<u32>(view, VIEW_SWITCHES) & SWITCH_NONCOHERENT_DMA) != 0;
}

function hasOneType(state: usize, start: u64, end: u64): bool {
  const type = mtrrType(state, start);
  if (type == TYPE_UNDEFINED) return false;
  for (let gfn = mtrrEdge(state, start); gfn < end; gfn = mtrrEdge(state, gfn)) {
    if (mtrrType(state, gfn) != type) return false;
  }
  return true;
}

/**
 * KVM's consistency check. Ranges come in the lookup's descending order, while the test for a gap expects them
 * ascending: one that starts above the region's start counts as a gap even if a later one fills it.
 */
function isConsistent(state: usize, start: u64, end: u64): bool {
  if (!load<u32>(state, STATE_ENABLED)) return true;
  let type: i32 = -1;
  for (let gfn = start; gfn < end && isFixed(state, gfn); gfn++) {
    const fixed = i32(fixedType(state, gfn));
    if (type != -1 && fixed != type) return false;
    type = fixed;
  }
  if (isFixed(state, start) && end <= FIXED_END) return true;
  let covered = start;
  let hasGap = false;
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    const from = load<u64>(rule, RULE_START);
    const to = load<u64>(rule, RULE_END);
    if (from < end && to > start) {
      const next = load<i32>(rule, RULE_TYPE);
      if (type != -1 && next != type) return false;
      type = next;
      if (covered < from) hasGap = true;
      covered = max(covered, to);
    }
    rule += RULE_SIZE;
  }
  if (covered < end) hasGap = true;
  return !hasGap || type == -1 || type == load<i32>(state, STATE_DEFAULT_TYPE);
}

/** Whether slot, MMIO and MTRRs let one leaf map an aligned region. */
function isMappable(state: usize, slot: usize, start: u64, level: u32): bool {
  const size = (<u64>1) << levelBits(level);
  const end = start + size;
  if (load<u32>(slot, SLOT_MAX_LEVEL) < level) return false;
  const slotStart = load<u64>(slot, SLOT_GFN);
  if (start < slotStart || end > slotStart + load<u64>(slot, SLOT_COUNT)) return false;
  if ((slotStart ^ load<u64>(slot, SLOT_PFN)) & (size - 1)) return false;
  const view: usize = load<u32>(state, STATE_VIEW);
  if (heedsMmio(state)) {
    const share = mmioShare(state, start, end);
    if (share == MMIO_PART) return false;
    if (share == MMIO_WHOLE && load<u32>(view, VIEW_MMIO_LEVEL) == MMIO_LEVEL_4K) return false;
  }
  if (!mtrrsLimitLevels(state)) return true;
  if (load<u32>(view, VIEW_LEVEL_CHECK) == LEVEL_ONE_TYPE) return hasOneType(state, start, end);
  return isConsistent(state, start, end);
}

/** Level of the leaf that maps a frame of a slot: 3, 2 or 1. */
export function levelInSlot(state: usize, slot: usize, gfn: u64): u32 {
  for (let level: u32 = 3; level > 1; level--) {
    const bits = levelBits(level);
    if (isMappable(state, slot, (gfn >> bits) << bits, level)) return level;
  }
  return 1;
}

/** Level of the leaf that maps a frame, 0 where no slot does. */
export function levelOf(state: usize, gfn: u64): u32 {
  const slot = slotOf(state, gfn);
  return slot == 0 ? 0 : levelInSlot(state, slot, gfn);
}
