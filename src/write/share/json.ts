/** How vCPUs share an EPT, as JSON. Page counts are numbers below 2^53, else decimal strings. */
import type { DesignResult, Sharing, StateDifference, WrongEntries } from '../../share/index.ts';
import { typeName } from '../../types.ts';
import { hexText, idsText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { DISAGREEMENT_COLUMNS } from './text.ts';

/** A count as a number where a number is exact. */
export function exactCount(count: bigint): number | string {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : count.toString();
}

function demandJson({ type, ipat }: { type: number; ipat: number }): JsonValue {
  return { type: typeName(type), ipat: ipat === 1 };
}

function dangerJson(byDanger: WrongEntries['byDanger']): JsonValue {
  return Object.fromEntries(Object.entries(byDanger).map(([danger, pages]) => [danger, exactCount(pages)]));
}

function wrongJson({ pages, vcpuPages, byDanger, byPair, byVcpu }: WrongEntries): JsonValue {
  return {
    pages: exactCount(pages),
    vcpuPages: exactCount(vcpuPages),
    byDanger: dangerJson(byDanger),
    byPair: byPair.map((pair) => ({
      demanded: demandJson(pair.demanded),
      installed: demandJson(pair.installed),
      danger: pair.danger,
      vcpuPages: exactCount(pair.vcpuPages),
    })),
    byVcpu: byVcpu.map((one) => ({
      vcpus: idsText(one.ids),
      pages: exactCount(one.pages),
      byDanger: dangerJson(one.byDanger),
    })),
  };
}

function differenceJson(difference: StateDifference): JsonValue {
  switch (difference.kind) {
    case 'msr': {
      const { msr, value, expected } = difference;
      return { msr: hexText(msr), value: hexText(value), expected: hexText(expected) };
    }
    case 'vcnt':
      return { vcnt: difference.value ?? null };
    default:
      return { [difference.kind]: difference.value };
  }
}

function designJson(result: DesignResult): JsonValue {
  const { design } = result;
  switch (design) {
    case 'first-fault':
      return {
        design,
        anyOrder: wrongJson(result.anyOrder),
        order: result.order,
        inOrder: wrongJson(result.inOrder),
      };
    case 'vcpu0':
      return { design, decides: result.id, wrong: wrongJson(result.wrong) };
    case 'try-without-vcpu':
      return {
        design,
        parts: result.parts.map((part) => ({ ...part, pages: exactCount(part.pages) })),
        needVcpu: exactCount(result.needVcpu),
        disagree: exactCount(result.disagree),
        wrong: wrongJson(result.wrong),
      };
    case 'role': {
      const { roles, states, bits, free, fits, moreRoots, tablePages, moreBytes, wrong } = result;
      return {
        design,
        roles,
        states,
        bits,
        freeBits: free ? { ...free } : null,
        fits: fits ?? null,
        moreRoots,
        tablePages,
        moreTablePages: tablePages.perRole - tablePages.shared,
        moreBytes: exactCount(moreBytes),
        wrong: wrongJson(wrong),
      };
    }
    case 'uniform':
      return {
        design,
        refused: result.refused.map(({ ids, differences, pages }) => ({
          vcpus: idsText(ids),
          differences: differences.map(differenceJson),
          pages: exactCount(pages),
        })),
        wrong: wrongJson(result.wrong),
      };
  }
}

/**
 * Lines of the JSON object `eptsweep/share@1`, the spans of disagreement as a list that is written as they are
 * found.
 *
 * @param limit - most spans
 */
export function* shareJsonLines(sharing: Sharing, limit: number): Generator<string, void, undefined> {
  const { vm, policy, range, pages, disagree, sets, groups, designs } = sharing;
  let truncated = false;
  function* limited() {
    let listed = 0;
    for (const one of sharing.disagreements()) {
      if (listed === limit) {
        truncated = true;
        return;
      }
      listed += 1;
      yield one;
    }
  }
  yield* jsonLines({
    head: {
      schema: 'eptsweep/share@1',
      config: vm.name,
      policy: policy.name,
      maxphyaddr: vm.maxphyaddr,
      noncoherentDma: vm.noncoherentDma,
      range: { firstGfn: hexText(range.start), pages: range.end - range.start },
      vcpus: vm.vcpus.length,
      states: groups.length,
      pages: exactCount(pages),
      disagree: exactCount(disagree),
      sets: sets.map((set) => ({ demands: set.demands.map(demandJson), pages: exactCount(set.pages) })),
      designs: designs.map(designJson),
    },
    list: 'disagreements',
    columns: DISAGREEMENT_COLUMNS,
    rows: limited(),
    tail: () => (truncated ? { truncated: true } : {}),
  });
}
