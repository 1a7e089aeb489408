/** What views are asked and answer in, whichever engine evaluates. */
import type { GfnRange, PatType } from '../types.ts';

/** `reference`: the rules in plain TypeScript. `direct`: Wasm, page by page. `auto`: Wasm, runs and patterns. */
export type EngineName = 'reference' | 'direct' | 'auto';
/** All engines, slowest first. */
export const ENGINE_NAMES: readonly EngineName[] = ['reference', 'direct', 'auto'];

/** Most frames that one call of `entries` or of a lookup in any order answers. */
export const TILE_FRAMES = 16384;
/** Most frames that one call of `types` answers: as many bytes as a tile of entries has. */
export const TYPE_TILE_FRAMES = 8 * TILE_FRAMES;

/**
 * Type bits (5:3) of a 4 KiB entry whose memory type is undefined: 7, which no hardware accepts (Intel SDM
 * vol. 3C, "EPT Misconfigurations"), so that it can never be taken for an answer.
 */
export const UNDEFINED_ENTRY_TYPE = 7;
/** What `types` writes for a page whose type is undefined. */
export const UNDEFINED_TYPE_BYTE = 0xff;

/** K of `digest`: the multiplier of Knuth's MMIX generator, odd so that no entry is lost. */
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
  /** As `digest` gives it. */
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
