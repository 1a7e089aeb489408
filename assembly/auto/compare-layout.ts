/** What host and Wasm share for a comparison of two plans. Offsets in bytes; pure constants. */

export const COMPARE_PLAN_A = 0; // u32
export const COMPARE_PLAN_B = 4; // u32
export const COMPARE_WANT = 8; // u32
export const COMPARE_PAT = 12; // u32
export const COMPARE_MEMO = 16; // u32, for spans: u64[slots][3]: key of A, key of B, verdict
export const COMPARE_MEMO_MASK = 20; // u32
export const COMPARE_MEMO_USED = 24; // u32
export const COMPARE_BACKING = 28; // u32, 1 while the leaves of the two sides differ whatever their types
export const COMPARE_SCANNED = 32; // u64, GFN up to which spans have been looked for
export const COMPARE_ENTRY_ONLY = 40; // u64, pages of equal codes whose leaves differ all the same
export const COMPARE_CURRENT = 48; // u32, states of the order in hand
export const COMPARE_NEXT = 52; // u32, states of the order below
export const COMPARE_HASH = 56; // u32, u32[2 * capacity], index of a state + 1
export const COMPARE_CAPACITY = 60; // u32
export const COMPARE_COUNT = 64; // u32, states in COMPARE_NEXT
export const COMPARE_HASH_MASK = 68; // u32
export const COMPARE_CELL_COUNT = 72; // u32, cells that hold pages
/** u64[128][128]: pages by the codes of both sides. A code is type | IPAT << 3 | level << 4 | read-only << 6. */
export const COMPARE_MATRIX = 128;
/** u16[128 * 128]: the cells that hold pages, as A's code * 128 + B's, in the order in which they were met. */
export const COMPARE_CELLS = 131200;
export const COMPARE_SIZE = 163968;
export const CODES = 128;
/** Codes of `mtrr` and `effective`, of `ept` and of `levels`; those of `leaf` alone use all bits. */
export const CODES_OF_TYPES = 8;
export const CODES_OF_EPT = 16;
export const CODES_OF_LEVELS = 64;

/** A state: the keys of both sides, and in how many pages it occurs. */
export const STATE_A = 0; // u64
export const STATE_B = 8; // u64
export const STATE_PAGES = 16; // u64
export const STATE_SIZE = 24;
export const VERDICT_SIZE = 24;

/** A differing span. */
export const DIFFERENCE_START = 0; // u64
export const DIFFERENCE_END = 8; // u64
export const DIFFERENCE_A = 16; // u8, code
export const DIFFERENCE_B = 17; // u8
export const DIFFERENCE_SIZE = 24;
