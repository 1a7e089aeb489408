export {
  DIGEST_MULTIPLIER,
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
} from './asking.ts';
export {
  type BatchCounts,
  type BatchQuestion,
  type BatchSide,
  type BatchWant,
  type DifferingLayout,
  type EngineBatch,
  type EngineBatchCounts,
  type GeneratedLayouts,
  LAYOUT_KINDS,
  type LayoutKind,
  MOST_BATCH_RANGES,
  type RangeCounts,
  type TheoremCounts,
} from './batch.ts';
export type { Comparison, Difference, MatrixCell } from './comparison.ts';
export { CONFIDENTIAL, type Confidential, confidentialAssumptions } from './confidential.ts';
export {
  EVIDENCE_LEVELS,
  EVIDENCE_SUBJECTS,
  type Evidence,
  type EvidenceLevel,
  evidenceSentence,
  isFirm,
  type Subject,
  weakest,
} from './evidence.ts';
export {
  HOST,
  hostAssumptions,
  hostCpu,
  MOST_HOST_STRETCHES,
  quirksOf,
  requireHost,
  tooManyHostStretches,
  withoutHost,
} from './host.ts';
export { isaPartOf, mmioOfSlot } from './isa-frames.ts';
export { Lifetime, whileAlive } from './lifetime.ts';
export {
  requireAsked,
  requireFrameCount,
  requireFrameNumber,
  requireGfnRange,
  requirePat,
  requireRange,
  requireTile,
  throwBadFrame,
} from './query.ts';
export {
  type DefType,
  decodeDefType,
  type GuestRegisters,
  guestRegisters,
  heldValue,
  type Register,
  type RegisterValues,
  rangeCount,
  registerState,
  registerValues,
  statedRangeCount,
  type VariableRegister,
  validRanges,
  withRegisters,
} from './registers.ts';
export { compareTotals } from './total-order.ts';
export {
  frameCount,
  type MsrWrite,
  requireVcpu,
  type Slot,
  type SlotInit,
  type Vcpu,
  type VcpuInit,
  vcpu,
  vcpuOfWrites,
} from './vcpu.ts';
export {
  type Host,
  MAX_VCPUS,
  requireVm,
  type VcpuGroup,
  type VcpuState,
  type Vm,
  type VmInit,
  type VmVcpu,
  type VmVcpuInit,
  vcpuGroups,
  vcpuOf,
  vm,
  withVcpus,
} from './vm.ts';
export { reservedType, variableRangesOf, type WriteRule, writeRule } from './write-rule.ts';
