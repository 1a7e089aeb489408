/** How vCPUs share an EPT, as JSON: `eptsweep/share@2`. */

import type {
  DesignResult,
  Disagreement,
  RefusedVcpus,
  Sharing,
  StateDifference,
  WrongEntries,
} from '../../share/index.ts';
import { hexText } from '../../words.ts';
import type { Column, JsonValue } from '../format/column.ts';
import { jsonLines } from '../format/json.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { rangeColumns } from '../format/range-columns.ts';
import { type Basis, headJson } from '../json/basis.ts';
import { eptJson, exactJson, msrJson, rangeJson } from '../json/vocabulary.ts';

function dangerJson(byDanger: WrongEntries['byDanger']): JsonValue {
  return Object.fromEntries(Object.entries(byDanger).map(([danger, pages]) => [danger, exactJson(pages)]));
}

function wrongJson({ pages, vcpuPages, byDanger, byPair, byVcpu }: WrongEntries): JsonValue {
  return {
    pages: exactJson(pages),
    vcpuPages: exactJson(vcpuPages),
    byDanger: dangerJson(byDanger),
    byPair: byPair.map((pair) => ({
      demanded: eptJson(pair.demanded),
      installed: eptJson(pair.installed),
      danger: pair.danger,
      vcpuPages: exactJson(pair.vcpuPages),
    })),
    byVcpu: byVcpu.map((one) => ({
      vcpus: one.ids,
      pages: exactJson(one.pages),
      byDanger: dangerJson(one.byDanger),
    })),
  };
}

function differenceJson(difference: StateDifference): JsonValue {
  switch (difference.kind) {
    case 'msr': {
      return { ...msrJson(difference), expected: hexText(difference.expected) };
    }
    case 'vcnt':
      return { vcnt: difference.value ?? null };
    default:
      return { [difference.kind]: difference.value };
  }
}

function refusedJson({ ids, differences, pages }: RefusedVcpus): JsonValue {
  return { vcpus: ids, differences: differences.map(differenceJson), pages: exactJson(pages) };
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
        parts: result.parts.map((part) => ({ ...part, pages: exactJson(part.pages) })),
        needVcpu: exactJson(result.needVcpu),
        disagree: exactJson(result.disagree),
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
        moreBytes: exactJson(moreBytes),
        wrong: wrongJson(wrong),
      };
    }
    case 'max-cd':
      return { design, cacheDisabled: result.on, wrong: wrongJson(result.wrong) };
    case 'zap-on-cd':
    case 'fine-zap':
      return { design, wrong: wrongJson(result.wrong) };
    case 'uniform':
      return {
        design,
        refused: result.refused.map(refusedJson),
        withoutEffect: result.withoutEffect.map(refusedJson),
        wrong: wrongJson(result.wrong),
      };
  }
}

const COLUMNS: readonly Column<Disagreement>[] = [
  ...rangeColumns('gpa', false),
  {
    name: 'who',
    title: '',
    text: () => '',
    value: ({ who }) => who.map(({ demand, ids }) => ({ ...eptJson(demand), vcpus: ids })),
  },
];

/**
 * Lines of the JSON object `eptsweep/share@2`, the spans of disagreement as a list that is written as they are
 * found.
 *
 * @param limit - most spans; the rest is counted alone
 */
export function shareJsonLines(sharing: Sharing, basis: Basis, limit: number): Iterable<string> {
  const { range, pages, disagree, ipatOnly, outside, sets, groups, designs } = sharing;
  const rows = new LimitedRows(sharing.disagreements(), limit);
  return jsonLines({
    head: {
      ...headJson('share', basis),
      states: groups.length,
      range: rangeJson(range),
      pages: exactJson(pages),
      disagree: exactJson(disagree),
      ipatOnly: exactJson(ipatOnly),
      outside: { pages: exactJson(outside.pages), disagree: exactJson(outside.disagree) },
      sets: sets.map((set) => ({ demands: set.demands.map(eptJson), pages: exactJson(set.pages) })),
      designs: designs.map(designJson),
    },
    list: 'disagreements',
    columns: COLUMNS,
    rows,
    tail: () => (rows.truncated ? { truncated: true } : {}),
  });
}
