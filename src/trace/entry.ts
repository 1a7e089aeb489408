/**
 * What a 64-bit EPT entry says by itself, whoever wrote it. Architecture: Intel SDM vol. 3C, "EPT Translation
 * Mechanism" and "EPT Misconfigurations". KVM's software bits: arch/x86/kvm/mmu/spte.h, releases 5.16 and later.
 */

/** What kind of entry it is. */
export type EntryKind = 'leaf' | 'non-leaf' | 'not-present' | 'removed' | 'mmio';

/** Codes of {@link kindOf}, positions in {@link ENTRY_KINDS}. */
export const LEAF = 0;
export const NON_LEAF = 1;
export const NOT_PRESENT = 2;
export const REMOVED = 3;
export const MMIO = 4;
export const ENTRY_KINDS: readonly EntryKind[] = ['leaf', 'non-leaf', 'not-present', 'removed', 'mmio'];

// Bits 31:0.
export const READ = 1;
export const WRITE = 2;
export const EXECUTE = 4;
export const TYPE_MASK = 0x38;
export const IPAT = 0x40;
export const LARGE_PAGE = 0x80;
export const ACCESSED = 0x100;
export const DIRTY = 0x200;
const USER_EXECUTE = 0x400;
/** KVM, `SPTE_MMU_PRESENT_MASK`: also set where R, W and X are kept elsewhere to track accesses. */
export const MMU_PRESENT = 0x800;
const ACCESS = READ | WRITE | EXECUTE;

// Bits 63:32.
/** Bits 51:32: the upper part of the address. */
export const HIGH_ADDRESS = 0x000fffff;
const AD_TYPE = 0x00300000;
const HOST_WRITABLE = 0x02000000;
const MMU_WRITABLE = 0x04000000;
export const SUPPRESS_VE = 0x80000000;
/** R and X as an access-tracked entry keeps them, bits 54 and 56. */
const SAVED_READ = 0x00400000;
const SAVED_EXECUTE = 0x01000000;

/** KVM's marker of an entry that is being replaced, `REMOVED_SPTE` (later `FROZEN_SPTE`), with bit 63 or without. */
const REMOVED_LOW = 0x5a0;

/**
 * Kind of an entry.
 *
 * @param low - bits 31:0
 * @param high - bits 63:32
 * @param level - of the table it stands in, from 1
 * @returns {@link LEAF}, {@link NON_LEAF}, ...
 */
export function kindOf(low: number, high: number, level: number): number {
  const access = low & ACCESS;
  if (access === 0) {
    if (low === REMOVED_LOW && (high & 0x7fffffff) === 0) return REMOVED;
    // Present to KVM although the hardware sees nothing: it tracks accesses without an A bit.
    if ((low & MMU_PRESENT) === 0) return NOT_PRESENT;
  }
  // KVM's MMIO entry is misconfigured on purpose (W and X without R) and never has bit 11.
  if (access === (WRITE | EXECUTE) && (low & MMU_PRESENT) === 0) return MMIO;
  return level > 1 && (low & LARGE_PAGE) === 0 ? NON_LEAF : LEAF;
}

/** Whether KVM took R, W and X away from an entry to notice the next access. */
export function isAccessTracked(low: number): boolean {
  return (low & ACCESS) === 0 && (low & MMU_PRESENT) !== 0;
}

/** An entry taken apart. */
export interface DecodedEntry {
  readonly entry: bigint;
  readonly level: number;
  readonly kind: EntryKind;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  /** R, W and X above are those that KVM has put aside (hardware without A/D bits). */
  readonly accessTracked: boolean;
  /** Bits 5:3; undefined for what is no leaf. */
  readonly type: number | undefined;
  readonly ipat: boolean;
  /** Bit 7 of an entry above level 1. */
  readonly large: boolean;
  readonly accessed: boolean;
  readonly dirty: boolean;
  readonly userExecute: boolean;
  /** KVM, bit 11. */
  readonly mmuPresent: boolean;
  /** KVM, bit 57. */
  readonly hostWritable: boolean;
  /** KVM, bit 58. */
  readonly mmuWritable: boolean;
  /** KVM, bits 53:52: 0 with A/D bits, 1 without, 2 write-protected only. */
  readonly adType: number;
  readonly suppressVe: boolean;
  /** Bits 51:12: the host frame, or the next table's. */
  readonly pfn: bigint;
  /** Generation of the memory slots that a KVM MMIO entry carries. */
  readonly generation: number | undefined;
}

/** Bits 3..10 and 52..62: the generation of the slots (domain of KVM's MMIO entries). */
function generationOf(low: number, high: number): number {
  return ((low >>> 3) & 0xff) | (((high >>> 20) & 0x7ff) << 8);
}

/**
 * Takes an entry apart.
 *
 * @param entry - 64 bits
 * @param level - of the table it stands in: 1 (4K pages) to 5
 * @example
 * decodeEntry(0x86000080a5669b37n, 1).type; // 6, WB
 */
export function decodeEntry(entry: bigint, level: number): DecodedEntry {
  const low = Number(entry & 0xffffffffn);
  const high = Number(entry >> 32n);
  const kind = ENTRY_KINDS[kindOf(low, high, level)]!;
  const isTracked = isAccessTracked(low);
  const has = (word: number, bit: number): boolean => (word & bit) !== 0;
  // Of a marker, the other bits mean something else, or nothing.
  const isPresent = kind === 'leaf' || kind === 'non-leaf';
  return {
    entry,
    level,
    kind,
    read: isTracked ? has(high, SAVED_READ) : has(low, READ),
    write: isTracked ? has(high, MMU_WRITABLE) : has(low, WRITE),
    execute: isTracked ? has(high, SAVED_EXECUTE) : has(low, EXECUTE),
    accessTracked: isTracked,
    type: kind === 'leaf' ? (low & TYPE_MASK) >>> 3 : undefined,
    ipat: kind === 'leaf' && has(low, IPAT),
    large: isPresent && level > 1 && has(low, LARGE_PAGE),
    accessed: isPresent && has(low, ACCESSED),
    dirty: isPresent && has(low, DIRTY),
    userExecute: isPresent && has(low, USER_EXECUTE),
    mmuPresent: has(low, MMU_PRESENT),
    hostWritable: isPresent && has(high, HOST_WRITABLE),
    mmuWritable: isPresent && has(high, MMU_WRITABLE),
    adType: isPresent ? (high & AD_TYPE) >>> 20 : 0,
    suppressVe: high >>> 31 === 1,
    pfn: (entry >> 12n) & 0xffffffffffn,
    generation: kind === 'mmio' ? generationOf(low, high) : undefined,
  };
}
