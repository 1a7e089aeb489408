export { replayAssumptions } from './assumed.ts';
export {
  DESIGN_FLAG_VALUES,
  type DesignRules,
  designNamed,
} from './design.ts';
export type {
  Actor,
  CacheDisableEvent,
  Cr0Event,
  DirtyLogEvent,
  DmaEvent,
  EferEvent,
  EventOutcome,
  EventProblem,
  HotplugEvent,
  NestedEvent,
  QuirkEvent,
  ReplayEvent,
  ReportEvent,
  ResetEvent,
  RunEvent,
  SlotAddEvent,
  SlotMoveEvent,
  SlotRemoveEvent,
  SmmEvent,
  TouchEvent,
  UnplugEvent,
  WrmsrEvent,
} from './event.ts';
export type { Departure, DepartureKind, FollowedEntry } from './follow/departures.ts';
export type {
  Followed,
  FollowedLeaf,
  FollowedStep,
  ReplacedTable,
  TraceTrouble,
  TraceTroubleKind,
} from './follow/followed.ts';
export { type FollowOptions, followTrace, TraceFollower } from './follow/follower.ts';
export type {
  EndMark,
  EntryChange,
  EntrySplit,
  LiveLine,
  LostEvents,
  OddTraceLine,
  StepMark,
} from './follow/live-line.ts';
export type { EntryEffects } from './follow/step-journal.ts';
export { Inventory, type ReplaySlot } from './inventory.ts';
export type { ReplayOptions, StartState } from './options.ts';
export type {
  EventsWith,
  ReplayStep,
  ReplaySummary,
  StepEffects,
  Zap,
  ZapReason,
  ZapTotal,
} from './outcome.ts';
export type { Recovery } from './recovery.ts';
export { type Replay, replay, replayDesigns } from './replay.ts';
export type { EntriesByKind, ReplayReport, WrongEntryCount } from './report.ts';
export type { Lost, Touched } from './shared-ept.ts';
export type { Window, WindowTotals } from './windows.ts';
export type { ZapRange } from './zap-rules.ts';
