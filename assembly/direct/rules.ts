/** The valid variable ranges in the form that the policy looks them up: mask compares, or KVM's intervals. */
import { MTRR_KVM, VARIABLE_COUNT_MAX, VIEW_MAXPHYADDR, VIEW_MTRR } from '../layout';
import { isPeer, writePeerRules } from './peer';
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_BASES,
  STATE_MASKS,
  STATE_RULE_COUNT,
  STATE_RULES,
} from './state-layout';

/** Bit 11 of a PHYSMASK: the range is valid. */
const MASK_VALID: u64 = 1 << 11;

/** Bits below the mask's lowest do not count: only masked bits of the base are kept. */
function writeMaskRules(state: usize, physicalMask: u64): void {
  let count: u32 = 0;
  for (let register: usize = 0; register < usize(VARIABLE_COUNT_MAX); register++) {
    const base = load<u64>(state + (register << 3), STATE_BASES);
    const mask = load<u64>(state + (register << 3), STATE_MASKS);
    if (!(mask & MASK_VALID)) continue;
    const rule = state + STATE_RULES + usize(count) * RULE_SIZE;
    const frames = (mask & physicalMask) >> 12;
    store<u64>(rule, frames, RULE_MASK);
    store<u64>(rule, (base >> 12) & frames, RULE_VALUE);
    store<u32>(rule, u32(base & 0xff), RULE_TYPE);
    count++;
  }
  store<u32>(state, count, STATE_RULE_COUNT);
}

/**
 * Descending by the whole base register, address and type byte: KVM's list is sorted by it, and lookups walk
 * it from the end (arch/x86/kvm/mtrr.c, var_mtrr_range and the range list). A range is the convex
 * [base, base | ~mask].
 */
function writeIntervalRules(state: usize, physicalMask: u64): void {
  let count: u32 = 0;
  for (let register: usize = 0; register < usize(VARIABLE_COUNT_MAX); register++) {
    const base = load<u64>(state + (register << 3), STATE_BASES);
    const mask = load<u64>(state + (register << 3), STATE_MASKS);
    if (!(mask & MASK_VALID)) continue;
    const start = base >> 12;
    const type = u32(base & 0xff);
    let rule = state + STATE_RULES + usize(count) * RULE_SIZE;
    while (rule > state + STATE_RULES) {
      const before = rule - RULE_SIZE;
      const beforeStart = load<u64>(before, RULE_START);
      if (beforeStart > start || (beforeStart == start && load<u32>(before, RULE_TYPE) >= type)) break;
      memory.copy(rule, before, RULE_SIZE);
      rule = before;
    }
    store<u64>(rule, start, RULE_START);
    store<u64>(rule, (((base | ~mask) & physicalMask) >> 12) + 1, RULE_END);
    store<u32>(rule, type, RULE_TYPE);
    count++;
  }
  store<u32>(state, count, STATE_RULE_COUNT);
}

/** Writes the rules of a state whose registers are written. Policies without MTRR types get mask rules. */
export function writeRules(view: usize, state: usize): void {
  const width = u64(load<u32>(view, VIEW_MAXPHYADDR));
  const physicalMask = ((<u64>1) << width) - 1;
  if (load<u32>(view, VIEW_MTRR) == MTRR_KVM) writeIntervalRules(state, physicalMask);
  else if (isPeer(state)) writePeerRules(state, physicalMask);
  else writeMaskRules(state, physicalMask);
}
