export type { Danger, Demand } from './demand.ts';
export {
  DESIGNS,
  type DemandSet,
  type Design,
  type DesignResult,
  type FirstFault,
  type MaxCacheDisable,
  type OneDecides,
  type OtherZaps,
  type RefusedVcpus,
  type RolePerState,
  type TryWithoutVcpu,
  type Uniform,
} from './design.ts';
export type { Disagreement } from './grouped-vm.ts';
export type { WithoutVcpuPart, WithoutVcpuReason } from './needs-vcpu.ts';
export type { StateDifference } from './register-differences.ts';
export type { RoleBits } from './role-bits.ts';
export { type ShareOptions, type Sharing, share } from './share.ts';
export type { WrongEntries, WrongForVcpus, WrongPair } from './shared-entries.ts';
