/** Entries on their way from a reader to the checker: columns that are filled and judged again and again. */
import { TILE_FRAMES } from '../vm/index.ts';

/** Entries that one batch holds: what an engine answers in one call. */
export const BATCH_ENTRIES = TILE_FRAMES;

/** Some entries of a trace or dump, a column each, so that ten million of them cost no object. */
export class EntryBatch {
  count = 0;
  /** Line of the file, from 1. */
  readonly line = new Float64Array(BATCH_ENTRIES);
  /** Guest frame number; up to 2^52. */
  readonly gfn = new Float64Array(BATCH_ENTRIES);
  /** Level of the table that the entry stands in, 1..5. */
  readonly level = new Uint8Array(BATCH_ENTRIES);
  /** KVM's address space: 0, or 1 for SMM. */
  readonly space = new Uint8Array(BATCH_ENTRIES);
  /** Bits 31:0 of the entry. */
  readonly low = new Uint32Array(BATCH_ENTRIES);
  /** Bits 63:32. */
  readonly high = new Uint32Array(BATCH_ENTRIES);
}

/** The whole entry. */
export function entryAt(batch: EntryBatch, index: number): bigint {
  return (BigInt(batch.high[index]!) << 32n) | BigInt(batch.low[index]!);
}
