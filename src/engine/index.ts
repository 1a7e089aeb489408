export {
  type DifferingPages,
  ENGINE_NAMES,
  type EngineName,
  type EntryBuffer,
  type PageVisit,
  type Query,
  TILE_FRAMES,
  TYPE_TILE_FRAMES,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
} from '../vm/index.ts';
export { Batch, type BatchInit, type LayoutDisagreement, type ViewOpener } from './batch.ts';
export { addBatchCounts } from './batch-counts.ts';
export { joinDigests } from './digest.ts';
export {
  createEvaluator,
  createEvaluatorSync,
  type Evaluated,
  Evaluator,
  type EvaluatorOptions,
} from './evaluator.ts';
export { leafStretches, leafTypes } from './leaf-types.ts';
export { wasmBinary } from './registry.ts';
export { Tile } from './tile.ts';
export { type MapSpan, View } from './view.ts';
