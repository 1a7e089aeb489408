/** Holds the entries of a trace against the model, batch by batch, at constant memory. */
import { LEAF_FRAMES } from '../ranges.ts';
import { frameCount, type Vcpu } from '../vm/index.ts';
import type { EntryBatch } from './batch.ts';
import { type Candidate, LeafList } from './candidate.ts';
import { statesSlots } from './candidates.ts';
import {
  BEYOND_SPACE,
  MISALIGNED,
  MMIO_IN_SLOT,
  NO_SLOT,
  PERMISSION,
  RESERVED_BITS,
  RESERVED_TYPE,
  WRITE_ONLY,
  WRONG_PFN,
} from './cause.ts';
import { HIGH_ADDRESS, IPAT, kindOf, LEAF, MMIO, NON_LEAF, READ, TYPE_MASK, WRITE } from './entry.ts';
import { SlotFinder } from './slots.ts';
import { Tally } from './tally.ts';

/** How entries are judged. */
export interface EntryCheckerOptions {
  /** MAXPHYADDR of the host: address bits from it on are reserved. Undefined: 52, none is. */
  readonly hostAddressBits?: number;
  /** Hold host frames against the slots'. Default false: a trace's are its host's own affair. */
  readonly comparesFrames?: boolean;
  /** A page where no slot is, is wrong. Default true: so it is of KVM; an identity map has devices besides. */
  readonly requiresSlots?: boolean;
}

/** Page of the local APIC, for which KVM has a slot of its own (`APIC_ACCESS_PAGE_PRIVATE_MEMSLOT`). */
const APIC_PAGE = 0xfee00;
/** Types 2, 3 and 7, a bit each. */
const RESERVED_TYPES = (1 << 2) | (1 << 3) | (1 << 7);
const LARGEST_LEVEL = 3;

/** Judges entries. */
export class EntryChecker {
  readonly tally = new Tally();
  /** Leaves of KVM's own APIC page, which no config states. */
  apicPages = 0;
  readonly #candidates: readonly Candidate[];
  readonly #frames: number;
  readonly #slots: SlotFinder | undefined;
  readonly #pfnEnd: number;
  readonly #comparesFrames: boolean;
  readonly #withoutSlot: number;
  readonly #leaves = new LeafList();

  /**
   * @param candidates - what to hold every entry against
   * @param vcpu - whose slots and space
   */
  constructor(candidates: readonly Candidate[], vcpu: Vcpu, options: EntryCheckerOptions = {}) {
    this.#candidates = candidates;
    this.#frames = frameCount(vcpu.maxphyaddr);
    this.#slots = statesSlots(vcpu) ? new SlotFinder(vcpu.slots) : undefined;
    this.#pfnEnd = 2 ** ((options.hostAddressBits ?? 52) - 12);
    this.#comparesFrames = options.comparesFrames ?? false;
    this.#withoutSlot = options.requiresSlots === false ? 0 : NO_SLOT;
  }

  /** Judges a batch; its columns may be used again afterwards. */
  push(batch: EntryBatch): void {
    const { count, low, high, level, gfn, space } = batch;
    const leaves = this.#leaves;
    leaves.count = 0;
    for (let i = 0; i < count; i++) {
      if (space[i] !== 0) {
        this.tally.smm += 1;
        continue;
      }
      const kind = kindOf(low[i]!, high[i]!, level[i]!);
      this.tally.add(low[i]!, high[i]!, level[i]!, kind);
      if (kind === LEAF) {
        const causes = this.#causesOfLeaf(low[i]!, high[i]!, level[i]!, gfn[i]!);
        if ((causes & BEYOND_SPACE) !== 0 || level[i]! > LARGEST_LEVEL) this.#addToAll(batch, i, causes);
        else {
          leaves.index[leaves.count] = i;
          leaves.gfn[leaves.count] = gfn[i]!;
          leaves.causes[leaves.count] = causes;
          leaves.count += 1;
        }
      } else if (kind === NON_LEAF) {
        if ((low[i]! & (TYPE_MASK | IPAT)) !== 0 || this.#isBeyondHost(low[i]!, high[i]!)) {
          this.#addToAll(batch, i, RESERVED_BITS);
        } else if ((low[i]! & (READ | WRITE)) === WRITE) this.#addToAll(batch, i, WRITE_ONLY);
      } else if (kind === MMIO) this.#checkMmio(batch, i);
    }
    for (const candidate of this.#candidates) candidate.check(batch, leaves);
  }

  #isBeyondHost(low: number, high: number): boolean {
    return (high & HIGH_ADDRESS) * 2 ** 20 + (low >>> 12) >= this.#pfnEnd;
  }

  /** What is wrong with a leaf under any policy. */
  #causesOfLeaf(low: number, high: number, level: number, gfn: number): number {
    let causes = 0;
    if ((low & (READ | WRITE)) === WRITE) causes |= WRITE_ONLY;
    if (((1 << ((low & TYPE_MASK) >>> 3)) & RESERVED_TYPES) !== 0) causes |= RESERVED_TYPE;
    if (this.#isBeyondHost(low, high)) causes |= RESERVED_BITS;
    if (level > 1) {
      if (level > LARGEST_LEVEL) causes |= RESERVED_BITS;
      else {
        const frames = LEAF_FRAMES[level]!;
        if (gfn % frames !== 0 || ((low >>> 12) & (frames - 1)) !== 0) causes |= MISALIGNED;
      }
    }
    if (gfn >= this.#frames) return causes | BEYOND_SPACE;
    return this.#slots ? causes | this.#causesOfSlot(this.#slots, low, high, gfn) : causes;
  }

  #causesOfSlot(slots: SlotFinder, low: number, high: number, gfn: number): number {
    const slot = slots.at(gfn);
    if (!slot) {
      if (gfn !== APIC_PAGE || this.#withoutSlot === 0) return this.#withoutSlot;
      this.apicPages += 1;
      return 0;
    }
    const isWritable = slot.readonly && (low & WRITE) !== 0;
    if (!this.#comparesFrames) return isWritable ? PERMISSION : 0;
    const pfn = (high & HIGH_ADDRESS) * 2 ** 20 + (low >>> 12);
    return (isWritable ? PERMISSION : 0) | (pfn === slot.pfn + gfn - slot.gfn ? 0 : WRONG_PFN);
  }

  /** KVM writes it on purpose where no slot is; anybody else's is misconfigured. */
  #checkMmio(batch: EntryBatch, i: number): void {
    const isInSlot = this.#slots?.at(batch.gfn[i]!) !== undefined;
    for (const candidate of this.#candidates) {
      const { requiresSlots } = candidate.policies[0]!.traits;
      if (requiresSlots && !isInSlot) continue;
      this.#addTo(candidate, batch, i, requiresSlots ? MMIO_IN_SLOT : WRITE_ONLY);
    }
  }

  #addToAll(batch: EntryBatch, i: number, causes: number): void {
    for (const candidate of this.#candidates) this.#addTo(candidate, batch, i, causes);
  }

  #addTo({ findings }: Candidate, batch: EntryBatch, i: number, causes: number): void {
    const level = batch.level[i]!;
    const frames = LEAF_FRAMES[level]!;
    const start = batch.gfn[i]! - (batch.gfn[i]! % frames);
    const undefinedType = TYPE_MASK;
    const [low, high] = [batch.low[i]!, batch.high[i]!];
    findings.add(causes, batch.line[i]!, start, frames, low, high, level, undefinedType, 0);
  }
}
