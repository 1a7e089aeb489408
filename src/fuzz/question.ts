/** What sides are asked, what it is when they disagree, and how much was asked. */
import type { Policy } from '../policy/index.ts';
import type { GfnRange, PatType, Want } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';

/** A vCPU under a policy, and the PAT type that `effective` is asked for. */
export interface Subject {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  readonly pat: PatType;
}

/** What was asked when two sides disagreed. `spans`: values differ; `cuts`: the same values, cut differently. */
export type Question =
  | { readonly what: 'wrmsr' | 'explanation' | 'crash' }
  | { readonly what: 'types' | 'entries' | 'type-set' | 'digest' | 'types-of' | 'entries-of' }
  | { readonly what: 'spans' | 'cuts' | 'totals' | 'refusal'; readonly want: Want };

/** Two sides that answer one question differently. */
export interface Disagreement {
  readonly question: Question;
  /** Frames that show it; where values differ, those that differ first. */
  readonly range: GfnRange;
  /** Frames that were asked for, where these are more: asked for alone, `range` need not show it. */
  readonly asked?: GfnRange;
  readonly left: { readonly who: string; readonly says: string };
  readonly right: { readonly who: string; readonly says: string };
}

/** How much was compared. */
export interface Tally {
  /** Ranges that were asked for in spans, once for each want, and the pages in them. */
  ranges: number;
  pages: number;
  /** Of these ranges: those with a page whose type is undefined. */
  undefinedRanges: number;
  /** Whole guest spaces that were asked for in spans, once for each want; not among the ranges. */
  spaces: number;
  /** Pages that were asked for one by one or in tiles, and those of them whose type is undefined. */
  singles: number;
  undefinedSingles: number;
  /** Questions that the policy has no answer to, refused by every side. */
  unsupported: number;
  /** Questions that an engine gave up. */
  givenUp: number;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    ranges: 0,
    pages: 0,
    undefinedRanges: 0,
    spaces: 0,
    singles: 0,
    undefinedSingles: 0,
    unsupported: 0,
    givenUp: 0,
  };
}
