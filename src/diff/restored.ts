/**
 * What of a saved VM's registers did not come back: the state before a migration or a snapshot held against the
 * state after it, vCPU by vCPU and register by register.
 */
import { FIXED_MSRS, MSR_DEF_TYPE, MSR_PAT, physBase, physMask } from '../msr/index.ts';
import { lossesOf, type RegisterLoss, type SavedVcpus } from './restore-losses.ts';
import { restorePatterns } from './restore-patterns.ts';

/** vCPUs that lost the same. */
export interface VcpuLosses {
  readonly ids: readonly number[];
  /** Ascending by number, at least one. */
  readonly registers: readonly RegisterLoss[];
}

/** Whether CR0.CD was set, by vCPU: of those whose state says so. */
export type SavedCacheDisable = ReadonlyMap<number, boolean>;

/** vCPUs whose CR0.CD came back the other way round. */
export interface CacheDisableChange {
  readonly ids: readonly number[];
  /** Whether it was set; it is not what it was. */
  readonly before: boolean;
}

/** What came of a restore. */
export interface Restored {
  /** vCPUs of the first state, ascending. */
  readonly vcpus: readonly number[];
  /** Those that the second state does not have. */
  readonly missing: readonly number[];
  readonly losses: readonly VcpuLosses[];
  /** CR0.CD, where both states hold it. */
  readonly cacheDisable: readonly CacheDisableChange[];
  /** Registers that the first state holds of no vCPU, though every guest has them. */
  readonly neverSaved: readonly number[];
  /** What all of it looks like, a sentence each: `the MTRRs of vCPU 0 alone came back`. */
  readonly patterns: readonly string[];
}

/** What a complete state of a guest with MTRRs holds. */
const EXPECTED: readonly number[] = [physBase(0), physMask(0), ...FIXED_MSRS, MSR_PAT, MSR_DEF_TYPE];
/** vCPUs with equal losses together, in the order of their first. */
function grouped(all: ReadonlyMap<number, readonly RegisterLoss[]>): readonly VcpuLosses[] {
  const groups = new Map<string, { ids: number[]; registers: readonly RegisterLoss[] }>();
  for (const [id, registers] of all) {
    if (registers.length === 0) continue;
    const key = registers.map(({ msr, before, after }) => `${msr} ${before} ${after}`).join();
    const group = groups.get(key);
    if (group) group.ids.push(id);
    else groups.set(key, { ids: [id], registers });
  }
  return [...groups.values()];
}

function cacheDisableChanges(
  vcpus: readonly number[],
  [before, after]: readonly [SavedCacheDisable, SavedCacheDisable],
): readonly CacheDisableChange[] {
  return [false, true].flatMap((was) => {
    const ids = vcpus.filter((id) => before.get(id) === was && after.get(id) === !was);
    return ids.length > 0 ? [{ ids, before: was }] : [];
  });
}

/**
 * Holds the state before a migration or a snapshot against the state after it. Values are compared as they stand: no
 * engine is asked.
 *
 * @param before - registers of each vCPU as they were saved; those that bear on no memory type are passed over
 * @param after - the same, read again after the restore
 * @param cacheDisable - CR0.CD in the one and the other
 * @returns which registers of which vCPUs did not come back, and how
 * @example
 * const saved = new Map([[0, new Map([[0x2ff, 0xc06n]])]]);
 * const { losses } = restored(saved, new Map([[0, new Map([[0x2ff, 0x406n]])]]));
 * losses[0].registers[0].text; // 'E is gone: MTRRs off, all memory UC'
 */
export function restored(
  before: SavedVcpus,
  after: SavedVcpus,
  cacheDisable: readonly [SavedCacheDisable, SavedCacheDisable] = [new Map(), new Map()],
): Restored {
  const vcpus = [...before.keys()].sort((a, b) => a - b);
  const first = before.get(vcpus[0] ?? 0) ?? new Map();
  const all = new Map<number, readonly RegisterLoss[]>();
  for (const id of vcpus) {
    const registers = after.get(id);
    if (registers) all.set(id, lossesOf(before.get(id)!, registers, first));
  }
  const states = [...before.values()];
  return {
    vcpus,
    missing: vcpus.filter((id) => !after.has(id)),
    losses: grouped(all),
    cacheDisable: cacheDisableChanges(vcpus, cacheDisable),
    neverSaved: EXPECTED.filter((msr) => !states.some((state) => state.has(msr))),
    patterns: restorePatterns(before, all),
  };
}
