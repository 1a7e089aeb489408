export {
  ENGINE_NAMES,
  type Engine,
  type EngineName,
  type EngineView,
  type Query,
  TILE_FRAMES,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
} from '../vm/index.ts';
