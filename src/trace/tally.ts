/** What a trace holds, counted without any model: kinds, levels and types, and who seems to have written it. */
import {
  ENTRY_KINDS,
  type EntryKind,
  EXECUTE,
  IPAT,
  isAccessTracked,
  LEAF,
  MMU_PRESENT,
  NON_LEAF,
  READ,
  SUPPRESS_VE,
  TYPE_MASK,
  USER_EXECUTE,
  WRITABLE_5_13,
  WRITABLE_7_2,
  WRITE,
} from './entry.ts';

/** Tables that do not belong to EPT. */
export type Outside = 'nested-paging' | 'shadow-paging';

/** Leaves of one level and type. */
export interface LeafCount {
  readonly level: number;
  readonly type: number;
  readonly ipat: 0 | 1;
  readonly entries: number;
}

/**
 * P and A of an ordinary page-table entry (bits 0 and 5), PWT, PCD and G clear (3, 4, 8). An EPT entry of this
 * shape would be a WT leaf without an A bit, or a non-leaf with reserved bits.
 */
const ORDINARY_MASK = 0x139;
const ORDINARY = 0x21;
/** Share of ordinary-looking entries from which on the whole is taken for no EPT. */
const MOSTLY = 0.8;
const LEVELS = 6;

/** Counts. */
export class Tally {
  /** Entries of the guest's address space, SMM's left out. */
  entries = 0;
  /** Entries of address space 1: what the guest sees in SMM. */
  smm = 0;
  /** Leaves without W, and without X. */
  writeProtected = 0;
  notExecutable = 0;
  executeOnly = 0;
  accessTracked = 0;
  /** Leaves with bit 11, which only KVM sets, and leaves with bit 63. */
  kvmLeaves = 0;
  suppressVe = 0;
  /** Leaves that show where their author keeps host-writable and MMU-writable: 57 and 58; 53 and 55; 10 and 11. */
  writable57 = 0;
  writable53 = 0;
  writable10 = 0;
  readonly #kinds = new Float64Array(ENTRY_KINDS.length);
  readonly #leaves = new Float64Array(LEVELS * 16);
  #ordinary = 0;
  #hasOrdinaryTables = false;
  #hasSupervisorPages = false;

  /** @param kind - as `kindOf` gives it */
  add(low: number, high: number, level: number, kind: number): void {
    this.entries += 1;
    this.#kinds[kind]! += 1;
    if (kind > NON_LEAF) return;
    if ((low & ORDINARY_MASK) === ORDINARY) {
      this.#ordinary += 1;
      if (kind === NON_LEAF) this.#hasOrdinaryTables = true;
      if ((low & EXECUTE) === 0) this.#hasSupervisorPages = true;
    }
    if (kind !== LEAF) return;
    this.#leaves[level * 16 + ((low & (TYPE_MASK | IPAT)) >>> 3)]! += 1;
    if ((low & MMU_PRESENT) !== 0) this.kvmLeaves += 1;
    if ((high & SUPPRESS_VE) !== 0) this.suppressVe += 1;
    if ((high & WRITABLE_5_13) !== 0) this.writable57 += 1;
    else if ((high & WRITABLE_7_2) !== 0) this.writable53 += 1;
    else if ((low & USER_EXECUTE) !== 0 && (high & SUPPRESS_VE) === 0) this.writable10 += 1;
    if (isAccessTracked(low)) this.accessTracked += 1;
    else if ((low & READ) === 0) this.executeOnly += 1;
    else {
      if ((low & WRITE) === 0) this.writeProtected += 1;
      if ((low & EXECUTE) === 0) this.notExecutable += 1;
    }
  }

  /** How many entries of a kind. */
  kind(kind: EntryKind): number {
    return this.#kinds[ENTRY_KINDS.indexOf(kind)]!;
  }

  /** Leaves by level, type and IPAT; only those that occur. */
  leaves(): readonly LeafCount[] {
    const counts: LeafCount[] = [];
    for (const [at, entries] of this.#leaves.entries()) {
      if (entries === 0) continue;
      counts.push({ level: at >> 4, type: at & 7, ipat: ((at >> 3) & 1) as 0 | 1, entries });
    }
    return counts;
  }

  /**
   * Whether the whole is no EPT: the nested paging of an AMD host, or shadow paging.
   *
   * @param isKvm - they are KVM's own trace events; of another hypervisor's table leaves alone prove nothing
   */
  outside(isKvm: boolean): Outside | undefined {
    const present = this.kind('leaf') + this.kind('non-leaf');
    if (present === 0 || this.#ordinary < present * MOSTLY) return undefined;
    if (!isKvm && !this.#hasOrdinaryTables) return undefined;
    return this.#hasSupervisorPages ? 'shadow-paging' : 'nested-paging';
  }
}
