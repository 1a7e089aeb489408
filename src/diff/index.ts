export { answerText, isSameAnswer } from './answer.ts';
export { type Cause, CauseFinder, type StatedChange } from './cause.ts';
export type { Setup } from './change.ts';
export { type ColumnsComparison, type ColumnsSpan, compareColumns } from './columns.ts';
export { compareViews, type SpanSource } from './compare.ts';
export type { RuleCount } from './coverage.ts';
export { type Finding, type FuzzOptions, type FuzzReport, fuzz } from './fuzz.ts';
export { CASE_KINDS, type CaseKind, type FuzzCase, generateCase } from './generate.ts';
export { judge } from './judge.ts';
export { probeOf } from './probe.ts';
export { type Disagreement, emptyTally, type Question, type Subject, type Tally } from './question.ts';
export { type RawDifference, rawDifferences } from './raw-registers.ts';

export type { Shrunk } from './shrink.ts';
export { TILE_WANTS, tileSource } from './tiles.ts';
