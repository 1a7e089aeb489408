/**
 * The plan of the auto engine: one vCPU under one policy, decoded into match rules and segments. Offsets in
 * bytes from the plan's pointer; pure constants, the host imports this file too.
 */

export const PLAN_FRAMES = 0; // u64, frames of the guest's space
export const PLAN_HOLE_BITS = 8; // u64, rules whose mask has holes
export const PLAN_RULE_COUNT = 16; // u32
export const PLAN_SEGMENT_COUNT = 20; // u32
export const PLAN_DEFAULT = 24; // u32, type where no rule matches
export const PLAN_DISABLED = 28; // u32, 1 where DEF_TYPE.E = 0: PLAN_DEFAULT everywhere
export const PLAN_FIXED = 32; // u32, 1 where fixed ranges are in force
export const PLAN_MTRR = 36; // u32, MTRR_*
export const PLAN_LEVEL_CHECK = 40; // u32, LEVEL_ONE_TYPE, LEVEL_KVM or LEVEL_NONE: what applies to this VM
export const PLAN_LEAF = 44; // u32, LEAF_*
export const PLAN_SLOTS = 48; // u32, pointer to the view's slots
export const PLAN_SLOT_COUNT = 52; // u32
export const PLAN_MMIO = 56; // u32, pointer to the view's MMIO ranges
export const PLAN_MMIO_COUNT = 60; // u32, 0 where the policy knows no MMIO
export const PLAN_EFFECTIVE_UC = 64; // u32, 1 where every access is UC (CR0.CD on bare metal)
export const PLAN_TABLE_VALID = 68; // u32, 1 where PLAN_TABLE is filled
export const PLAN_TOM2_END = 72; // u64, frames from 4 GiB up to here default to WB; 0 for none
export const PLAN_MEMO = 88; // u32, pointer given by the host where the plan has holes
export const PLAN_MEMO_MASK = 92; // u32, slots - 1, a power of two less one
export const PLAN_MEMO_USED = 96; // u32
export const PLAN_PATTERNS = 100; // u32, pointer given by the host where the plan has holes
export const PLAN_CURSOR = 104; // u32, index of the segment that was found last
export const PLAN_SEGMENTS = 108; // u32, pointer to the first segment
// The cell that was computed last.
export const PLAN_CELL_END = 112; // u64
export const PLAN_CELL_CLASS = 120; // u32, EPT class
export const PLAN_CELL_MTRR = 124; // u32, MTRR type
export const PLAN_CELL_LEVEL = 128; // u32
export const PLAN_CELL_LEVEL_END = 136; // u64

export const PLAN_OVERLAP = 144; // u32, PEER_OVERLAP_*, where PLAN_MTRR is MTRR_PEER
export const PLAN_TOM2_WINS = 148; // u32, 1 where TOM2 is WB whatever the rules say
export const PLAN_FIXED_UC_ONLY = 152; // u32, 1 where fixed ranges count only where they are UC
export const PLAN_MMIO_BY_4K = 156; // u32, 1 where host MMIO is mapped by 4K pages alone

export const PLAN_NESTED = 160; // u32, 1 where the host is AMD
export const PLAN_HOST = 164; // u32, pointer to the view's stretches of host types
export const PLAN_HOST_END = 168; // u32, behind the last one
export const PLAN_HAS_POWERS = 172; // u32, 1 where PLAN_POWERS is filled

export const PLAN_RULES = 192;
/** Bit i of a bitset of matches is rule i; for KVM in the order of its fold. */
export const RULE_VALUE = 0; // u64, GFN bits that must be equal where the mask has bits
export const RULE_MASK = 8; // u64, GFN bits that are compared
export const RULE_START = 16; // u64, GFN, where the rule is an interval
export const RULE_END = 24; // u64, exclusive
export const RULE_TYPE = 32; // u32
export const RULE_SIZE = 40;
export const PLAN_FIXED_TYPES = 1792; // u8[256], type of each frame below 1 MiB
/** u64[40][2]: rules with holes that cannot match where frame bit k is b. */
export const PLAN_EXCLUDED = 2048;
/** u64[41]: rules with holes that compare a frame bit below k. */
export const PLAN_LOW = 2688;
/** u8[2048]: type of a bitset of up to 10 rules, without and with TOM2's default. */
export const PLAN_TABLE = 3072;
export const TABLE_RULES_MAX = 10;
/** u64[8]: the rules of each type. */
export const PLAN_RULES_OF_TYPE = 5120;
/** Powers for digests at each order k of 0..40, see digest.ts: u64[41][3]. */
export const PLAN_POWERS = 5184;
/** Summaries of the block at each order 0..40: u64[3 levels][8 types] counts, then a u64 digest. */
export const PLAN_SUMMARIES = 6208;
export const SUMMARY_DIGEST = 192;
export const SUMMARY_SIZE = 200;
/** Registers while the plan is built: u64 base[40], mask[40], fixed[11], then DEF_TYPE, SYSCFG, TOM2. */
export const PLAN_REGISTERS = 14464;
export const REGISTERS_MASK = 320;
export const REGISTERS_FIXED = 640;
export const REGISTERS_DEF_TYPE = 728;
export const REGISTERS_SYSCFG = 736;
export const REGISTERS_TOM2 = 744;
export const REGISTERS_SIZE = 768;
/** u8[8][8]: EPT class (type | IPAT << 3) by the host's type (UNDEFINED where it is not known) and the MTRR type. */
export const PLAN_CLASSES = 15232;
export const PLAN_HEADER_SIZE = 15296;
// After the header: edges u64[capacity], then segments.

/** Edges that registers can cause: both ends of the space, of 40 ranges, of TOM2, and below 1 MiB. */
export const EDGES_OF_REGISTERS = 352;

export const SEGMENT_START = 0; // u64, GFN; ends where the next one starts
export const SEGMENT_BITS = 8; // u64, rules without holes that match
export const SEGMENT_SLOT = 16; // u32, pointer to the slot, 0 for none
export const SEGMENT_MTRR = 20; // u8, MTRR type (7 undefined) where no rule with holes can matter
export const SEGMENT_CLASS = 21; // u8, EPT class
export const SEGMENT_HOLES = 22; // u8, 1 where rules with holes decide
export const SEGMENT_MMIO = 23; // u8
export const SEGMENT_TOM2 = 24; // u8, 1 where the default is WB
export const SEGMENT_SLOT_LEVEL = 25; // u8, largest level that the slot allows, 0 without slot
export const SEGMENT_HOST = 26; // u8, type by the host's own MTRRs, UNDEFINED where it is not known
export const SEGMENT_SIZE = 32;

/** Type of an overlap that the manual leaves undefined: not an encoding, and three bits as the others. */
export const UNDEFINED = 7;

/** Memo: u64[slots] keys (0: free), then u8[slots][SUMMARY_SIZE]; bytes a slot. */
export const MEMO_SLOT_SIZE = 208;
/**
 * Pattern cache: slots of a u64 key, 512 type bytes, and 512 bytes of type and IPAT as they stand in an entry;
 * then scratch, a u64 a frame. Bytes, not entries: patterns that fill the first-level cache halve the speed.
 */
export const PATTERN_SLOTS = 256;
export const PATTERN_TYPES = 64;
export const PATTERN_LOWS = 576;
export const PATTERN_SIZE = 1088;
export const PATTERN_SCRATCH = 278528; // PATTERN_SLOTS * PATTERN_SIZE
export const PATTERNS_SIZE = 282624;

/** Histogram: u64[4 levels][8 types][2 IPAT][2 read-only]. */
export const HISTOGRAM_SIZE = 1024;

/** Tables for random frames: u16[4][1024] sets of rules by digit of 10 bits, then u8[2][1024] type bytes. */
export const DIGIT_TABLE_SIZE = 2048;
export const DIGIT_TYPES = 8192;
export const DIGITS_SIZE = 10240;
