/** What comes of holding two views against each other. */
import type { AnswerOf, GfnRange, Want } from '../types.ts';

/** Frames for which two sides answer differently, each in one way throughout. */
export interface Difference<W extends Want = Want> extends GfnRange {
  /** One side's answer for the first frame. */
  readonly a: AnswerOf<W>;
  /** The other side's. */
  readonly b: AnswerOf<W>;
}

/** Pages for which one side answers `a` and the other `b`; a leaf's entry without its address. */
export interface MatrixCell<W extends Want = Want> {
  readonly a: AnswerOf<W>;
  readonly b: AnswerOf<W>;
  readonly pages: bigint;
}

/** Two sides held against each other. */
export interface Comparison<W extends Want = Want> {
  /** Pages that differ. */
  readonly pages: bigint;
  /** Pages that were compared. */
  readonly compared: bigint;
  /** Every pair of answers that occurs, equal ones too, most pages first. */
  readonly matrix: readonly MatrixCell<W>[];
  /**
   * The differing frames.
   *
   * @returns maximal spans, ascending, found as they are asked for
   */
  spans(): IterableIterator<Difference<W>>;
}
