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
export {
  type EventOutcome,
  type Replay,
  type ReplayOptions,
  type ReplayStep,
  type ReplaySummary,
  replay,
  type Zap,
  type ZapReason,
  type ZapTotal,
} from './replay.ts';
export type { EntriesByKind, ReplayReport, WrongEntryCount } from './report.ts';
export type { Lost, Touched } from './shared-ept.ts';
export type { Window, WindowTotals } from './windows.ts';
export type { ZapRange } from './zap-rules.ts';
