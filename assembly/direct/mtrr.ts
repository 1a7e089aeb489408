/**
 * The MTRR type of one page, as the rules are written: Intel SDM vol. 3A, "MTRR Precedences", and KVM's
 * kvm_mtrr_get_guest_memory_type (arch/x86/kvm/mtrr.c, 4.7 to 6.10).
 */
import { MTRR_KVM, MTRR_NONE, SWITCH_GUEST_HAS_MTRR, VIEW_MTRR, VIEW_SWITCHES } from '../layout';
import { fixedType, isFixed } from './fixed';
import { isPeer, peerType, peerTypes } from './peer';
import { typeOfOverlap } from './precedence';
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_DEFAULT_TYPE,
  STATE_ENABLED,
  STATE_HAS_INTERVALS,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_TOM2_END,
  STATE_VIEW,
} from './state-layout';
import { FOUR_GIB, UC, WB, WT } from './types';

function maskTypes(state: usize, gfn: u64): u32 {
  let types: u32 = 0;
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    if ((gfn & load<u64>(rule, RULE_MASK)) == load<u64>(rule, RULE_VALUE)) {
      types |= (<u32>1) << load<u32>(rule, RULE_TYPE);
    }
    rule += RULE_SIZE;
  }
  return types;
}

function intervalTypes(state: usize, gfn: u64): u32 {
  let types: u32 = 0;
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    if (load<u64>(rule, RULE_START) <= gfn && gfn < load<u64>(rule, RULE_END)) {
      types |= (<u32>1) << load<u32>(rule, RULE_TYPE);
    }
    rule += RULE_SIZE;
  }
  return types;
}

/** Types of the valid variable ranges that hold a frame, a bit each. */
export function variableTypes(state: usize, gfn: u64): u32 {
  return load<u32>(state, STATE_HAS_INTERVALS) ? intervalTypes(state, gfn) : maskTypes(state, gfn);
}

/** Type of a frame that no variable range holds; AMD may force WB between 4 GiB and TOP_MEM2. */
export function defaultType(state: usize, gfn: u64): u32 {
  if (gfn >= FOUR_GIB && gfn < load<u64>(state, STATE_TOM2_END)) return WB;
  return load<u32>(state, STATE_DEFAULT_TYPE);
}

function architecturalType(state: usize, gfn: u64): u32 {
  if (!load<u32>(state, STATE_ENABLED)) return UC;
  if (isFixed(state, gfn)) return fixedType(state, gfn);
  const types = maskTypes(state, gfn);
  return types == 0 ? defaultType(state, gfn) : typeOfOverlap(types);
}

/** Type of every frame while IA32_MTRR_DEF_TYPE.E is 0. */
export function disabledType(state: usize): u32 {
  const view: usize = load<u32>(state, STATE_VIEW);
  if (load<u32>(view, VIEW_MTRR) != MTRR_KVM) return UC;
  return load<u32>(view, VIEW_SWITCHES) & SWITCH_GUEST_HAS_MTRR ? UC : WB;
}

function kvmType(state: usize, gfn: u64): u32 {
  if (!load<u32>(state, STATE_ENABLED)) return disabledType(state);
  if (isFixed(state, gfn)) return fixedType(state, gfn);
  let type = -1;
  let rule = state + STATE_RULES;
  for (let left = load<u32>(state, STATE_RULE_COUNT); left != 0; left--) {
    if (load<u64>(rule, RULE_START) <= gfn && gfn < load<u64>(rule, RULE_END)) {
      const next = load<i32>(rule, RULE_TYPE);
      if (type == -1) type = next;
      else if (next != type) {
        if (next == UC) return UC;
        if ((type == WB && next == WT) || (type == WT && next == WB)) type = WT;
        else return WB;
      }
    }
    rule += RULE_SIZE;
  }
  return type == -1 ? load<u32>(state, STATE_DEFAULT_TYPE) : u32(type);
}

/** MTRR type of a frame under the policy of the view; TYPE_UNDEFINED where the manual leaves it open. */
export function mtrrType(state: usize, gfn: u64): u32 {
  if (isPeer(state)) return peerType(state, gfn);
  return load<u32>(state, STATE_HAS_INTERVALS) ? kvmType(state, gfn) : architecturalType(state, gfn);
}

/**
 * The types that decide a frame, a bit each: those of its ranges, else of its fixed range or the default; none
 * where the policy looks at no MTRR.
 */
export function decidingTypes(state: usize, gfn: u64): u32 {
  if (load<u32>(load<u32>(state, STATE_VIEW), VIEW_MTRR) == MTRR_NONE) return 0;
  if (isPeer(state)) return peerTypes(state, gfn);
  if (!load<u32>(state, STATE_ENABLED)) return (<u32>1) << disabledType(state);
  if (isFixed(state, gfn)) return (<u32>1) << fixedType(state, gfn);
  const types = variableTypes(state, gfn);
  return types != 0 ? types : (<u32>1) << defaultType(state, gfn);
}
