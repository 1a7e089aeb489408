/** The part of `eptsweep diff BEFORE AFTER` that says what a restore lost. */
import { openSide, restored } from '../diff/index.ts';
import type { OpenedConfig } from '../open/opened-config.ts';
import { isSavedState, savedCacheDisable, savedVcpus } from '../open/saved-state.ts';
import type { RestoredJob } from '../write/diff/restored.ts';
import { baseSide, type DiffBase } from './diff-sides.ts';

/**
 * What did not come back from one state to another.
 *
 * @param base - the first state, and how it is asked
 * @param other - the second
 * @param isWanted - `--restore` or `--no-restore`; undefined: where both are saved states
 * @returns undefined where it is not asked
 */
export function restoredJob(
  base: DiffBase,
  other: OpenedConfig,
  isWanted: boolean | undefined,
): RestoredJob | undefined {
  if (!(isWanted ?? (isSavedState(base.opened) && isSavedState(other)))) return undefined;
  const report = restored(savedVcpus(base.opened), savedVcpus(other), [
    savedCacheDisable(base.opened),
    savedCacheDisable(other),
  ]);
  const sideOf = (opened: OpenedConfig, id: number, label: string) => {
    const index = opened.vm.vcpus.findIndex((one) => one.id === id);
    const policy = base.isPolicyGiven ? base.policy : opened.vm.policy;
    return openSide(baseSide({ ...base, opened, index, policy }, label), false);
  };
  const sides = report.losses.map(({ ids }) => {
    const id = ids[0]!;
    return [sideOf(base.opened, id, 'before'), sideOf(other, id, 'after')] as const;
  });
  return { report, sides };
}
