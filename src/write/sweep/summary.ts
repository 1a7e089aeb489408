/** What is written of a campaign's summary, in whichever format. */
import type { Campaign, Summary } from '../../sweep/index.ts';
import type { Titled } from './words.ts';

/** A summary with what it is of. */
export interface SummaryReport extends Titled {
  readonly campaign: Campaign;
  readonly summary: Summary;
  /** Blocks that are in it; fewer than there are while a campaign runs. */
  readonly blocks: number;
  /** Of all counters, 64 hex digits. */
  readonly resultDigest: string;
}
