/** What comes of an event, and of a replay as a whole. */
import type { Policy } from '../policy/index.ts';
import type { DesignRules } from './design.ts';
import type { EventOutcome, ReplayEvent } from './event.ts';
import type { Recovery } from './recovery.ts';
import type { ReplayReport } from './report.ts';
import type { Lost, Touched } from './shared-ept.ts';
import type { Window, WindowTotals } from './windows.ts';
import type { ZapRange } from './zap-rules.ts';

/** Why entries were zapped; `root`: they went with the root that nobody held any more. */
export type ZapReason = 'mtrr' | 'cr0cd' | 'dma' | 'slot' | 'dirty-log' | 'root';

/** Entries that an event zapped, or would have if the range were not empty. */
export interface Zap {
  readonly reason: ZapReason;
  readonly ranges: readonly ZapRange[];
  /** Entries and pages that were mapped there, and those of `withRoot`. */
  readonly lost: Lost;
  /** Those of them that went with the root of the vCPU, which the same event has it leave, and nobody else holds. */
  readonly withRoot?: Lost;
}

/** What an event did to entries. */
export interface StepEffects {
  readonly zap?: Zap;
  readonly touched?: Readonly<Touched>;
  /** Large entries that were split into small ones of their type as dirty logging began. */
  readonly split?: number;
  /** Large entries that took the place of small ones as dirty logging ended. */
  readonly recovered?: number;
  /** Where dirty logging ended: what recovering large pages would take. */
  readonly recovery?: Recovery;
}

/** What came of an event. */
export interface ReplayStep extends Omit<StepEffects, 'zap' | 'touched'> {
  readonly zap: Zap | undefined;
  readonly touched: Readonly<Touched> | undefined;
  /** Position of the event, from 0. */
  readonly index: number;
  readonly event: ReplayEvent;
  readonly verdict: EventOutcome;
  /** Pages in slots on which the vCPUs that run disagree afterwards. */
  readonly disagree: number;
  /** Set where a report was due. */
  readonly report: ReplayReport | undefined;
}

/** Zaps of one reason. */
export interface ZapTotal {
  readonly reason: ZapReason;
  readonly count: number;
  /** Zaps of an empty range, or one that runs backwards: none of them zapped anything. */
  readonly empty: number;
  readonly entries: number;
  readonly pages: number;
}

/** Events after which something held. */
export interface EventsWith {
  readonly events: number;
  /** Position of the first of them; undefined: there was none, or it held from the start. */
  readonly first: number | undefined;
}

/** What a replay came to. */
export interface ReplaySummary {
  readonly policy: Policy;
  readonly design: DesignRules;
  /** Events that happened. */
  readonly events: number;
  /** Position of the refused write at which the replay stopped. */
  readonly stoppedAt: number | undefined;
  /** Register writes that were refused with #GP. */
  readonly faults: number;
  readonly zaps: readonly ZapTotal[];
  readonly installed: number;
  readonly replaced: number;
  /** Entries that were installed for pages that had been mapped before. */
  readonly refaults: { readonly entries: number; readonly pages: number };
  /** Entries that were installed with a type that is known without asking a vCPU. */
  readonly installedWithoutVcpu: number;
  /** Pages that were accessed through an entry that the accessing vCPU's state does not demand. */
  readonly foreignAccesses: number;
  /** Most roots at once, after any event. */
  readonly peakRoots: number;
  /** Most pages of page tables, of all reports. */
  readonly peakTables: number;
  /** What a VM that asserts uniformity refuses: registers of the vCPUs that run differ, and differ in effect. */
  readonly uniformity: { readonly registers: EventsWith; readonly effect: EventsWith };
  /** Of all events at which dirty logging ended; undefined: there was none. */
  readonly recovery: Recovery | undefined;
  readonly windows: readonly Window[];
  readonly windowTotals: WindowTotals;
  /** How things stand at the end. */
  readonly last: ReplayReport;
}
