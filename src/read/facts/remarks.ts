/** What one block of a text says beside registers and memory: what it complains of, what is torn, whose it is. */

import type { Vendor } from '../../policy/index.ts';
import type { Subject } from '../../vm/index.ts';
import { ownText } from '../bytes.ts';
import type { Complaint, DmaDevice, DmaUnit, Facts, Place, Platform, Stage, Torn } from './facts.ts';

/** Entries of one kind that are kept; the first of them say it all. */
const MOST_REMARKS = 256;
/** Devices that are kept: more than a large server's. */
const MOST_DEVICES = 4096;

/** The facts that {@link Remarks} gathers. */
export type RemarkFacts = Pick<
  Facts,
  | 'torn'
  | 'complaints'
  | 'platform'
  | 'vendor'
  | 'stages'
  | 'dmaUnits'
  | 'assignedDevices'
  | 'dmaDevices'
  | 'selfSnoop'
  | 'keyIds'
  | 'rewritten'
>;

/** The remarks of one block. */
export class Remarks {
  readonly torn: Torn[] = [];
  readonly complaints: Complaint[] = [];
  readonly stages: Stage[] = [];
  readonly dmaUnits = new Map<string, DmaUnit>();
  readonly assigned = new Map<string, Place>();
  platform: Platform | undefined;
  vendor: Facts['vendor'];
  readonly dmaDevices = new Map<string, DmaDevice>();
  selfSnoop: Facts['selfSnoop'];
  keyIds: Facts['keyIds'];
  rewritten: Place | undefined;

  /** As facts. */
  facts(): RemarkFacts {
    return {
      torn: this.torn,
      complaints: this.complaints,
      platform: this.platform,
      vendor: this.vendor,
      stages: this.stages,
      dmaUnits: [...this.dmaUnits.values()],
      assignedDevices: [...this.assigned].map(([name, at]) => ({ name, at })),
      dmaDevices: [...this.dmaDevices.values()],
      selfSnoop: this.selfSnoop,
      keyIds: this.keyIds,
      ...(this.rewritten && { rewritten: this.rewritten }),
    };
  }
}

/** States remarks at one line; those of a block that is not kept go nowhere. */
export class RemarkAt {
  readonly #remarks: Remarks | undefined;
  readonly #at: Place;

  constructor(remarks: Remarks | undefined, at: Place) {
    this.#remarks = remarks;
    this.#at = at;
  }

  /** The text held more of a subject than it does; the line is damaged, or the last before what is missing. */
  torn(subject: Subject, what: string, isAll = false): void {
    const list = this.#remarks?.torn;
    if (!list || list.length >= MOST_REMARKS) return;
    if (list.some((one) => one.subject === subject && one.what === what)) return;
    list.push({ subject, what: ownText(what), isAll, at: this.#at });
  }

  /** The kernel rewrote the variable ranges that it printed, and not to what. */
  rewritten(): void {
    if (this.#remarks) this.#remarks.rewritten = this.#at;
  }

  /** The log complains; the same words are told once, with the first line. */
  complain(complaint: Omit<Complaint, 'at'>): void {
    const list = this.#remarks?.complaints;
    if (!list || list.length >= MOST_REMARKS || list.some(({ text }) => text === complaint.text)) return;
    list.push({ ...complaint, text: ownText(complaint.text), at: this.#at });
  }

  /** The machine is a guest, or none: a guest's kernel may name both, and then it is one. */
  platform(kind: Platform['kind'], name: string, why?: string): void {
    const known = this.#remarks?.platform;
    // What a line says counts more than what a name lets one infer; a guest's kernel may take its machine for bare hardware.
    const isFirmer = known?.kind === 'metal' || (known?.why !== undefined && why === undefined);
    if (!this.#remarks || (known && !(kind === 'guest' && isFirmer))) return;
    this.#remarks.platform = {
      kind,
      name: ownText(name),
      ...(why !== undefined && { why: ownText(why) }),
      at: this.#at,
    };
  }

  /** Whose CPU it is; the first word counts. */
  vendor(name: Vendor): void {
    if (this.#remarks) this.#remarks.vendor ??= { name, at: this.#at };
  }

  /** An IOMMU of the host. */
  dmaUnit(name: string, snoopControl: boolean): void {
    const units = this.#remarks?.dmaUnits;
    if (!units || units.size >= MOST_REMARKS) return;
    units.set(ownText(name), { name: ownText(name), snoopControl, at: this.#at });
  }

  /** A device that a guest was given. */
  assigned(name: string): void {
    const assigned = this.#remarks?.assigned;
    if (assigned && assigned.size < MOST_REMARKS && !assigned.has(name))
      assigned.set(ownText(name), this.#at);
  }

  /** Where a device of the host sits: its IOMMU group, or its IOMMU. */
  dmaDevice(name: string, place: Partial<Pick<DmaDevice, 'group' | 'unit'>>): void {
    const devices = this.#remarks?.dmaDevices;
    const known = devices?.get(name);
    if (!devices || (!known && devices.size >= MOST_DEVICES)) return;
    devices.set(ownText(name), { name: ownText(name), group: known?.group, unit: known?.unit, ...place });
  }

  /** Whether the host's CPU has self-snoop; the first word counts. */
  selfSnoop(has: boolean): void {
    if (this.#remarks) this.#remarks.selfSnoop ??= { has, at: this.#at };
  }

  /** How many address bits are KeyIDs; the first word counts. */
  keyIds(bits: number): void {
    if (this.#remarks) this.#remarks.keyIds ??= { bits, at: this.#at };
  }

  /** A state of the registers that the text shows beside others, and whether the registers are of it. */
  stage(name: string, taken: boolean): void {
    this.#remarks?.stages.push({ name, taken, at: this.#at });
  }
}
