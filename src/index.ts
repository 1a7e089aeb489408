/**
 * Which x86 memory type does every page of a machine or a VM get, and why: evaluators, policies and vCPUs.
 *
 * @packageDocumentation
 */
export {
  createEngine,
  createEvaluator,
  createEvaluatorSync,
  ENGINE_NAMES,
  type Engine,
  type EngineName,
  type EngineView,
  Evaluator,
  type EvaluatorOptions,
  type MapSpan,
  type Query,
  TILE_FRAMES,
  type Tile,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
  View,
} from './engine/index.ts';
export { EptsweepError, type ErrorCode, InputError, WrmsrFault } from './errors.ts';
export {
  COMMITS,
  type Commit,
  POLICY_NAMES,
  type Policy,
  type PolicyFlags,
  policy,
  QUIRKS,
  type Quirk,
  wantsOf,
} from './policy/index.ts';
export {
  type GfnRange,
  type Level,
  MEMORY_TYPES,
  type MemoryType,
  type MtrrType,
  PAT_TYPES,
  type PatType,
  type Span,
  type Total,
  typeName,
  UC,
  UC_MINUS,
  UNDEFINED,
  WANTS,
  type Want,
  WB,
  WC,
  WP,
  WT,
} from './types.ts';
export {
  frameCount,
  type MsrWrite,
  type Slot,
  type SlotInit,
  type Vcpu,
  type VcpuInit,
  vcpu,
} from './vm/index.ts';
