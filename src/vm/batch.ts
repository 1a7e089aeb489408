/** Layouts by the thousand: what kinds a generator makes, what is asked of them at once, and what is counted. */
import type { Policy } from '../policy/index.ts';
import type { Want } from '../types.ts';
import type { MatrixCell } from './comparison.ts';
import type { MsrWrite, Vcpu } from './vcpu.ts';

/**
 * Kinds of layouts that can be generated: as firmware writes them (`typical`: default UC with a chain of WB ranges and
 * holes in it, or default WB with holes; `uc-holes` and `wb-default` are one of the two alone), and as nobody should.
 * docs/layouts.md describes each.
 */
export const LAYOUT_KINDS = [
  'typical',
  'uc-holes',
  'wb-default',
  'any',
  'overlapping',
  'unaligned',
  'fixed',
  'tom2',
  'masks-with-holes',
] as const;
/** One of {@link LAYOUT_KINDS}. */
export type LayoutKind = (typeof LAYOUT_KINDS)[number];

/** Pairs of base and mask of a layout, where a batch answers it itself: more are for another engine. */
export const MOST_BATCH_RANGES = 10;

/** Layouts that are made from their numbers. */
export interface GeneratedLayouts {
  readonly kind: LayoutKind;
  /** 64 bits. */
  readonly seed: bigint;
  /** Fewest and most pairs of base and mask, 0..10. */
  readonly ranges: readonly [fewest: number, most: number];
}

/** One side of a batch: a machine whose registers each layout replaces, under a policy. */
export interface BatchSide {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

/** What a batch can count. */
export type BatchWant = Extract<Want, 'mtrr' | 'ept'>;

/** What is asked of every layout. */
export interface BatchQuestion {
  readonly layouts: GeneratedLayouts;
  /** One side, whose answers are counted, or two that are held against each other. */
  readonly sides: readonly [BatchSide] | readonly [BatchSide, BatchSide];
  readonly want: BatchWant;
  /** How many of the smallest layouts that differ are kept, 0..64. */
  readonly smallest: number;
  /** Whether all layouts that differ are listed. */
  readonly list: boolean;
  /** Whether each layout is held against the theorem on KVM before 6.11. */
  readonly theorem: boolean;
}

/** A layout that differs. */
export interface DifferingLayout {
  readonly index: bigint;
  /** Ranges that are on. */
  readonly ranges: number;
  /** Pages that differ. */
  readonly pages: bigint;
}

/** Layouts with one number of ranges. */
export interface RangeCounts {
  readonly layouts: bigint;
  readonly differing: bigint;
  /** Pages that differ. */
  readonly pages: bigint;
}

/** Layouts held against the theorem on KVM before 6.11. */
export interface TheoremCounts {
  /** Layouts that it is about. */
  readonly held: bigint;
  /** Layouts on which it fails. */
  readonly exceptions: bigint;
  /** Index of the first of those. */
  readonly first: bigint | undefined;
}

/** What is counted of layouts. */
export interface BatchCounts {
  /** Layouts that were answered. */
  readonly layouts: bigint;
  /** Layouts of which a side refuses a register, and which are counted nowhere else. */
  readonly refused: bigint;
  /** Pages by pair of answers, equal ones too, most pages first; of one side alone: its answers as both. */
  readonly matrix: readonly MatrixCell<BatchWant>[];
  /** By the number of ranges that are on, from 0. */
  readonly byRanges: readonly RangeCounts[];
  /** A sum over layouts modulo 2^64, so that digests of parts add up to that of the whole. */
  readonly digest: bigint;
  /** Index of the first layout that differs. */
  readonly first: bigint | undefined;
  /** The smallest layouts that differ: by ranges, then pages, then index. */
  readonly smallest: readonly DifferingLayout[];
  /** The layouts that differ, ascending, where they are listed. */
  readonly found: readonly DifferingLayout[];
  /** What comes of holding layouts against the theorem; all 0 where none is. */
  readonly theorem: TheoremCounts;
}

/** What an engine counts in one call, and which layouts it leaves to another one. */
export interface EngineBatchCounts extends BatchCounts {
  /** Places in the call, from 0, ascending. */
  readonly left: readonly number[];
}

/** A batch of an engine's. */
export interface EngineBatch {
  /** Whether layouts are held against the theorem: where it was asked for and is about these sides. */
  readonly holdsTheorem: boolean;
  /** Most layouts of a call of {@link run}, and of {@link runLayouts}. */
  readonly mostLayouts: number;
  readonly mostGiven: number;
  /**
   * Makes and counts layouts.
   *
   * @param first - index of the first
   * @param count - 0..{@link mostLayouts}
   */
  run(first: bigint, count: number): EngineBatchCounts;
  /**
   * Counts layouts that are handed in.
   *
   * @param first - index of the first
   * @param layouts - at most {@link mostGiven}, register writes each
   */
  runLayouts(first: bigint, layouts: readonly (readonly MsrWrite[])[]): EngineBatchCounts;
  /** The register writes of a generated layout. */
  layout(index: bigint): readonly MsrWrite[];
  /** Gives the memory back. Harmless twice. */
  dispose(): void;
}
