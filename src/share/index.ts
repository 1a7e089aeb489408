export type { Danger, Demand } from './demand.ts';
export type { WithoutVcpuPart, WithoutVcpuReason } from './needs-vcpu.ts';
export type { StateDifference } from './register-differences.ts';
export type { RoleBits } from './role-bits.ts';
export {
  DESIGNS,
  type DemandSet,
  type Design,
  type DesignResult,
  type Disagreement,
  type FirstFault,
  type OneDecides,
  type RefusedVcpus,
  type RolePerState,
  type ShareOptions,
  type Sharing,
  share,
  type TryWithoutVcpu,
  type Uniform,
} from './share.ts';
export type { WrongEntries, WrongForVcpus, WrongPair } from './shared-entries.ts';
