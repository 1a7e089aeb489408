/**
 * What the three engines have in common, and all that the rest of the program sees of them. Each engine
 * decodes the vCPU's registers itself; none borrows another's tables or cuts.
 */
import type { Policy } from '../policy/index.ts';
import type { GfnRange, MemoryType, PatType, SpanOf, TotalOf, Want } from '../types.ts';
import type { Comparison } from './comparison.ts';
import type { Vcpu } from './vcpu.ts';

/** `reference`: the rules in plain TypeScript. `direct`: Wasm, page by page. `auto`: Wasm, runs and patterns. */
export type EngineName = 'reference' | 'direct' | 'auto';
/** All engines, slowest first. */
export const ENGINE_NAMES: readonly EngineName[] = ['reference', 'direct', 'auto'];

/** Most frames that one call of {@link EngineView.entries} or of a lookup in any order answers. */
export const TILE_FRAMES = 16384;
/** Most frames that one call of {@link EngineView.types} answers: as many bytes as a tile of entries has. */
export const TYPE_TILE_FRAMES = 8 * TILE_FRAMES;

/**
 * Type bits (5:3) of a 4 KiB entry whose memory type is undefined: 7, which no hardware accepts (Intel SDM
 * vol. 3C, "EPT Misconfigurations"), so that it can never be taken for an answer.
 */
export const UNDEFINED_ENTRY_TYPE = 7;
/** What {@link EngineView.types} writes for a page whose type is undefined. */
export const UNDEFINED_TYPE_BYTE = 0xff;

/** K of {@link EngineView.digest}: the multiplier of Knuth's MMIX generator, odd so that no entry is lost. */
export const DIGEST_MULTIPLIER = 6364136223846793005n;

/** What of a view is asked. */
export interface Query {
  /** Frames to answer, clipped out of the whole space. Default: all of it. */
  readonly range?: GfnRange;
  /** PAT type of the guest's page-table entry, for `effective`. Default WB. */
  readonly pat?: PatType;
}

/** What a visit to every page of a range finds. */
export interface PageVisit {
  /** As {@link EngineView.digest} gives it. */
  readonly digest: bigint;
  /** Pages by EPT memory type, 8 numbers; the last one counts the undefined ones. */
  readonly pages: readonly number[];
}

/** Pages for which two views give different EPT memory types or IPAT. */
export interface DifferingPages {
  readonly pages: number;
  /** The first of them; undefined where there is none. */
  readonly first?: number;
}

/** Room for entries in an engine's own memory, where they are written once and not copied. */
export interface EntryBuffer {
  /**
   * One element a frame. Fetch it again after anything else was asked: the engine's memory may have moved.
   *
   * @throws EptsweepError `disposed`
   */
  readonly entries: BigUint64Array;
  /** Gives the memory back. Harmless twice. */
  dispose(): void;
}

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
  /** Gives all memory back. Harmless twice. */
  dispose(): void;
}
