/**
 * What `direct` keeps of one vCPU under one policy: the registers as they stand after the writes, and the valid
 * variable ranges as the lookups read them. Offsets in bytes; frames are frame numbers.
 */

/** Fixed-range registers, and variable ranges that can be addressed (layout.ts; the host reads this file too). */
const FIXED_REGISTERS = 11;
const VARIABLE_RANGES = 40;

export const STATE_VIEW = 0; // u32, the view block, which has to outlive the state
export const STATE_DEFAULT_TYPE = 4; // u32
export const STATE_ENABLED = 8; // u32, IA32_MTRR_DEF_TYPE.E
export const STATE_FIXED_ENABLED = 12; // u32, IA32_MTRR_DEF_TYPE.FE
export const STATE_FRAMES = 16; // u64, frames of the guest's space
export const STATE_TOM2_END = 24; // u64, end of the forced WB default above 4 GiB, 0 where there is none
export const STATE_SYSCFG = 32; // u64
export const STATE_TOP_MEM2 = 40; // u64
export const STATE_STEPS = 48; // u32, edges asked for since the last call of directSpans
export const STATE_RULE_COUNT = 52; // u32, valid variable ranges
export const STATE_TYPE_OF_ALL = 56; // u32, combine.ts: what every frame without MMIO gets, or DEPENDS_ON_MTRR
export const STATE_HAS_MMIO = 60; // u32, whether there is MMIO that the policy heeds
export const STATE_HAS_INTERVALS = 64; // u32, whether the rules are KVM's intervals
export const STATE_IS_NESTED = 68; // u32, whether the host is AMD
export const STATE_MERGES_HOST = 72; // u32, whether the host's types are merged with the guest's
export const STATE_REACH = 80; // u64 by type 0..6, scratch of one edge search
export const STATE_FIXED = 136; // one u8 a fixed range, in the order of their addresses
export const STATE_BASES = STATE_FIXED + FIXED_REGISTERS * 8; // u64 by register
export const STATE_MASKS = STATE_BASES + VARIABLE_RANGES * 8; // u64 by register
export const STATE_RULES = STATE_MASKS + VARIABLE_RANGES * 8; // RULE_* by valid range

// A valid variable range. The architecture compares masked addresses, KVM takes an interval.
export const RULE_MASK = 0; // u64, frames
export const RULE_VALUE = 8; // u64, base & mask, frames
export const RULE_START = 0; // u64, frames
export const RULE_END = 8; // u64, frames, exclusive
export const RULE_TYPE = 16; // u32
export const RULE_SIZE = 24;

// One rule as the SIMD lookup reads it within a block of 2^16 frames.
export const STATE_LANES = STATE_RULES + VARIABLE_RANGES * RULE_SIZE;
export const LANE_FIRST = 0; // 8 x u16: mask, or first frame
export const LANE_SECOND = 16; // 8 x u16: value, or last frame less first frame
export const LANE_THIRD = 32; // 16 x u8: bit of the type, or KVM's next state by state
export const LANE_SIZE = 48;

// Types of one batch, on their way into entries.
export const STATE_TYPES = STATE_LANES + VARIABLE_RANGES * LANE_SIZE;
export const BATCH_FRAMES = 1024;
/** Bytes that the SIMD lookup may write beyond the frames asked for. */
export const TYPES_SLACK = 32;

/** Size of the whole state. */
export const DIRECT_STATE_SIZE = STATE_TYPES + BATCH_FRAMES + TYPES_SLACK;
