/**
 * Sizes and offsets of what host and Wasm share, in bytes. Pure constants: the host imports this same file.
 * All fields are little endian; GFN and PFN are frame numbers.
 */

// A view: one vCPU under one policy, as the host writes it. 8-byte aligned.
export const VIEW_MAXPHYADDR = 0; // u32, 32..52
export const VIEW_VCNT = 4; // i32, -1 where not stated
export const VIEW_SWITCHES = 8; // u32, SWITCH_*
export const VIEW_MTRR = 12; // u32, MTRR_*
export const VIEW_EPT = 16; // u32, EPT_*
export const VIEW_CACHE_DISABLE = 20; // u32, CD_*
export const VIEW_IGNORE_PAT = 24; // u32, IGNORE_PAT_*
export const VIEW_LEVEL_CHECK = 28; // u32, LEVEL_*
export const VIEW_LEAF = 32; // u32, LEAF_*
export const VIEW_WRITE_COUNT = 36; // u32
export const VIEW_SLOT_COUNT = 40; // u32
export const VIEW_MMIO_COUNT = 44; // u32
// Rules of a peer, where VIEW_MTRR is MTRR_PEER.
export const VIEW_PEER_DISABLED = 48; // u32, PEER_DISABLED_*
export const VIEW_PEER_FIXED = 52; // u32, PEER_FIXED_*
export const VIEW_PEER_MATCH = 56; // u32, PEER_MATCH_*
export const VIEW_PEER_OVERLAP = 60; // u32, PEER_OVERLAP_*
export const VIEW_PEER_TOM2 = 64; // u32, 1 where TOM2 wins over the ranges
export const VIEW_MMIO_LEVEL = 68; // u32, MMIO_LEVEL_*
export const VIEW_VENDOR = 72; // u32, VENDOR_*
export const VIEW_HOST_COUNT = 76; // u32
export const VIEW_HEADER_SIZE = 80;
// After the header: writes, then slots, then MMIO ranges, then the types that the host's own MTRRs give.
export const WRITE_MSR = 0; // u32, 0xffffffff where WRMSR could not name it
export const WRITE_VALUE = 8; // u64
export const WRITE_SIZE = 16;
// Slots ascend and do not overlap.
export const SLOT_GFN = 0; // u64
export const SLOT_COUNT = 8; // u64
export const SLOT_PFN = 16; // u64
export const SLOT_READONLY = 24; // u32, 0 or 1
export const SLOT_MAX_LEVEL = 28; // u32, 1..3
export const SLOT_SIZE = 32;
// MMIO ranges ascend, are disjoint, and lie inside the guest's space.
export const MMIO_START = 0; // u64
export const MMIO_END = 8; // u64, exclusive
export const MMIO_SIZE = 16;
// Guest frames by the type that the host's MTRRs give the host frames behind them: ascending and disjoint.
export const HOST_START = 0; // u64, GFN
export const HOST_END = 8; // u64, exclusive
export const HOST_TYPE = 16; // u32
export const HOST_SIZE = 24;

export const SWITCH_CR0CD = 1;
export const SWITCH_GUEST_HAS_MTRR = 2;
export const SWITCH_NONCOHERENT_DMA = 4;
export const SWITCH_SELF_SNOOP = 8;
export const SWITCH_QUIRK_CD_NW_CLEARED = 16;
export const SWITCH_QUIRK_IGNORE_GUEST_PAT = 32;

// Vcpu.vendor
export const VENDOR_INTEL = 0;
export const VENDOR_AMD = 1;

// PolicyFlags.mtrr
export const MTRR_ARCHITECTURAL = 0;
export const MTRR_KVM = 1;
export const MTRR_NONE = 2;
export const MTRR_PEER = 3;
// PeerRules.disabled
export const PEER_DISABLED_UC = 0;
export const PEER_DISABLED_UNDEFINED = 1;
export const PEER_DISABLED_IGNORED = 2;
// PeerRules.fixed
export const PEER_FIXED_APPLIED = 0;
export const PEER_FIXED_UC_ONLY = 1;
export const PEER_FIXED_ALL_UC = 2;
// PeerRules.match
export const PEER_MATCH_MASK = 0;
export const PEER_MATCH_LOWEST_BIT = 1;
export const PEER_MATCH_SIZE_OF_MASK = 2;
// PeerRules.overlap
export const PEER_OVERLAP_MANUAL_OR_LAST = 0;
export const PEER_OVERLAP_WT_OR_UC = 1;
export const PEER_OVERLAP_HYPERDBG = 2;
export const PEER_OVERLAP_UC_ENDS = 3;
export const PEER_OVERLAP_UC_OR_NOTHING = 4;
export const PEER_OVERLAP_LOWEST = 5;
// PolicyFlags.ept
export const EPT_IDENTITY = 0;
export const EPT_KVM = 1;
export const EPT_XEN = 2;
// PolicyFlags.cacheDisable
export const CD_WB_IPAT = 0;
export const CD_WB = 1;
export const CD_IGNORED = 2;
// PolicyFlags.ignorePat
export const IGNORE_PAT_ALWAYS = 0;
export const IGNORE_PAT_WITHOUT_SELF_SNOOP = 1;
export const IGNORE_PAT_QUIRK = 2;
// PolicyFlags.levelCheck
export const LEVEL_ONE_TYPE = 0;
export const LEVEL_KVM = 1;
export const LEVEL_KVM_NONCOHERENT_DMA = 2;
export const LEVEL_NONE = 3;
// PolicyFlags.mmioLevel
export const MMIO_LEVEL_HOST = 0;
export const MMIO_LEVEL_4K = 1;
// PolicyFlags.leaf
export const LEAF_ARCHITECTURAL = 0;
export const LEAF_KVM = 1;
export const LEAF_KVM_SUPPRESS_VE = 2;
export const LEAF_KVM_4_7 = 3;
export const LEAF_KVM_5_4 = 4;
export const LEAF_KVM_7_2 = 5;

// Wants.
export const WANT_MTRR = 0;
export const WANT_EPT = 1;
export const WANT_EFFECTIVE = 2;
export const WANT_LEVELS = 3;
export const WANT_LEAF = 4;

// A span, as both Wasm engines write it.
export const SPAN_START = 0; // u64, GFN
export const SPAN_END = 8; // u64, GFN, exclusive
export const SPAN_ENTRY = 16; // u64, first leaf's entry (want leaf)
export const SPAN_TYPE = 24; // u8, 0xff undefined
export const SPAN_IPAT = 25; // u8
export const SPAN_LEVEL = 26; // u8
export const SPAN_SIZE = 32;

/** A type that is undefined, where a type is a byte. */
export const TYPE_UNDEFINED = 0xff;
/** Type bits of an entry whose type is undefined: reserved, so that no hardware takes it for a type. */
export const ENTRY_TYPE_UNDEFINED = 7;

/** Variable ranges that can be addressed: 0x250 follows 0x24f. */
export const VARIABLE_COUNT_MAX = 40;
/** Ranges that a KVM guest has. */
export const VARIABLE_COUNT_KVM = 8;
