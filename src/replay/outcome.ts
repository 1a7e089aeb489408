/** What comes of an event, and of a replay as a whole. */
import type { Policy } from '../policy/index.ts';
import type { ReplayEvent } from './event.ts';
import type { ReplayReport } from './report.ts';
import type { Lost, Touched } from './shared-ept.ts';
import type { Window, WindowTotals } from './windows.ts';
import type { ZapRange } from './zap-rules.ts';

/** Why entries were zapped. */
export type ZapReason = 'mtrr' | 'cr0cd' | 'dma' | 'slot' | 'dirty-log';

/** Entries that an event zapped, or would have if the range were not empty. */
export interface Zap {
  readonly reason: ZapReason;
  readonly ranges: readonly ZapRange[];
  /** Entries and pages that were mapped there. */
  readonly lost: Lost;
}

/**
 * How an event ended: `#GP`: the write was refused and changed nothing; `ignored`: the kernel takes the request
 * and does nothing; `refused`: it does not take it.
 */
export type EventOutcome = 'done' | '#GP' | 'ignored' | 'refused';

/** What came of an event. */
export interface ReplayStep {
  /** Position of the event, from 0. */
  readonly index: number;
  readonly event: ReplayEvent;
  readonly verdict: EventOutcome;
  readonly zap: Zap | undefined;
  readonly touched: Readonly<Touched> | undefined;
  /** Pages in slots on which the vCPUs disagree afterwards. */
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

/** What a replay came to. */
export interface ReplaySummary {
  readonly policy: Policy;
  /** Events that happened. */
  readonly events: number;
  /** Position of the refused write at which the replay stopped. */
  readonly stoppedAt: number | undefined;
  /** Register writes that were refused with #GP. */
  readonly faults: number;
  readonly zaps: readonly ZapTotal[];
  readonly installed: number;
  readonly replaced: number;
  /** Pages that were accessed through an entry that the accessing vCPU's state does not demand. */
  readonly foreignAccesses: number;
  readonly windows: readonly Window[];
  readonly windowTotals: WindowTotals;
  /** How things stand at the end. */
  readonly last: ReplayReport;
}
