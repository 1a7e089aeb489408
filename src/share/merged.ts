/** One walk over all that the vCPUs of a VM demand: what they agree on, and what shared entries would be for each. */

import type { GfnRange } from '../types.ts';
import { type DemandCode, differsInIpatAlone, NO_ENTRY } from './demand.ts';
import type { GroupedVm } from './grouped-vm.ts';
import { stretches } from './merge.ts';
import { SharedEntries } from './shared-entries.ts';

/** What a walk over the range finds. */
export interface Merged {
  /** Pages on which they disagree. */
  readonly disagree: number;
  /** Of these, pages on which they disagree on IPAT alone. */
  readonly ipatOnly: number;
  readonly sets: ReadonlyMap<number, number>;
  readonly anyOrder: SharedEntries;
  /** By the group whose demands are installed. */
  readonly byGroup: ReadonlyMap<number, SharedEntries>;
  readonly fingerprints: readonly string[];
}

/**
 * Walks.
 *
 * @param deciding - groups whose demands are held against all others
 */
export function merged(guest: GroupedVm, deciding: readonly number[]): Merged {
  const count = guest.groups.length;
  const sets = new Map<number, number>();
  const anyOrder = new SharedEntries(count);
  const byGroup = new Map(deciding.map((group) => [group, new SharedEntries(count)]));
  const demands = new Uint8Array(count);
  const take = (group: number, before: DemandCode | -1): void => {
    anyOrder.demanded(group, before);
    for (const entries of byGroup.values()) entries.demanded(group, before);
  };
  if (guest.range.end === guest.range.start) {
    return { disagree: 0, ipatOnly: 0, sets, anyOrder, byGroup, fingerprints: guest.groups.map(() => '') };
  }
  return guest.withCursors(guest.mapped, (cursors, weights) => {
    let [disagree, ipatOnly] = [0, 0];
    const visitor = {
      changes: (group: number, before: DemandCode | -1, now: DemandCode) => {
        take(group, before);
        demands[group] = now;
      },
      ends: take,
    };
    for (const { start, end, present } of stretches(cursors, weights, guest.range, visitor)) {
      if (present === 1 << NO_ENTRY) continue;
      const pages = end - start;
      sets.set(present, (sets.get(present) ?? 0) + pages);
      if ((present & (present - 1)) !== 0) {
        disagree += pages;
        if (differsInIpatAlone(present)) ipatOnly += pages;
      }
      anyOrder.stretch(pages, present);
      for (const [group, entries] of byGroup) entries.stretch(pages, 1 << demands[group]!);
    }
    return {
      disagree,
      ipatOnly,
      sets,
      anyOrder,
      byGroup,
      fingerprints: cursors.map((one) => one.fingerprint),
    };
  });
}

/** Pages of ranges on which the vCPUs' states demand different entries. */
export function disagreementOn(guest: GroupedVm, ranges: readonly GfnRange[]): number {
  if (guest.groups.length === 1 || ranges.length === 0) return 0;
  return guest.withCursors(ranges, (cursors, weights) => {
    let disagree = 0;
    for (const { start, end, present } of stretches(cursors, weights, guest.range)) {
      if ((present & (present - 1)) !== 0) disagree += end - start;
    }
    return disagree;
  });
}
