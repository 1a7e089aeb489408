/** The words in which other systems' readings of MTRRs are told apart. */

/** How a peer reads MTRRs. */
export interface PeerRules {
  /** What it answers while DEF_TYPE.E = 0: UC, nothing at all, or what the ranges say since E is not looked at. */
  readonly disabled: 'uc' | 'undefined' | 'not-looked-at';
  /**
   * Below 1 MiB with DEF_TYPE.FE = 1: the fixed range's type; the fixed range only where it is UC, else the
   * variable ranges; or UC throughout.
   */
  readonly fixed: 'applied' | 'uc-only' | 'all-uc';
  /**
   * Which frames a variable range covers: those that agree with the base in the mask's bits; from the base as
   * many as the mask's lowest bit says (none for a mask of 0); or from the base, which is not aligned down,
   * 2^MAXPHYADDR less the mask (to the end for a mask of 0).
   */
  readonly match: 'mask' | 'lowest-bit' | 'size-of-mask';
  /**
   * Which type wins where ranges overlap, in register order: the manual's, else the last register's; WT for WB
   * with WT, else UC; the last register's but for a UC one before it, which ends the search too late; UC ends
   * the search, WT stays over WB, else the last; UC where any is UC, other types never count; the lowest number.
   */
  readonly overlap: 'manual-or-last' | 'wt-or-uc' | 'hyperdbg' | 'uc-ends' | 'uc-or-nothing' | 'lowest';
  /** AMD's TOM2 with Tom2ForceMemTypeWB: not looked at, or WB from 4 GiB on even where a range is UC. */
  readonly tom2: 'not-looked-at' | 'wins';
}
