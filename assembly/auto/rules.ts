/** Valid variable ranges as match rules: intervals, or masks with holes. */
import { PEER_MATCH_LOWEST_BIT, PEER_MATCH_SIZE_OF_MASK, VARIABLE_COUNT_MAX } from '../layout';
import {
  PLAN_HOLE_BITS,
  PLAN_REGISTERS,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_RULES_OF_TYPE,
  REGISTERS_MASK,
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
} from './plan-layout';

const MASK_VALID: u64 = 1 << 11;

/** Frame bits of a mask or an address below MAXPHYADDR. */
export function framesOf(value: u64, frames: u64): u64 {
  return (value >> 12) & (frames - 1);
}

/** A rule as the manual matches it: (GFN ^ value) & mask == 0. Contiguous masks are intervals as well. */
function putMaskRule(rule: usize, base: u64, mask: u64, frames: u64): bool {
  const compared = framesOf(mask, frames);
  const free = ~compared & (frames - 1);
  const value = framesOf(base, frames) & compared;
  store<u64>(rule, value, RULE_VALUE);
  store<u64>(rule, compared, RULE_MASK);
  const contiguous = (free & (free + 1)) == 0;
  store<u64>(rule, contiguous ? value : 0, RULE_START);
  store<u64>(rule, contiguous ? value + free + 1 : 0, RULE_END);
  return contiguous;
}

/** A rule as KVM 4.7..6.10 reads it (`var_mtrr_range`): from the base to the last bit that the mask leaves. */
function putKvmRule(rule: usize, base: u64, mask: u64, frames: u64): void {
  const start = framesOf(base, frames);
  const last = start | (~framesOf(mask, frames) & (frames - 1));
  putInterval(rule, start, last + 1 - start, frames);
}

/** A rule as peers read it: as many frames from the base as the mask's lowest bit says. */
function putLowestBitRule(rule: usize, base: u64, mask: u64, frames: u64): void {
  const compared = framesOf(mask, frames);
  putInterval(rule, framesOf(base, frames), compared & -compared, frames);
}

/** A rule as Linux reads it from 6.5 on (`map_add_var`): 2^MAXPHYADDR less the mask, base as it is. */
function putSizeOfMaskRule(rule: usize, base: u64, mask: u64, frames: u64): void {
  putInterval(rule, framesOf(base, frames), frames - framesOf(mask, frames), frames);
}

function putInterval(rule: usize, start: u64, size: u64, frames: u64): void {
  store<u64>(rule, 0, RULE_VALUE);
  store<u64>(rule, 0, RULE_MASK);
  store<u64>(rule, start, RULE_START);
  store<u64>(rule, min(start + size, frames), RULE_END);
}

/** Indexes of the ranges whose mask has V set. */
function validRanges(registers: usize): u64 {
  let valid: u64 = 0;
  for (let i = 0; i < VARIABLE_COUNT_MAX; i++) {
    if (load<u64>(registers + i * 8, REGISTERS_MASK) & MASK_VALID) valid |= (<u64>1) << u64(i);
  }
  return valid;
}

/** Of these ranges the one with the highest raw base, the first of equal ones. */
function highestOf(registers: usize, ranges: u64): u32 {
  let best = u32(ctz(ranges));
  for (let rest = ranges & (ranges - 1); rest != 0; rest &= rest - 1) {
    const i = u32(ctz(rest));
    if (load<u64>(registers + i * 8) > load<u64>(registers + best * 8)) best = i;
  }
  return best;
}

/** Writes the rules of all valid ranges, for KVM in the order of its fold, else in register order. */
export function putRules(plan: usize, frames: u64, kvm: bool, match: u32): void {
  const registers = plan + PLAN_REGISTERS;
  memory.fill(plan + PLAN_RULES_OF_TYPE, 0, 64);
  let holes: u64 = 0;
  let count: u32 = 0;
  for (let left = validRanges(registers); left != 0; count++) {
    const i = kvm ? highestOf(registers, left) : u32(ctz(left));
    left &= ~((<u64>1) << u64(i));
    const mask = load<u64>(registers + i * 8, REGISTERS_MASK);
    const base = load<u64>(registers + i * 8);
    const rule = plan + PLAN_RULES + count * RULE_SIZE;
    if (kvm) putKvmRule(rule, base, mask, frames);
    else if (match == PEER_MATCH_LOWEST_BIT) putLowestBitRule(rule, base, mask, frames);
    else if (match == PEER_MATCH_SIZE_OF_MASK) putSizeOfMaskRule(rule, base, mask, frames);
    else if (!putMaskRule(rule, base, mask, frames)) holes |= (<u64>1) << u64(count);
    const ofType = plan + PLAN_RULES_OF_TYPE + usize(base & 7) * 8;
    store<u32>(rule, u32(base & 0xff), RULE_TYPE);
    store<u64>(ofType, load<u64>(ofType) | ((<u64>1) << u64(count)));
  }
  store<u32>(plan, count, PLAN_RULE_COUNT);
  store<u64>(plan, holes, PLAN_HOLE_BITS);
}
