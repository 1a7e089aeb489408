/**
 * Builds the plan: raw MSR words and policy flags become match rules, and the space is cut into segments in
 * which only rules with holes in their mask can tell two frames apart.
 */
import {
  EPT_IDENTITY,
  LEVEL_KVM,
  LEVEL_KVM_NONCOHERENT_DMA,
  LEVEL_NONE,
  MMIO_LEVEL_4K,
  MTRR_ARCHITECTURAL,
  MTRR_KVM,
  MTRR_NONE,
  MTRR_PEER,
  PEER_DISABLED_IGNORED,
  PEER_DISABLED_UNDEFINED,
  PEER_FIXED_ALL_UC,
  PEER_FIXED_UC_ONLY,
  SLOT_SIZE,
  SWITCH_CR0CD,
  SWITCH_GUEST_HAS_MTRR,
  SWITCH_NONCOHERENT_DMA,
  VIEW_EPT,
  VIEW_HEADER_SIZE,
  VIEW_HOST_COUNT,
  VIEW_LEAF,
  VIEW_LEVEL_CHECK,
  VIEW_MAXPHYADDR,
  VIEW_MMIO_COUNT,
  VIEW_MMIO_LEVEL,
  VIEW_MTRR,
  VIEW_PEER_DISABLED,
  VIEW_PEER_FIXED,
  VIEW_PEER_MATCH,
  VIEW_PEER_OVERLAP,
  VIEW_PEER_TOM2,
  VIEW_SLOT_COUNT,
  VIEW_SWITCHES,
  VIEW_WRITE_COUNT,
  WRITE_SIZE,
} from '../layout';
import { eptClass } from './ept';
import { foldRules } from './fold';
import { isNestedView, nestedClass, putHost } from './npt';
import {
  PLAN_CLASSES,
  PLAN_CURSOR,
  PLAN_DEFAULT,
  PLAN_DISABLED,
  PLAN_EFFECTIVE_UC,
  PLAN_EXCLUDED,
  PLAN_FIXED,
  PLAN_FIXED_TYPES,
  PLAN_FIXED_UC_ONLY,
  PLAN_FRAMES,
  PLAN_HAS_POWERS,
  PLAN_HOLE_BITS,
  PLAN_LEAF,
  PLAN_LEVEL_CHECK,
  PLAN_LOW,
  PLAN_MEMO,
  PLAN_MEMO_USED,
  PLAN_MMIO,
  PLAN_MMIO_BY_4K,
  PLAN_MMIO_COUNT,
  PLAN_MTRR,
  PLAN_OVERLAP,
  PLAN_PATTERNS,
  PLAN_REGISTERS,
  PLAN_RULE_COUNT,
  PLAN_RULES,
  PLAN_SLOT_COUNT,
  PLAN_SLOTS,
  PLAN_TABLE,
  PLAN_TABLE_VALID,
  PLAN_TOM2_END,
  PLAN_TOM2_WINS,
  REGISTERS_DEF_TYPE,
  REGISTERS_FIXED,
  REGISTERS_SYSCFG,
  REGISTERS_TOM2,
  RULE_MASK,
  RULE_SIZE,
  RULE_VALUE,
  TABLE_RULES_MAX,
  UNDEFINED,
} from './plan-layout';
import { requirePowers } from './powers';
import { replayWrites } from './registers';
import { framesOf, putRules } from './rules';
import { cutSegments } from './segments';

const DEF_TYPE_FE: u64 = 1 << 10;
const DEF_TYPE_E: u64 = 1 << 11;
/** SYSCFG.MtrrTom2En and SYSCFG.Tom2ForceMemTypeWB. */
const SYSCFG_TOM2_WB: u64 = (1 << 21) | (1 << 22);
const FRAME_OF_4G: u64 = 0x100000;
const WB: u32 = 6;
const UC: u32 = 0;

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

const EVERY_BYTE: u64 = 0x0101010101010101;

/**
 * Types of the 256 frames below 1 MiB, where each byte of a register types a range of 64K, 16K or 4K: 16 frames, 4, or
 * 1 (Intel SDM vol. 3A, "Fixed Range MTRRs").
 */
function putFixedTypes(plan: usize): void {
  const types = plan + PLAN_FIXED_TYPES;
  const fixed = plan + PLAN_REGISTERS + REGISTERS_FIXED;
  for (let range: usize = 0; range < 8; range++) {
    const eight = u64(load<u8>(fixed + range)) * EVERY_BYTE;
    store<u64>(types + range * 16, eight);
    store<u64>(types + range * 16, eight, 8);
  }
  for (let range: usize = 0; range < 16; range++) {
    store<u32>(types + 0x80 + range * 4, u32(load<u8>(fixed + 8 + range)) * u32(EVERY_BYTE));
  }
  for (let at: usize = 0; at < 64; at += 8) store<u64>(types + 0xc0 + at, load<u64>(fixed + 24 + at));
}

function tom2End(plan: usize, frames: u64): u64 {
  const registers = plan + PLAN_REGISTERS;
  if ((load<u64>(registers, REGISTERS_SYSCFG) & SYSCFG_TOM2_WB) != SYSCFG_TOM2_WB) return 0;
  const end = framesOf(load<u64>(registers, REGISTERS_TOM2) & ~(<u64>0x7fffff), frames);
  return end > FRAME_OF_4G ? end : 0;
}

/** What is answered while DEF_TYPE.E = 0; for a peer that does not look at E nothing is disabled. */
function putDisabled(view: usize, plan: usize, mode: u32): bool {
  let type = UC;
  if (mode == MTRR_PEER) {
    const disabled = load<u32>(view, VIEW_PEER_DISABLED);
    if (disabled == PEER_DISABLED_IGNORED) return false;
    if (disabled == PEER_DISABLED_UNDEFINED) type = UNDEFINED;
  }
  // KVM: a guest without MTRR in its CPUID cannot have switched them off (`mtrr_disabled_type`).
  if (mode == MTRR_KVM && (load<u32>(view, VIEW_SWITCHES) & SWITCH_GUEST_HAS_MTRR) == 0) type = WB;
  store<u32>(plan, type, PLAN_DEFAULT);
  store<u32>(plan, 1, PLAN_DISABLED);
  return true;
}

function putFixed(view: usize, plan: usize, mode: u32): void {
  const rule: u32 = mode == MTRR_PEER ? load<u32>(view, VIEW_PEER_FIXED) : 0;
  store<u32>(plan, 1, PLAN_FIXED);
  store<u32>(plan, rule == PEER_FIXED_UC_ONLY ? 1 : 0, PLAN_FIXED_UC_ONLY);
  putFixedTypes(plan);
  if (rule == PEER_FIXED_ALL_UC) memory.fill(plan + PLAN_FIXED_TYPES, u8(UC), 256);
}

function putMtrrs(view: usize, plan: usize, frames: u64): void {
  const mode = load<u32>(view, VIEW_MTRR);
  const defType = load<u64>(plan + PLAN_REGISTERS, REGISTERS_DEF_TYPE);
  const tom2Wins: u32 = mode == MTRR_PEER ? load<u32>(view, VIEW_PEER_TOM2) : 0;
  store<u32>(plan, mode, PLAN_MTRR);
  store<u32>(plan, load<u32>(view, VIEW_PEER_OVERLAP), PLAN_OVERLAP);
  store<u32>(plan, tom2Wins, PLAN_TOM2_WINS);
  store<u32>(plan, 0, PLAN_DISABLED);
  store<u32>(plan, 0, PLAN_TABLE_VALID);
  store<u32>(plan, 0, PLAN_RULE_COUNT);
  store<u64>(plan, 0, PLAN_HOLE_BITS);
  store<u64>(plan, 0, PLAN_TOM2_END);
  store<u32>(plan, 0, PLAN_FIXED);
  if (mode == MTRR_NONE || (defType & DEF_TYPE_E) == 0) {
    if (putDisabled(view, plan, mode)) return;
  }
  store<u32>(plan, u32(defType & 0xff), PLAN_DEFAULT);
  if (defType & DEF_TYPE_FE) putFixed(view, plan, mode);
  putRules(plan, frames, mode == MTRR_KVM, mode == MTRR_PEER ? load<u32>(view, VIEW_PEER_MATCH) : 0);
  if (mode == MTRR_ARCHITECTURAL || tom2Wins) store<u64>(plan, tom2End(plan, frames), PLAN_TOM2_END);
  const holes = load<u64>(plan, PLAN_HOLE_BITS);
  if (holes != 0) {
    // Blocks are counted with their digests.
    requirePowers(plan);
    putBitTables(plan, holes);
    const rules = load<u32>(plan, PLAN_RULE_COUNT);
    if (rules <= u32(TABLE_RULES_MAX)) putTable(plan, rules);
  }
}

/** The level check that applies: KVM 6.0..6.10 looks at MTRRs only where it uses them, which nested tables never do. */
function levelCheck(view: usize): u32 {
  const check = load<u32>(view, VIEW_LEVEL_CHECK);
  if (check != LEVEL_KVM_NONCOHERENT_DMA) return check;
  if (isNestedView(view)) return LEVEL_NONE;
  return load<u32>(view, VIEW_SWITCHES) & SWITCH_NONCOHERENT_DMA ? LEVEL_KVM : LEVEL_NONE;
}

/** EPT classes by host type and MTRR type. */
function putClasses(view: usize, plan: usize): void {
  const nested = isNestedView(view);
  const first: u32 = load<u32>(view, VIEW_HOST_COUNT) == 0 ? UNDEFINED : 0;
  for (let host = first; host < 8; host++) {
    for (let type: u32 = 0; type < 8; type++) {
      const class_ = nested ? nestedClass(host) : eptClass(view, type, host);
      store<u8>(plan + (host << 3) + type, u8(class_), PLAN_CLASSES);
    }
  }
}

/**
 * Builds a plan.
 *
 * @param view - the view block, which must live as long as the plan
 * @param plan - PLAN_HEADER_SIZE + edgeCapacity * (8 + SEGMENT_SIZE) + SEGMENT_SIZE bytes
 * @param edgeCapacity - EDGES_OF_REGISTERS + 2 * (slots + MMIO ranges + stretches of host types)
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
  store<u32>(plan, u32(load<u32>(view, VIEW_MMIO_LEVEL) == MMIO_LEVEL_4K), PLAN_MMIO_BY_4K);
  store<u32>(plan, identity ? load<u32>(view, VIEW_SWITCHES) & SWITCH_CR0CD : 0, PLAN_EFFECTIVE_UC);
  store<u32>(plan, 0, PLAN_MEMO);
  store<u32>(plan, 0, PLAN_MEMO_USED);
  store<u32>(plan, 0, PLAN_PATTERNS);
  store<u32>(plan, 0, PLAN_CURSOR);
  putClasses(view, plan);
  putHost(view, plan);
  store<u32>(plan, 0, PLAN_HAS_POWERS);
  putMtrrs(view, plan, frames);
  cutSegments(plan, edgeCapacity);
  return -1;
}
