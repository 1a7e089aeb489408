/** What came of following a running KVM's trace. */
import type { Policy } from '../../policy/index.ts';
import type { Vcpu } from '../../vm/index.ts';
import type { ReplayEvent } from '../event.ts';
import type { ReplayStep } from '../outcome.ts';
import type { Departure } from './departures.ts';
import type { EntryEffects } from './step-journal.ts';

/** A leaf that a step installed, held against the model bit for bit; type and level are the step's departures' affair. */
export interface FollowedLeaf {
  /** Of the trace. */
  readonly line: number;
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
  /**
   * How its bits compare: `right`; `replaced-table`: it took the place of a table, and W and D are no first fault's;
   * `not-executable`: a large one without X, as nx_huge_pages has it; `wrong`.
   */
  readonly bits: 'right' | 'replaced-table' | 'not-executable' | 'wrong';
  /** It took the place of a table, so that no first fault installed it. */
  readonly replacesTable: boolean;
}

/** One step, held against the model. */
export interface FollowedStep {
  /** Number of the event, from 1. */
  readonly step: number;
  readonly event: ReplayEvent;
  /** What the model says came of it. */
  readonly replayed: ReplayStep;
  /** Entries of the model, nested guests' aside, and of the trace, by what became of them. */
  readonly expected: EntryEffects;
  readonly found: EntryEffects;
  /** Leaves that it installed, in slots. */
  readonly leaves: readonly FollowedLeaf[];
  /** The line of its mark, and lines of entries behind it. */
  readonly line: number;
  readonly lines: number;
  /** Where the kernel departs; empty: it agrees. */
  readonly departures: readonly Departure[];
  /** The vCPU whose event it is, or the first, in the VM as it is after the step: what an evaluator explains. */
  readonly vcpu: Vcpu;
}

/** Why no more of a trace could be judged. */
export type TraceTroubleKind =
  | 'no-marks'
  | 'no-changes'
  | 'lost-events'
  | 'cut'
  | 'odd-line'
  | 'out-of-order'
  | 'too-many-steps'
  | 'started-before'
  | 'unknown-entry'
  | 'other-kernel';

/** See {@link TraceTroubleKind}. */
export interface TraceTrouble {
  readonly kind: TraceTroubleKind;
  /** Where, from 1; undefined: in the file as a whole. */
  readonly line: number | undefined;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What helps, without a full stop. */
  readonly remedy: string;
}

/** A leaf that took the place of a table, with W and D as no first fault has them. */
export interface ReplacedTable {
  readonly line: number;
  readonly gfn: number;
  readonly level: number;
  readonly entry: bigint;
}

/** See the head of the file. */
export interface Followed {
  readonly policy: Policy;
  /** Events of the scenario that happened in the model: those of the steps, and one whose entries are another kernel's. */
  readonly events: number;
  /** Steps that were judged; the last one departs where any does. */
  readonly steps: readonly FollowedStep[];
  /** The first step at which the kernel departs. */
  readonly departure: FollowedStep | undefined;
  /** Why it ends before the scenario does. */
  readonly trouble: TraceTrouble | undefined;
  /** Leaf entries that were held against the model bit for bit. */
  readonly leaves: number;
  readonly replacedTables: readonly ReplacedTable[];
  /** Large leaves without X: the mitigation nx_huge_pages. */
  readonly notExecutable: number;
}
