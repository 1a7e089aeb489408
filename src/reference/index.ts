export type { BatchQuestion, EngineBatch, EngineBatchCounts, GeneratedLayouts } from '../vm/batch.ts';
export type { Engine, EngineView } from '../vm/engine.ts';
export {
  TILE_FRAMES,
  TYPE_TILE_FRAMES,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
} from '../vm/index.ts';
export { createReferenceEngine } from './engine.ts';
