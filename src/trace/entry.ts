/**
 * What a 64-bit EPT entry says by itself, whoever wrote it. Architecture: Intel SDM vol. 3C, "EPT Translation
 * Mechanism" and "EPT Misconfigurations". KVM's software bits: `layout.ts`.
 */
import { type LeafLayout, softwareBits, USUAL_LAYOUT } from './layout.ts';

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
export const USER_EXECUTE = 0x400;
/** KVM, `SPTE_MMU_PRESENT_MASK`: also set where R, W and X are kept elsewhere to track accesses. */
export const MMU_PRESENT = 0x800;
const ACCESS = READ | WRITE | EXECUTE;

// Bits 63:32.
/** Bits 51:32: the upper part of the address. */
export const HIGH_ADDRESS = 0x000fffff;
/** Bits 57 and 58: host-writable and MMU-writable from 5.13 to 7.1; nothing else uses them. */
export const WRITABLE_5_13 = 0x06000000;
/** Bit 55: MMU-writable from 7.2 on; nothing else uses it. */
export const WRITABLE_7_2 = 0x00800000;
export const SUPPRESS_VE = 0x80000000;
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

/** Bits 31:0 of an entry. */
export const lowOf = (entry: bigint): number => Number(BigInt.asUintN(32, entry));

/** As {@link kindOf}, of an entry in one piece. */
export function kindOfEntry(entry: bigint, level: number): number {
  return kindOf(lowOf(entry), Number(entry >> 32n), level);
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
  /** KVM, bit 11; there from 5.13 on. */
  readonly mmuPresent: boolean;
  /** KVM, bit 57, 10 or 53, by release. */
  readonly hostWritable: boolean;
  /** KVM, bit 58, 11 or 55, by release. */
  readonly mmuWritable: boolean;
  /** KVM, bits 53:52, 62 or 61:60, by release: 0 with A/D bits, 1 without, 2 write-protected only. */
  readonly adType: number;
  readonly suppressVe: boolean;
  /** Bits 51:12: the host frame, or the next table's. */
  readonly pfn: bigint;
  /** Generation of the memory slots that a KVM MMIO entry carries; undefined for layouts before 5.13. */
  readonly generation: number | undefined;
}

/** Bits 3..10 and 52..62: the generation of the slots (domain of KVM's MMIO entries). */
function generationOf(low: number, high: number): number {
  return ((low >>> 3) & 0xff) | (((high >>> 20) & 0x7ff) << 8);
}

/** What KVM's software bits say, by name. */
interface SoftwareFields {
  readonly isTracked: boolean;
  readonly isRead: boolean;
  readonly isWritten: boolean;
  readonly isExecuted: boolean;
  readonly hostWritable: boolean;
  readonly mmuWritable: boolean;
  readonly mmuPresent: boolean;
  readonly adType: number;
}

function softwareFields(entry: bigint, layout: LeafLayout): SoftwareFields {
  const bits = softwareBits(layout);
  const low = lowOf(entry);
  const bit = (at: number | undefined): boolean => at !== undefined && ((entry >> BigInt(at)) & 1n) === 1n;
  const adType = bits ? Number(entry >> BigInt(bits.adType[0])) & (2 ** bits.adType[1] - 1) : 0;
  const hasNoAccess = (low & ACCESS) === 0;
  // Without a bit for it, presence shows in the A/D type, which only entries without A/D bits have.
  const isTracked = hasNoAccess && (bits?.mmuPresent === undefined ? adType !== 0 : bit(bits.mmuPresent));
  return {
    isTracked,
    isRead: isTracked ? bit(bits?.savedRead) : (low & READ) !== 0,
    isWritten: isTracked ? bit(bits?.mmuWritable) : (low & WRITE) !== 0,
    isExecuted: isTracked ? bit(bits?.savedExecute) : (low & EXECUTE) !== 0,
    hostWritable: bit(bits?.hostWritable),
    mmuWritable: bit(bits?.mmuWritable),
    mmuPresent: bit(bits?.mmuPresent),
    adType,
  };
}

/** As {@link kindOf}, where the layout is known. */
function kindIn(layout: LeafLayout, entry: bigint, level: number): EntryKind {
  const low = lowOf(entry);
  if (softwareBits(layout)?.mmuPresent !== undefined) {
    return ENTRY_KINDS[kindOfEntry(entry, level)]!;
  }
  const access = low & ACCESS;
  if (access === 0 && !softwareFields(entry, layout).isTracked) return 'not-present';
  if (access === (WRITE | EXECUTE) && layout !== 'architectural') return 'mmio';
  return level > 1 && (low & LARGE_PAGE) === 0 ? 'non-leaf' : 'leaf';
}

/**
 * Takes an entry apart.
 *
 * @param entry - 64 bits
 * @param level - of the table it stands in: 1 (4K pages) to 5
 * @param layout - where its author keeps bits of its own. Default: as KVM does from 5.13 to 7.1
 * @example
 * decodeEntry(0x86000080a5669b37n, 1).type; // 6, WB
 */
export function decodeEntry(entry: bigint, level: number, layout: LeafLayout = USUAL_LAYOUT): DecodedEntry {
  const low = lowOf(entry);
  const high = Number(entry >> 32n);
  const kind = kindIn(layout, entry, level);
  const software = softwareFields(entry, layout);
  const has = (bit: number): boolean => (low & bit) !== 0;
  // Of a marker, the other bits mean something else, or nothing.
  const isPresent = kind === 'leaf' || kind === 'non-leaf';
  const hasGeneration = kind === 'mmio' && softwareBits(layout)?.mmuPresent !== undefined;
  return {
    entry,
    level,
    kind,
    read: software.isRead,
    write: software.isWritten,
    execute: software.isExecuted,
    accessTracked: software.isTracked,
    type: kind === 'leaf' ? (low & TYPE_MASK) >>> 3 : undefined,
    ipat: kind === 'leaf' && has(IPAT),
    large: isPresent && level > 1 && has(LARGE_PAGE),
    accessed: isPresent && has(ACCESSED),
    dirty: isPresent && has(DIRTY),
    userExecute: isPresent && has(USER_EXECUTE) && softwareBits(layout)?.hostWritable !== 10,
    mmuPresent: software.mmuPresent,
    hostWritable: isPresent && software.hostWritable,
    mmuWritable: isPresent && software.mmuWritable,
    adType: isPresent ? software.adType : 0,
    suppressVe: high >>> 31 === 1,
    pfn: (entry >> 12n) & 0xffffffffffn,
    generation: hasGeneration ? generationOf(low, high) : undefined,
  };
}
