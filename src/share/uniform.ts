/** The design that has every vCPU be in the first one's state. */
import type { RefusedVcpus, Uniform } from './design.ts';
import type { GroupedVm } from './grouped-vm.ts';
import { stateDifferences } from './register-differences.ts';
import { NOTHING_WRONG, type WrongEntries } from './shared-entries.ts';

/**
 * Whom it refuses.
 *
 * @param byFirst - what is wrong where the first state decides
 */
export function uniformResult(guest: GroupedVm, byFirst: WrongEntries): Uniform {
  const rule = guest.groups[0]!.state;
  const pagesOf = new Map(byFirst.byVcpu.map(({ ids, pages }) => [ids, pages]));
  const differing = guest.groups.slice(1).flatMap(({ state }, index): RefusedVcpus[] => {
    const differences = stateDifferences(state, rule);
    const ids = guest.ids[index + 1]!;
    return differences.length === 0 ? [] : [{ ids, differences, pages: pagesOf.get(ids) ?? 0n }];
  });
  return {
    design: 'uniform',
    first: guest.ids[0]![0]!,
    refused: differing.filter(({ pages }) => pages > 0n),
    withoutEffect: differing.filter(({ pages }) => pages === 0n),
    wrong: NOTHING_WRONG,
  };
}
