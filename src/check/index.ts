/** Problems of a machine's memory types: rules over what the engines answer. */
export { check, isProblem, USUAL_KVM } from './check.ts';
export type { Opener } from './context.ts';
export {
  type Cause,
  type Finding,
  type Place,
  RULES,
  type RuleId,
  SEVERITIES,
  type Severity,
} from './finding.ts';
export type {
  CheckInput,
  CheckOptions,
  Complaint,
  ComplaintKind,
  MemoryMap,
  NamedRange,
  RegisterGroup,
} from './input.ts';
export { memoryOfVm, ramOf } from './vm-memory.ts';
