/** What comes of holding two views against each other. */
import type { GfnRange, Span } from '../types.ts';

/** The value fields of a span, as they hold for one page of it. */
export type Answer = Omit<Span, 'start' | 'end'>;

/** Frames for which two sides answer differently, each in one way throughout. */
export interface Difference extends GfnRange {
  /** One side's answer for the first frame. */
  readonly a: Answer;
  /** The other side's. */
  readonly b: Answer;
}

/** Pages for which one side answers `a` and the other `b`; a leaf's entry without its address. */
export interface MatrixCell {
  readonly a: Answer;
  readonly b: Answer;
  readonly pages: bigint;
}

/** Two sides held against each other. */
export interface Comparison {
  /** Pages that differ. */
  readonly pages: bigint;
  /** Pages that were compared. */
  readonly compared: bigint;
  /** Every pair of answers that occurs, equal ones too, most pages first. */
  readonly matrix: readonly MatrixCell[];
  /**
   * The differing frames.
   *
   * @returns maximal spans, ascending, found as they are asked for
   */
  spans(): IterableIterator<Difference>;
}
