/** Problems of a machine's memory types: rules over what the engines answer. */
export { AREA_NAMES, type AreaName, isAreaName } from './area-names.ts';
export type { LayoutKind, LayoutRange } from './areas.ts';
export { beyondSpace, judge } from './assert.ts';
export type { AssertInput, PolicyOpener } from './assert-machine.ts';
export {
  type Area,
  type Assertion,
  type AssertionList,
  type Breach,
  type Demand,
  type Judged,
  VERDICTS,
  type Verdict,
} from './assertion.ts';
export { assertionConflicts, typesText } from './assertion-conflicts.ts';
export { check, isProblem } from './check.ts';
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
  MemoryMap,
  NamedRange,
  RegisterGroup,
} from './input.ts';
export { joined, memoryOfVm, ramOf, without } from './vm-memory.ts';
