/** An opened input is asked as the program asks it: reports, jobs and documents, for a page as for the program. */
export { type Asked, assumedSentences } from './assumed.ts';
export { type CheckQuestion, checkReport } from './check.ts';
export { DIFF_LIMITS, type DiffQuestion, DiffRun, type OracleSide } from './diff.ts';
export { type AgainstSides, type DiffBase, sidesAcross, sidesAgainst } from './diff-sides.ts';
export {
  type ExplainQuestion,
  type ExplainReport,
  explainDocument,
  explainReport,
  explainReportLines,
  type Told,
} from './explain.ts';
export { type PeerReport, peerDocument, peerReport, peerReportLines } from './explain-peer.ts';
export { MAP_LIMITS, type MapQuestion, mapJob, mapWants } from './map.ts';
export {
  followScenario,
  isReplayFinding,
  type ReplayQuestion,
  ReplaySteps,
  replayHead,
  replaySteps,
  replaySummaries,
  requireScenarioRegisters,
} from './replay.ts';
