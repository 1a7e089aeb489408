/** Memory types and MSR numbers by the manuals' names (Intel SDM vol. 3A, chapter "Memory Cache Control"). */

export const UC: u32 = 0;
export const WC: u32 = 1;
export const WT: u32 = 4;
export const WP: u32 = 5;
export const WB: u32 = 6;

export const UC_BIT: u32 = 1 << 0;
export const WT_BIT: u32 = 1 << 4;
export const WB_BIT: u32 = 1 << 6;
/** Types that an MTRR can hold, a bit each. */
export const MTRR_TYPE_BITS: u32 = 0x73;
/** Types that a PAT entry can hold: those and UC-. */
export const PAT_TYPE_BITS: u32 = 0xf3;

export const IA32_MTRRCAP: u32 = 0xfe;
export const IA32_MTRR_PHYSBASE0: u32 = 0x200;
export const IA32_MTRR_FIX64K_00000: u32 = 0x250;
export const IA32_MTRR_FIX16K_80000: u32 = 0x258;
export const IA32_MTRR_FIX16K_A0000: u32 = 0x259;
export const IA32_MTRR_FIX4K_C0000: u32 = 0x268;
export const IA32_MTRR_FIX4K_F8000: u32 = 0x26f;
export const IA32_PAT: u32 = 0x277;
export const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
export const AMD_SYSCFG: u32 = 0xc0010010;
export const AMD_TOP_MEM: u32 = 0xc001001a;
export const AMD_TOP_MEM2: u32 = 0xc001001d;

/** End of the fixed ranges: 1 MiB, in frames. */
export const FIXED_END: u64 = 0x100;
/** 4 GiB, in frames. */
export const FOUR_GIB: u64 = 0x100000;
/** Later than every frame. */
export const NEVER: u64 = 0xffffffffffffffff;
