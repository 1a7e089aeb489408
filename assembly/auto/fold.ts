/** From a bitset of matching rules to one MTRR type. */
import {
  MTRR_KVM,
  MTRR_PEER,
  PEER_OVERLAP_HYPERDBG,
  PEER_OVERLAP_LOWEST,
  PEER_OVERLAP_MANUAL_OR_LAST,
  PEER_OVERLAP_UC_OR_NOTHING,
  PEER_OVERLAP_WT_OR_UC,
} from '../layout';
import {
  PLAN_DEFAULT,
  PLAN_MTRR,
  PLAN_OVERLAP,
  PLAN_RULES,
  PLAN_TABLE,
  PLAN_TABLE_VALID,
  RULE_SIZE,
  RULE_TYPE,
  TABLE_RULES_MAX,
  UNDEFINED,
} from './plan-layout';

const UC: u32 = 0;
const WT: u32 = 4;
const WB: u32 = 6;
const WT_AND_WB: u32 = (1 << 4) | (1 << 6);

/** Type of rule i. */
export function ruleType(plan: usize, rule: u32): u32 {
  return load<u32>(plan + PLAN_RULES + rule * RULE_SIZE, RULE_TYPE);
}

/** Set of the types (bit = encoding) of the matching rules. */
export function typesOfRules(plan: usize, bits: u64): u32 {
  let types: u32 = 0;
  for (let rest = bits; rest != 0; rest &= rest - 1) types |= 1 << ruleType(plan, u32(ctz(rest)));
  return types;
}

/** Intel SDM vol. 3A, "MTRR Precedences": UC wins, WT wins over WB, other mixtures are undefined. */
function typeOfSet(types: u32): u32 {
  if (types & (1 << UC)) return UC;
  if ((types & (types - 1)) == 0) return u32(ctz(types));
  return types == WT_AND_WB ? WT : UNDEFINED;
}

/** KVM 4.7..6.10, `kvm_mtrr_get_guest_memory_type`: rules are in descending order of their base register. */
function kvmFold(plan: usize, bits: u64): u32 {
  let type = ruleType(plan, u32(ctz(bits)));
  for (let rest = bits & (bits - 1); rest != 0; rest &= rest - 1) {
    const next = ruleType(plan, u32(ctz(rest)));
    if (next == type) continue;
    if (next == UC) return UC;
    if (((1 << next) | (1 << type)) != WT_AND_WB) return WB;
    type = WT;
  }
  return type;
}

/** Overlaps as other systems resolve them, in register order (PeerRules.overlap). */
function peerFold(plan: usize, bits: u64): u32 {
  const types = typesOfRules(plan, bits);
  switch (load<u32>(plan, PLAN_OVERLAP)) {
    case PEER_OVERLAP_MANUAL_OR_LAST: {
      const type = typeOfSet(types);
      return type == UNDEFINED ? ruleType(plan, 63 - u32(clz(bits))) : type;
    }
    case PEER_OVERLAP_WT_OR_UC:
      if ((types & (types - 1)) == 0) return u32(ctz(types));
      return types == WT_AND_WB ? WT : UC;
    case PEER_OVERLAP_UC_OR_NOTHING:
      return types & (1 << UC) ? UC : load<u32>(plan, PLAN_DEFAULT);
    case PEER_OVERLAP_LOWEST:
      return u32(ctz(types));
  }
  const hyperdbg = load<u32>(plan, PLAN_OVERLAP) == PEER_OVERLAP_HYPERDBG;
  let type = ruleType(plan, u32(ctz(bits)));
  for (let rest = bits & (bits - 1); rest != 0; rest &= rest - 1) {
    const next = ruleType(plan, u32(ctz(rest)));
    // HyperDbg asks whether the type so far is UC where it means the next one.
    if (type == UC) return hyperdbg ? next : UC;
    if (!hyperdbg && next == UC) return UC;
    type = type == WB && next == WT ? WT : next;
  }
  return type;
}

/** Type by folding the matching rules one by one. `tom2` is 1 where TOM2 makes the default WB. */
export function foldRules(plan: usize, bits: u64, tom2: u32): u32 {
  if (bits == 0) return tom2 ? WB : load<u32>(plan, PLAN_DEFAULT);
  const mode = load<u32>(plan, PLAN_MTRR);
  if (mode == MTRR_KVM) return kvmFold(plan, bits);
  return mode == MTRR_PEER ? peerFold(plan, bits) : typeOfSet(typesOfRules(plan, bits));
}

/** Type of a bitset: from the table where there is one (up to ten rules), else by folding. */
export function typeOfBits(plan: usize, bits: u64, tom2: u32): u32 {
  if (load<u32>(plan, PLAN_TABLE_VALID)) {
    return load<u8>(plan + PLAN_TABLE + (tom2 << TABLE_RULES_MAX) + usize(bits));
  }
  return foldRules(plan, bits, tom2);
}
