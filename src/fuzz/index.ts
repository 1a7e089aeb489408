/** Random machines on which engines, or an engine and a program outside, are held against each other. */

export { compareEngines } from './compare-engines.ts';
export { Coverage, type RuleCount } from './coverage.ts';
export { ExternalSide } from './external.ts';
export { type Finding, type FuzzOptions, type FuzzReport, fuzz } from './fuzz.ts';
export { CASE_KINDS, type CaseKind, type FuzzCase, generateCase } from './generate.ts';
export { edgesOf, probeOf } from './probe.ts';
export { type Disagreement, emptyTally, type Question, type Subject, type Tally } from './question.ts';
export { Random, type Seed } from './random.ts';
export type { Shrunk } from './shrink.ts';
