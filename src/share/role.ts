/** The design that puts the state into the role: an EPT for each set of vCPUs that demand the same everywhere. */
import type { RolePerState } from './design.ts';
import type { GroupedVm } from './grouped-vm.ts';
import { pageTablePages, TABLE_BYTES } from './page-tables.ts';
import { roleBitsOf } from './role-bits.ts';
import { NOTHING_WRONG } from './shared-entries.ts';

/** First groups of the sets of groups that demand the same everywhere. */
export function distinctGroups(fingerprints: readonly string[]): readonly number[] {
  const firsts = new Map<string, number>();
  fingerprints.forEach((fingerprint, group) => {
    if (!firsts.has(fingerprint)) firsts.set(fingerprint, group);
  });
  return [...firsts.values()];
}

/**
 * What the design costs.
 *
 * @param roles - one group of each role
 */
export function roleResult(guest: GroupedVm, roles: readonly number[]): RolePerState {
  const { maxphyaddr } = guest.vm;
  const counts = roles.map((group) => {
    const view = guest.openGroup(group);
    try {
      return pageTablePages(view.spansOf('levels'), maxphyaddr);
    } finally {
      view.dispose();
    }
  });
  const shared = counts[0]!;
  const perRole = counts.reduce((sum, one) => sum + one, 0);
  const bits = Math.ceil(Math.log2(roles.length));
  const free = roleBitsOf(guest.policy);
  return {
    design: 'role',
    roles: roles.length,
    states: guest.groups.length,
    bits,
    free,
    fits: free && bits <= free.free,
    moreRoots: roles.length - 1,
    tablePages: { shared, perRole },
    moreBytes: BigInt(perRole - shared) * BigInt(TABLE_BYTES),
    wrong: NOTHING_WRONG,
  };
}
