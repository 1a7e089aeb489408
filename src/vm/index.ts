export {
  ENGINE_NAMES,
  type Engine,
  type EngineName,
  type EngineView,
  type Query,
  TILE_FRAMES,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
} from './engine.ts';
export {
  frameCount,
  type MsrWrite,
  type Slot,
  type SlotInit,
  type Vcpu,
  type VcpuInit,
  vcpu,
} from './vcpu.ts';
