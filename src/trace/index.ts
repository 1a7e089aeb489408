/** Live EPT entries held against the model. */
export { BATCH_ENTRIES, EntryBatch, entryAt } from './batch.ts';
export { Candidate } from './candidate.ts';
export { allPolicies, candidatesOf, releasesOf, statesSlots } from './candidates.ts';
export {
  CAUSES,
  type CauseId,
  causesOf,
  type EntryCause,
  TOO_LARGE,
  WRONG_IPAT,
  WRONG_TYPE,
} from './cause.ts';
export { type DecodedEntry, decodeEntry, type EntryKind } from './entry.ts';
export { EntryChecker, type EntryCheckerOptions } from './entry-checker.ts';
export type { CauseCount, Findings, Said, Stretch, Wrong } from './findings.ts';
export {
  type Author,
  authorOf,
  bestOf,
  chosenPolicy,
  type Distinction,
  distinctionsOf,
  matchesOf,
  type PolicyMatch,
} from './policy-match.ts';
export type { OddLine, OddLines, TraceReport, TraceSource } from './report.ts';
export type { LeafCount, Outside, Tally } from './tally.ts';
