/**
 * Campaigns over many layouts, machines and kernels: their points, their blocks, and what is counted.
 *
 * @packageDocumentation
 */
export type {
  BlockAnswer,
  BlockRunner,
  Cell,
  ColumnKind,
  Table,
  TableColumn,
  TableName,
} from './block-answer.ts';
export {
  type Block,
  blockAt,
  type Campaign,
  campaignId,
  type Division,
  type Foundations,
  RESULT_FORMAT,
} from './campaign.ts';
export { canonicalText, sha256 } from './canonical.ts';
export { type Case, caseAt, isRefusal, type Refusal } from './cases.ts';
export { addCounters, type Counters, compareFindings, emptyCounters, type SmallFinding } from './counters.ts';
export { divide } from './division.ts';
export { enumeratedCount } from './enumerate.ts';
export { foundations } from './foundations.ts';
export { generate, type LayoutShape } from './generate.ts';
export { excludedCombinations, planOf, type SweepPlan } from './plan.ts';
export { layoutCount, productOf } from './points.ts';
export { runBlock } from './run-block.ts';
export {
  ASKS,
  type Ask,
  type Assignment,
  type Dimension,
  type EnumeratedLayouts,
  type FileLayouts,
  KEEPS,
  type Keep,
  type LayoutFile,
  type LayoutSource,
  type OracleProgram,
  type PlainValue,
  type PresetLayouts,
  type RandomLayouts,
  SWEEP_SCHEMA,
  type SweepSpec,
  type Verification,
} from './spec.ts';
export {
  type AxisSummary,
  type AxisValueSummary,
  type CombinationSummary,
  type Counted,
  type DifferenceCount,
  resultDigest,
  type Summary,
  summaryOf,
} from './summary.ts';
export type { Machine, Unreadable, World } from './world.ts';
