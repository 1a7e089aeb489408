/** What a trace of a running KVM says, line by line. Plain data: `read/trace/` makes it of text, a lab of its own log. */

/** Where a line stands. */
interface LineBase {
  /** Line of the file, from 1. */
  readonly line: number;
}

/** `eptsweep step N` in `trace_marker`: what follows belongs to event N of the scenario, counted from 1. */
export interface StepMark extends LineBase {
  readonly kind: 'step';
  readonly step: number;
}

/** `eptsweep end`: what follows belongs to no event. */
export interface EndMark extends LineBase {
  readonly kind: 'end';
}

/** `kvm_tdp_mmu_spte_changed`: an entry of any level became another. */
export interface EntryChange extends LineBase {
  readonly kind: 'change';
  /** KVM's address space: 0, or 1 for SMM. */
  readonly space: number;
  readonly gfn: number;
  /** Level of the table that the entry stands in, 1..5. */
  readonly level: number;
  readonly before: bigint;
  readonly after: bigint;
}

/** `kvm_mmu_split_huge_page`, done: 512 children took the place of a large entry and inherit from it. */
export interface EntrySplit extends LineBase {
  readonly kind: 'split';
  readonly gfn: number;
  /** Level of the large entry, 2 or 3. */
  readonly level: number;
  readonly entry: bigint;
}

/** The recorder lost events, by its own account. */
export interface LostEvents extends LineBase {
  readonly kind: 'lost';
  /** How many; undefined where it does not say. */
  readonly events: number | undefined;
}

/** A line that begins as one of these and breaks off. */
export interface OddTraceLine extends LineBase {
  readonly kind: 'odd';
  readonly text: string;
}

/** One line that bears on entries. */
export type LiveLine = StepMark | EndMark | EntryChange | EntrySplit | LostEvents | OddTraceLine;
