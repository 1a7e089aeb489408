/**
 * Campaigns: every point of a spec asked of the engines, block by block, in a page as in the program.
 *
 * @packageDocumentation
 */
export type { FindFiles } from '../../config/sweep/layouts.ts';
export { type ParsedSweep, type ParseSweepOptions, parseSweep } from '../../config/sweep/parse.ts';
export type { ErrorReply, SpansReply } from '../../oracle/read-answer.ts';
export type { Oracle, OracleProblemKind, OracleReply } from '../../oracle/reply.ts';
export type { OracleQuestion } from '../../oracle/write-request.ts';
export {
  ASKS,
  type Ask,
  type Assignment,
  type AxisSummary,
  type AxisValueSummary,
  addCounters,
  type Block,
  type BlockAnswer,
  type BlockRunner,
  blockAt,
  type Campaign,
  type Cell,
  type ColumnKind,
  type CombinationSummary,
  type Counted,
  type Counters,
  type DifferenceCount,
  type Dimension,
  type Division,
  type EnumeratedLayouts,
  emptyCounters,
  type FileLayouts,
  type Foundations,
  generate,
  KEEPS,
  type Keep,
  type LayoutFile,
  type LayoutShape,
  type LayoutSource,
  type OracleProgram,
  type PlainValue,
  type PresetLayouts,
  planOf,
  type RandomLayouts,
  RESULT_FORMAT,
  resultDigest,
  type SmallFinding,
  type Summary,
  type SweepPlan,
  type SweepSpec,
  summaryOf,
  type Table,
  type TableColumn,
  type TableName,
  type Verification,
} from '../../sweep/index.ts';
export { campaignOf, type OpenedCampaign, openCampaign } from './campaign.ts';
export { type SweepOptions, type SweepRow, sweep } from './sweep.ts';
export type { SweepSources } from './world.ts';
