/**
 * Builds the plan: raw MSR words and policy flags become match rules, and the space is cut into segments in
 * which only rules with holes in their mask can tell two frames apart.
 */
import {
  EPT_IDENTITY,
  LEVEL_KVM,
  LEVEL_KVM_NONCOHERENT_DMA,
  LEVEL_NONE,
  MTRR_ARCHITECTURAL,
  MTRR_KVM,
  MTRR_NONE,
  SLOT_SIZE,
  SWITCH_CR0CD,
  SWITCH_GUEST_HAS_MTRR,
  SWITCH_NONCOHERENT_DMA,
  VARIABLE_COUNT_MAX,
  VIEW_EPT,
  VIEW_HEADER_SIZE,
  VIEW_LEAF,
  VIEW_LEVEL_CHECK,
  VIEW_MAXPHYADDR,
  VIEW_MMIO_COUNT,
  VIEW_MTRR,
  VIEW_SLOT_COUNT,
  VIEW_SWITCHES,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
} from '../layout';
import { putPowers } from './digest';
import { eptClass } from './ept';
import { foldRules } from './fold';
import {
  PLAN_CLASS_OF,
  PLAN_CURSOR,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_EFFECTIVE_UC,
  PLAN_EXCLUDED,
  PLAN_FIXED,
  PLAN_FIXED_TYPES,
  PLAN_FRAMES,
  PLAN_HOLE_BITS,
  PLAN_LEAF,
  PLAN_LEVEL_CHECK,
  PLAN_LOW,
  PLAN_MEMO,
  PLAN_MEMO_USED,
  PLAN_MMIO,
  PLAN_MMIO_COUNT,
  PLAN_MTRR,
  PLAN_PATTERNS,
  PLAN_REGISTERS,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_RULES_OF_TYPE,
  PLAN_SLOT_COUNT,
  PLAN_SLOTS,
  PLAN_TABLE,
  PLAN_TABLE_VALID,
  PLAN_TOM2_END,
  REGISTERS_DEF_TYPE,
  REGISTERS_FIXED,
  REGISTERS_MASK,
  REGISTERS_SYSCFG,
  REGISTERS_TOM2,
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  TABLE_RULES_MAX,
} from './plan-layout';
import { replayWrites } from './registers';
import { cutSegments } from './segments';

const DEF_TYPE_FE: u64 = 1 << 10;
const DEF_TYPE_E: u64 = 1 << 11;
const MASK_VALID: u64 = 1 << 11;
/** SYSCFG.MtrrTom2En and SYSCFG.Tom2ForceMemTypeWB. */
const SYSCFG_TOM2_WB: u64 = (1 << 21) | (1 << 22);
const FRAME_OF_4G: u64 = 0x100000;
const WB: u32 = 6;
const UC: u32 = 0;

/** Frame bits of a mask or an address below MAXPHYADDR. */
function framesOf(value: u64, frames: u64): u64 {
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
  store<u64>(rule, 0, RULE_VALUE);
  store<u64>(rule, 0, RULE_MASK);
  store<u64>(rule, start, RULE_START);
  store<u64>(rule, (start | (~framesOf(mask, frames) & (frames - 1))) + 1, RULE_END);
}

/** Index of the valid range with the highest raw base below (or, for later registers, at) the given one. */
function nextInFold(registers: usize, taken: u64): i32 {
  let best = -1;
  let bestBase: u64 = 0;
  for (let i = 0; i < VARIABLE_COUNT_MAX; i++) {
    if ((taken >> u64(i)) & 1) continue;
    if ((load<u64>(registers + i * 8, REGISTERS_MASK) & MASK_VALID) == 0) continue;
    const base = load<u64>(registers + i * 8);
    if (best < 0 || base > bestBase) {
      best = i;
      bestBase = base;
    }
  }
  return best;
}

function putRules(plan: usize, frames: u64, kvm: bool): void {
  const registers = plan + PLAN_REGISTERS;
  memory.fill(plan + PLAN_RULES_OF_TYPE, 0, 64);
  let holes: u64 = 0;
  let count: u32 = 0;
  let taken: u64 = 0;
  for (let n = 0; n < VARIABLE_COUNT_MAX; n++) {
    const i = kvm ? nextInFold(registers, taken) : n;
    if (i < 0) break;
    taken |= (<u64>1) << u64(i);
    const mask = load<u64>(registers + i * 8, REGISTERS_MASK);
    if ((mask & MASK_VALID) == 0) continue;
    const base = load<u64>(registers + i * 8);
    const rule = plan + PLAN_RULES + count * RULE_SIZE;
    if (kvm) putKvmRule(rule, base, mask, frames);
    else if (!putMaskRule(rule, base, mask, frames)) holes |= (<u64>1) << u64(count);
    const ofType = plan + PLAN_RULES_OF_TYPE + usize(base & 7) * 8;
    store<u32>(rule, u32(base & 0xff), RULE_TYPE);
    store<u64>(ofType, load<u64>(ofType) | ((<u64>1) << u64(count)));
    count++;
  }
  store<u32>(plan, count, PLAN_RULE_COUNT);
  store<u64>(plan, holes, PLAN_HOLE_BITS);
}

/** What each frame bit says about the rules with holes: the descent over aligned blocks needs no more. */
function putBitTables(plan: usize, holes: u64): void {
  memory.fill(plan + PLAN_EXCLUDED, 0, 40 * 16);
  for (let rest = holes; rest != 0; rest &= rest - 1) {
    const i = ctz(rest);
    const rule = plan + PLAN_RULES + usize(i) * RULE_SIZE;
    const mask = load<u64>(rule, RULE_MASK);
    const value = load<u64>(rule, RULE_VALUE);
    for (let k: u64 = 0; k < 40; k++) {
      if (((mask >> k) & 1) == 0) continue;
      const at = plan + PLAN_EXCLUDED + usize(k) * 16 + usize(1 - ((value >> k) & 1)) * 8;
      store<u64>(at, load<u64>(at) | ((<u64>1) << i));
    }
  }
  let low: u64 = 0;
  for (let k = 0; k < 40; k++) {
    store<u64>(plan + PLAN_LOW + k * 8, low);
    low |= load<u64>(plan + PLAN_EXCLUDED + k * 16) | load<u64>(plan + PLAN_EXCLUDED + k * 16, 8);
  }
  store<u64>(plan + PLAN_LOW + 40 * 8, low);
}

function putTable(plan: usize, rules: u32): void {
  for (let tom2: u32 = 0; tom2 < 2; tom2++) {
    const table = plan + PLAN_TABLE + (tom2 << TABLE_RULES_MAX);
    for (let bits: u32 = 0; bits < (<u32>1) << rules; bits++) {
      store<u8>(table + bits, u8(foldRules(plan, u64(bits), tom2)));
    }
  }
  store<u32>(plan, 1, PLAN_TABLE_VALID);
}

/** Types of the 256 frames below 1 MiB: 64K, 16K and 4K ranges (Intel SDM vol. 3A, "Fixed Range MTRRs"). */
function putFixedTypes(plan: usize): void {
  const fixed = plan + PLAN_REGISTERS + REGISTERS_FIXED;
  for (let frame: u32 = 0; frame < 256; frame++) {
    let index: u32 = 0;
    let byte = frame >> 4;
    if (frame >= 0xc0) {
      index = 3 + ((frame - 0xc0) >> 3);
      byte = frame & 7;
    } else if (frame >= 0x80) {
      index = 1 + ((frame - 0x80) >> 5);
      byte = (frame >> 2) & 7;
    }
    store<u8>(plan + PLAN_FIXED_TYPES + frame, load<u8>(fixed + index * 8 + byte));
  }
}

function tom2End(plan: usize, frames: u64): u64 {
  const registers = plan + PLAN_REGISTERS;
  if ((load<u64>(registers, REGISTERS_SYSCFG) & SYSCFG_TOM2_WB) != SYSCFG_TOM2_WB) return 0;
  const end = framesOf(load<u64>(registers, REGISTERS_TOM2) & ~(<u64>0x7fffff), frames);
  return end > FRAME_OF_4G ? end : 0;
}

function putMtrrs(view: usize, plan: usize, frames: u64): void {
  const mode = load<u32>(view, VIEW_MTRR);
  const defType = load<u64>(plan + PLAN_REGISTERS, REGISTERS_DEF_TYPE);
  const disabled = mode == MTRR_NONE || (defType & DEF_TYPE_E) == 0;
  store<u32>(plan, mode, PLAN_MTRR);
  store<u32>(plan, disabled ? 1 : 0, PLAN_DISABLED);
  store<u32>(plan, 0, PLAN_TABLE_VALID);
  store<u32>(plan, 0, PLAN_RULE_COUNT);
  store<u64>(plan, 0, PLAN_HOLE_BITS);
  store<u64>(plan, 0, PLAN_TOM2_END);
  store<u32>(plan, 0, PLAN_FIXED);
  if (disabled) {
    // KVM: a guest without MTRR in its CPUID cannot have switched them off (`mtrr_disabled_type`).
    const hasMtrr = (load<u32>(view, VIEW_SWITCHES) & SWITCH_GUEST_HAS_MTRR) != 0;
    store<u32>(plan, mode == MTRR_KVM && !hasMtrr ? WB : UC, PLAN_DEFAULT);
    return;
  }
  store<u32>(plan, u32(defType & 0xff), PLAN_DEFAULT);
  if (defType & DEF_TYPE_FE) {
    store<u32>(plan, 1, PLAN_FIXED);
    putFixedTypes(plan);
  }
  putRules(plan, frames, mode == MTRR_KVM);
  if (mode == MTRR_ARCHITECTURAL) store<u64>(plan, tom2End(plan, frames), PLAN_TOM2_END);
  const holes = load<u64>(plan, PLAN_HOLE_BITS);
  if (holes != 0) {
    putBitTables(plan, holes);
    const rules = load<u32>(plan, PLAN_RULE_COUNT);
    if (rules <= u32(TABLE_RULES_MAX)) putTable(plan, rules);
  }
}

/** The level check that applies: KVM 6.0..6.10 looks at MTRRs only where it uses them. */
function levelCheck(view: usize): u32 {
  const check = load<u32>(view, VIEW_LEVEL_CHECK);
  if (check != LEVEL_KVM_NONCOHERENT_DMA) return check;
  return load<u32>(view, VIEW_SWITCHES) & SWITCH_NONCOHERENT_DMA ? LEVEL_KVM : LEVEL_NONE;
}

/**
 * Builds a plan.
 *
 * @param view - the view block, which must live as long as the plan
 * @param plan - PLAN_HEADER_SIZE + edgeCapacity * (8 + SEGMENT_SIZE) + SEGMENT_SIZE bytes
 * @param edgeCapacity - EDGES_OF_REGISTERS + 2 * (slots + MMIO ranges)
 * @returns the index of the first refused write, or -1
 */
export function buildPlan(view: usize, plan: usize, edgeCapacity: u32): i32 {
  const refused = replayWrites(view, plan);
  if (refused >= 0) return refused;
  const frameBits: u64 = load<u32>(view, VIEW_MAXPHYADDR) - 12;
  const frames: u64 = (<u64>1) << frameBits;
  const identity = load<u32>(view, VIEW_EPT) == EPT_IDENTITY;
  const slots = view + VIEW_HEADER_SIZE + load<u32>(view, VIEW_WRITE_COUNT) * WRITE_SIZE;
  const slotCount = load<u32>(view, VIEW_SLOT_COUNT);
  store<u64>(plan, frames, PLAN_FRAMES);
  store<u32>(plan, levelCheck(view), PLAN_LEVEL_CHECK);
  store<u32>(plan, load<u32>(view, VIEW_LEAF), PLAN_LEAF);
  store<u32>(plan, u32(slots), PLAN_SLOTS);
  store<u32>(plan, slotCount, PLAN_SLOT_COUNT);
  store<u32>(plan, u32(slots + slotCount * SLOT_SIZE), PLAN_MMIO);
  store<u32>(plan, identity ? 0 : load<u32>(view, VIEW_MMIO_COUNT), PLAN_MMIO_COUNT);
  store<u32>(plan, identity ? load<u32>(view, VIEW_SWITCHES) & SWITCH_CR0CD : 0, PLAN_EFFECTIVE_UC);
  store<u32>(plan, 0, PLAN_MEMO);
  store<u32>(plan, 0, PLAN_MEMO_USED);
  store<u32>(plan, 0, PLAN_PATTERNS);
  store<u32>(plan, 0, PLAN_CURSOR);
  for (let type: u32 = 0; type < 8; type++) store<u8>(plan + PLAN_CLASS_OF + type, u8(eptClass(view, type)));
  putPowers(plan);
  putMtrrs(view, plan, frames);
  cutSegments(plan, edgeCapacity);
  return -1;
}
