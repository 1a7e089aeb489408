/** What host and `batch` share, in bytes: a batch's block, and layouts that are handed in. Pure constants. */

// A layout: registers as they are written. 8-byte aligned.
export const LAYOUT_DEF_TYPE = 0; // u64
export const LAYOUT_SYSCFG = 8; // u64
export const LAYOUT_TOP_MEM2 = 16; // u64
export const LAYOUT_PAIRS = 24; // u32, pairs of base and mask that follow
export const LAYOUT_FIXED = 32; // FIXED_REGISTERS u64, ascending by address
export const LAYOUT_PAT = 120; // u64, only judged
export const LAYOUT_RANGES = 128; // PAIRS_MAX pairs of u64: base, mask
export const LAYOUT_SIZE = 288;
/** As LAYOUT_PAIRS: registers that no layout can hold. */
export const PAIRS_UNKNOWN = 0xffffffff;
/** Most pairs of a layout. */
export const PAIRS_MAX = 10;
export const FIXED_REGISTERS = 11;

// Kinds of layouts, as words of Philox's counter: another kind is another stream.
export const KIND_TYPICAL = 0;
export const KIND_UC_HOLES = 1;
export const KIND_WB_DEFAULT = 2;
export const KIND_ANY = 3;
export const KIND_OVERLAPPING = 4;
export const KIND_UNALIGNED = 5;
export const KIND_FIXED = 6;
export const KIND_TOM2 = 7;
export const KIND_MASKS_WITH_HOLES = 8;

// A batch's block: what is asked, as the host writes it.
export const BATCH_SEED = 0; // u64
export const BATCH_KIND = 8; // u32, KIND_*
export const BATCH_FEWEST = 12; // u32, pairs of a generated layout
export const BATCH_MOST = 16; // u32
export const BATCH_MAXPHYADDR = 20; // u32
export const BATCH_SMALLEST_MOST = 24; // u32, 0..64
export const BATCH_THEOREM = 28; // u32, 1 where each layout is held against the theorem
// What follows from it.
export const BATCH_PAIRS_MOST = 32; // u32, pairs that both sides accept
export const BATCH_COMPARES = 36; // u32, 0 where one side alone is counted
export const BATCH_SIDE_A = 40; // SIDE_*
export const BATCH_SIDE_B = 56;
// Layouts that differ, as they are found: 0, or room for a call's.
export const BATCH_FOUND = 72; // u32, pointer
export const BATCH_FOUND_COUNT = 76; // u32
/** A constant for each pair of codes, 256 u64: digests weigh pages with them. */
export const BATCH_WEIGHTS = 128;
// What is counted, from here on zeroed before each run.
export const BATCH_PAGES = 2176; // 256 u64, pages by pair of codes: a | b << 4
export const BATCH_BY_PAIRS = 4224; // PAIRS_MAX + 1 records, by ranges that are on
export const BATCH_DIGEST = 4488; // u64
export const BATCH_EXCEPTIONS = 4496; // u64, layouts on which the theorem fails
export const BATCH_SMALLEST = 4504; // 64 records, the smallest first
export const BATCH_SMALLEST_COUNT = 6040; // u32
export const BATCH_HAS_FIRST = 6048; // u32, whether a layout differs
export const BATCH_HAS_EXCEPTION = 6052; // u32
export const BATCH_FIRST = 6056; // u64, index of the first that differs
export const BATCH_EXCEPTION = 6064; // u64, index of the first on which the theorem fails
export const BATCH_COUNTED = 6072; // u64, layouts that were counted
export const BATCH_HELD = 6080; // u64, layouts that the theorem is about
export const BATCH_COUNTERS_END = 6088;
// What a layout needs while it is worked on.
export const BATCH_DIFFERING = 6088; // u64, pages of the layout that differ
export const BATCH_SUM = 6096; // u64, its pages weighed
export const BATCH_WORDS = 6104; // 44 u64, random
export const BATCH_LAYOUT = 6456; // the generated layout
export const BATCH_RANGES = 6744; // PAIRS_MAX records, by ascending base register
// Two events a range, one more where its base is unaligned, two of TOM2, and the end.
export const BATCH_EVENTS = 6984; // 40 u64
export const BATCH_SIZE = 7304;

// Layouts by the number of ranges that are on.
export const BY_PAIRS_LAYOUTS = 0; // u64
export const BY_PAIRS_DIFFERING = 8; // u64
export const BY_PAIRS_PAGES = 16; // u64
export const BY_PAIRS_SIZE = 24;

// One of the smallest layouts that differ.
export const SMALL_RANGES = 0; // u64
export const SMALL_PAGES = 8; // u64
export const SMALL_INDEX = 16; // u64
export const SMALL_SIZE = 24;

// A layout that was found to differ.
export const FOUND_INDEX = 0; // u64
export const FOUND_PAGES = 8; // u64
export const FOUND_RANGES = 16; // u32
export const FOUND_SIZE = 24;

// One side: how it answers.
export const SIDE_MODE = 0; // u32, MODE_*
export const SIDE_CODE = 4; // u32, its code where it has one for all pages
export const SIDE_DISABLED = 8; // u32, type while the MTRRs are off
export const MODE_CONSTANT = 0;
export const MODE_MANUAL = 1;
export const MODE_KVM = 2;

// A range that is on.
export const RANGE_RAW = 0; // u64, base register: KVM sorts by it
export const RANGE_LOW = 8; // u64, first frame by the manual
export const RANGE_END = 16; // u64, behind the last frame
export const RANGE_SIZE = 24;

// A code: bits 2:0 type, 7 undefined; bit 3 IPAT.
export const CODE_TYPE = 7;
export const CODE_IPAT = 8;
export const CODE_UNDEFINED = 7;
export const PAIRS_OF_CODES = 256;
