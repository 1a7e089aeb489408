/** What is known of a machine that no engine models, and that its Linux and its firmware go by. */
import type { GfnRange } from '../types.ts';

/** Facts of a machine. */
export interface HostFacts {
  /** Frames that SMRR keeps for system management mode, outside of which they are UC; undefined where none are. */
  readonly smram: GfnRange | undefined;
  /** How many of the highest address bits TME-MK takes for KeyIDs; 0 where none. */
  readonly keyIdBits: number;
}
