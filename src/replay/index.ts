export type {
  CacheDisableEvent,
  DirtyLogEvent,
  DmaEvent,
  HotplugEvent,
  QuirkEvent,
  ReplayEvent,
  ReportEvent,
  ResetEvent,
  SlotAddEvent,
  SlotMoveEvent,
  SlotRemoveEvent,
  TouchEvent,
  UnplugEvent,
  WrmsrEvent,
} from './event.ts';
export { type EventProblem, Inventory, type ReplaySlot } from './inventory.ts';
export type { ReplayOptions } from './options.ts';
export type { EventOutcome, ReplayStep, ReplaySummary, Zap, ZapReason, ZapTotal } from './outcome.ts';
export { type Replay, replay } from './replay.ts';
export type { EntriesByKind, ReplayReport, WrongEntryCount } from './report.ts';
export type { Lost, Touched } from './shared-ept.ts';
export type { Window, WindowTotals } from './windows.ts';
export type { ZapRange } from './zap-rules.ts';
