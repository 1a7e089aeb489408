/** What the host may call of `batch`. Indices and seeds cross as two u32, low half first. */
import {
  BATCH_COMPARES,
  BATCH_COUNTERS_END,
  BATCH_LAYOUT,
  BATCH_PAGES,
  BATCH_PAIRS_MOST,
  BATCH_SIDE_A,
  BATCH_SIDE_B,
  BATCH_THEOREM,
  MODE_CONSTANT,
  MODE_KVM,
  MODE_MANUAL,
  SIDE_CODE,
  SIDE_DISABLED,
  SIDE_MODE,
} from './batch-layout';
import { generate } from './generate';
import { runGenerated, runGiven } from './run';
import { pairsAccepted, putSide } from './side';
import { putWeights } from './weights';

function word(low: u32, high: u32): u64 {
  return u64(low) | (u64(high) << 32);
}

/** Whether the manual is held against KVM's fold for a guest that has MTRRs: what the theorem is about. */
function isAboutKvm(batch: usize): bool {
  const isManual = load<u32>(batch, BATCH_SIDE_A + SIDE_MODE) == MODE_MANUAL;
  const kvm = batch + BATCH_SIDE_B;
  return isManual && load<u32>(kvm, SIDE_MODE) == MODE_KVM && load<u32>(kvm, SIDE_DISABLED) == 0;
}

/**
 * Prepares a batch.
 *
 * @param batch - BATCH_SIZE bytes, the question being written
 * @param viewA - header of a view (assembly/layout.ts)
 * @param viewB - of the other side; 0 where one side alone is counted
 * @param want - WANT_MTRR or WANT_EPT
 * @returns 1, or 0 where a side answers in a way that is not known here
 */
export function batchOpen(batch: usize, viewA: usize, viewB: usize, want: u32): u32 {
  putWeights(batch);
  store<u32>(batch, u32(viewB != 0), BATCH_COMPARES);
  let most = pairsAccepted(viewA);
  let isKnown = putSide(batch + BATCH_SIDE_A, viewA, want);
  if (viewB != 0) {
    most = min(most, pairsAccepted(viewB));
    isKnown = putSide(batch + BATCH_SIDE_B, viewB, want) && isKnown;
  } else {
    store<u32>(batch, MODE_CONSTANT, BATCH_SIDE_B + SIDE_MODE);
    store<u32>(batch, 0, BATCH_SIDE_B + SIDE_CODE);
  }
  store<u32>(batch, most, BATCH_PAIRS_MOST);
  if (!isAboutKvm(batch)) store<u32>(batch, 0, BATCH_THEOREM);
  return u32(isKnown);
}

/** Sets all counters to 0. */
export function batchClear(batch: usize): void {
  memory.fill(batch + BATCH_PAGES, 0, BATCH_COUNTERS_END - BATCH_PAGES);
}

/** Makes and counts layouts; see run.ts. */
export function batchRun(batch: usize, low: u32, high: u32, count: u32, marked: usize): u32 {
  return runGenerated(batch, word(low, high), count, marked);
}

/** Counts layouts that are handed in; see run.ts. */
export function batchLayouts(
  batch: usize,
  low: u32,
  high: u32,
  count: u32,
  layouts: usize,
  marked: usize,
): u32 {
  return runGiven(batch, word(low, high), count, layouts, marked);
}

/** Writes the layout of an index; gives where. */
export function batchLayout(batch: usize, low: u32, high: u32): usize {
  generate(batch, word(low, high));
  return batch + BATCH_LAYOUT;
}
