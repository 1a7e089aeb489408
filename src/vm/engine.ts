/**
 * What the three engines have in common. Each decodes the vCPU's registers itself; none borrows another's tables
 * or cuts. Whoever stands above `engine/` sees its `Evaluator` and `View` instead, and imports nothing of this.
 */
import type { Policy } from '../policy/index.ts';
import type { GfnRange, MemoryType, SpanOf, TotalOf, Want } from '../types.ts';
import type { DifferingPages, EngineName, EntryBuffer, PageVisit, Query } from './asking.ts';
import type { BatchQuestion, EngineBatch } from './batch.ts';
import type { Comparison } from './comparison.ts';
import type { Vcpu } from './vcpu.ts';

/**
 * One vCPU under one policy, opened by an engine. Views are independent; results of tiles are not. Every method
 * of a view that has been disposed of, or whose engine has, throws EptsweepError `disposed`, and so does an
 * iterator of it that is asked for more.
 */
export interface EngineView {
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  /**
   * Spans of one answer, ascending, maximal, covering the range.
   *
   * @param want - what is asked
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns the spans, found as they are asked for
   * @throws InputError where the policy has no such want; EptsweepError `too-many-spans` where an engine that
   * goes page by page gives up (never `auto`)
   */
  spans<W extends Want>(want: W, query?: Query): IterableIterator<SpanOf<W>>;
  /**
   * Exact page counts of the range by answer, ascending by value, null and undefined (-1) first; `leaf`
   * counts by level and the entry without its address (bits 12..51).
   *
   * @param want - what is asked
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns one total an answer that occurs
   */
  totals<W extends Want>(want: W, query?: Query): readonly TotalOf<W>[];
  /**
   * EPT memory types of up to {@link TYPE_TILE_FRAMES} frames, a byte each, {@link UNDEFINED_TYPE_BYTE} where
   * undefined. The array is valid until the engine's next call.
   *
   * @param first - GFN of the first
   * @param count - frames, 0..{@link TYPE_TILE_FRAMES}
   * @returns a byte a frame
   */
  types(first: number, count: number): Uint8Array;
  /**
   * 4 KiB leaf entries of up to {@link TILE_FRAMES} frames: what is written for each frame if it is mapped
   * at level 1; 0 where no slot maps it; type bits {@link UNDEFINED_ENTRY_TYPE} where the type is undefined.
   * The array is valid until the engine's next call.
   *
   * @param first - GFN of the first
   * @param count - frames, 0..{@link TILE_FRAMES}
   * @returns an entry a frame
   */
  entries(first: number, count: number): BigUint64Array;
  /**
   * Fills a buffer with {@link entries}, where an engine has buffers.
   *
   * @param buffer - of the same engine
   * @param first - GFN of its first element
   */
  fill?(buffer: EntryBuffer, first: number): void;
  /**
   * EPT memory types of up to {@link TILE_FRAMES} frames in any order, as {@link types} writes them. The array
   * is valid until the engine's next call.
   *
   * @param gfns - guest frame numbers
   * @returns a byte a frame
   */
  typesOf(gfns: Float64Array): Uint8Array;
  /**
   * 4 KiB leaf entries of up to {@link TILE_FRAMES} frames in any order, as {@link entries} writes them.
   *
   * @param gfns - guest frame numbers
   * @returns an entry a frame; valid until the engine's next call
   */
  entriesOf(gfns: Float64Array): BigUint64Array;
  /**
   * The distinct types of the variable ranges (or of the fixed range, or the default) that decide a frame's
   * MTRR type, ascending: more than one where ranges overlap.
   *
   * @param gfn - guest frame number
   * @returns at least one type
   */
  typeSet(gfn: number): readonly MemoryType[];
  /**
   * Digest of the range's 4 KiB entries (as {@link entries} has them), which depends on their order: with
   * K = 6364136223846793005, the polynomial e0*K^(n-1) + e1*K^(n-2) + ... modulo 2^64.
   *
   * @param range - half-open frames; default the whole space
   * @returns 64 bits; 0n for no entries
   */
  digest(range?: GfnRange): bigint;
  /**
   * Visits every page of a range, where an engine goes page by page (`direct`).
   *
   * @param range - half-open frames
   * @returns digest and counts
   */
  visit?(range: GfnRange): PageVisit;
  /**
   * Holds every page of a range against another view, where an engine goes page by page.
   *
   * @param other - a view of the same engine
   * @param range - half-open frames
   * @returns how many pages differ, and the first
   */
  differences?(other: EngineView, range: GfnRange): DifferingPages;
  /** Gives the view's memory back. Harmless twice. */
  dispose(): void;
}

/** An evaluation engine. */
export interface Engine {
  readonly name: EngineName;
  /**
   * Opens a vCPU under a policy.
   *
   * @param vcpu - what `vcpu()` or `vcpuOf()` made
   * @param policy - the rules
   * @returns a view; dispose of it when done
   * @throws WrmsrFault for the first register write that is refused
   */
  open(vcpu: Vcpu, policy: Policy): EngineView;
  /**
   * Compares two of its views without visiting pages; an engine that cannot has no such method. Both views
   * have spaces of one size, or the query's range lies in both.
   *
   * @param a - one side
   * @param b - the other side
   * @param want - what is compared
   * @param query - range in frames, and PAT type
   * @returns pages by pair of answers, and the spans that differ
   */
  compare?<W extends Want>(a: EngineView, b: EngineView, want: W, query?: Query): Comparison<W>;
  /**
   * Room for entries; an engine without a memory of its own has no such method.
   *
   * @param frames - how many
   * @returns the room; dispose of it when done
   */
  entryBuffer?(frames: number): EntryBuffer;
  /**
   * Layouts by the thousand; an engine that has no faster way than a view each has no such method.
   *
   * @param question - what is asked of each
   * @returns a batch; dispose of it when done
   */
  batch?(question: BatchQuestion): EngineBatch;
  /** Gives all memory back. Harmless twice. */
  dispose(): void;
}
