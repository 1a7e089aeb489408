export { answerText, isSameAnswer } from './answer.ts';
export { CauseFinder, type DifferenceCause, type StatedChange } from './cause.ts';
export type { Change, Setup } from './change.ts';
export { type ColumnsComparison, type ColumnsSpan, compareColumns } from './columns.ts';
export { compareViews, type SpanSource } from './compare.ts';
export { type RawDifference, rawDifferences } from './raw-registers.ts';
export {
  LOSS_KINDS,
  type LossKind,
  type RegisterLoss,
  type SavedRegisters,
  type SavedVcpus,
} from './restore-losses.ts';
export {
  type CacheDisableChange,
  type Restored,
  restored,
  type SavedCacheDisable,
  type VcpuLosses,
} from './restored.ts';
export { type OpenedSide, openSide, type Side } from './side.ts';
export { TILE_WANTS, tileSource } from './tiles.ts';
