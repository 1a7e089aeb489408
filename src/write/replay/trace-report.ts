/** A running KVM's trace held against a scenario: what its formats are written from. */
import type { Followed } from '../../replay/index.ts';
import type { TraceSource } from '../../trace/index.ts';
import type { ReplayHead } from './json.ts';

/** See the head of the file. */
export interface FollowedReport {
  readonly head: ReplayHead;
  /** Events of the scenario. */
  readonly count: number;
  readonly source: TraceSource;
  readonly followed: Followed;
  /** Rules and registers behind the first page on which the kernel departs, a line each. */
  readonly why: readonly string[];
}
