/** What a machine's memory map has to give, judged page by page: assertions and their verdicts. */
export { AREA_NAMES, type AreaName, isAreaName } from './area-names.ts';
export type { LayoutKind, LayoutRange } from './areas.ts';
export { type Beyond, beyondSpace, judge } from './assert.ts';
export {
  type Area,
  type Assertion,
  type AssertionList,
  type Breach,
  type Extent,
  type Judged,
  type Requirement,
  VERDICTS,
  type Verdict,
} from './assertion.ts';
export { assertionConflicts, type Conflict, typesText } from './assertion-conflicts.ts';
export type { AssertInput, PolicyOpener } from './machine.ts';
