/** How vCPUs share an EPT, as tables for people. */
import type { Danger, DesignResult, Disagreement, Sharing, WrongEntries } from '../../share/index.ts';
import { addresses, countText, eptText, idsText, pagesText, plural } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { hostText } from '../vcpu-words.ts';
import { consequenceText, refusedTexts, shortIds } from './consequences.ts';

/** One line of the comparison of designs. */
export interface DesignRow {
  readonly design: string;
  readonly wrong: WrongEntries;
}

/** The lines of the comparison, one a design; first-fault has one for any order and one for the given. */
export function designRows(results: readonly DesignResult[]): readonly DesignRow[] {
  return results.flatMap((result): readonly DesignRow[] => {
    if (result.design !== 'first-fault') return [{ design: result.design, wrong: result.wrong }];
    return [
      { design: 'first-fault', wrong: result.anyOrder },
      { design: `  vCPU ${result.order[0]} first`, wrong: result.inOrder },
    ];
  });
}

function countColumn<Row>(name: string, title: string, count: (row: Row) => bigint): Column<Row> {
  return {
    name,
    title,
    align: 'right',
    text: (row) => (count(row) === 0n ? '-' : countText(count(row))),
    value: (row) => count(row).toString(),
  };
}

function dangerColumn(danger: Danger, title: string): Column<DesignRow> {
  return countColumn(danger, title, ({ wrong }) => wrong.byDanger[danger]);
}

/** Columns of {@link designRows}. */
export const DESIGN_COLUMNS: readonly Column<DesignRow>[] = [
  { name: 'design', title: 'design', text: (row) => row.design, value: (row) => row.design.trim() },
  countColumn('pages', 'wrong pages', ({ wrong }) => wrong.pages),
  countColumn('vcpuPages', 'times vCPUs', ({ wrong }) => wrong.vcpuPages),
  dangerColumn('cacheable-for-uc', 'cached for UC'),
  dangerColumn('uc-for-cacheable', 'UC for cached'),
  dangerColumn('other', 'other types'),
  dangerColumn('ipat-only', 'IPAT alone'),
];

const SET_COLUMNS: readonly Column<Sharing['sets'][number]>[] = [
  {
    name: 'demands',
    title: 'vCPUs demand',
    text: ({ demands }) => demands.map(({ type, ipat }) => eptText(type, ipat)).join(' or '),
    value: ({ demands }) => demands.map(({ type, ipat }) => eptText(type, ipat)),
  },
  {
    name: 'size',
    title: 'size',
    align: 'right',
    text: ({ pages }) => pagesText(pages),
    value: ({ pages }) => pagesText(pages),
  },
  countColumn('pages', 'pages', ({ pages }) => pages),
];

/** Columns of {@link Disagreement}. */
export const DISAGREEMENT_COLUMNS: readonly Column<Disagreement>[] = [
  {
    name: 'range',
    title: 'GPA range',
    text: addresses,
    value: addresses,
  },
  {
    name: 'pages',
    title: 'size',
    align: 'right',
    text: ({ start, end }) => pagesText(end - start),
    value: ({ start, end }) => end - start,
  },
  {
    name: 'who',
    title: 'who gets what',
    text: ({ who }) =>
      who.map(({ demand, ids }) => `${eptText(demand.type, demand.ipat)}: vCPU ${shortIds(ids)}`).join('; '),
    value: ({ who }) =>
      who.map(({ demand, ids }) => ({ type: eptText(demand.type, demand.ipat), vcpus: idsText(ids) })),
  },
];

/** What {@link shareLines} takes besides the result. */
export interface ShareTextOptions extends TableOptions {
  /** Most spans, and most groups of vCPUs a design, that are listed. */
  readonly limit: number;
}

function* registerLines(results: readonly DesignResult[], limit: number): Generator<string> {
  for (const result of results) {
    if (result.design !== 'uniform') continue;
    const lines = refusedTexts([...result.refused, ...result.withoutEffect], limit);
    if (lines.length === 0) continue;
    yield '';
    yield `registers that differ from vCPU ${result.first}:`;
    for (const line of lines) yield `  ${line}`;
  }
}

function disagreementText({ disagree, ipatOnly, outside }: Sharing): string {
  const elsewhere =
    outside.disagree === 0n
      ? ''
      : `; their registers differ for ${pagesText(outside.disagree)} more where no slot maps anything`;
  if (disagree === 0n) return `the vCPUs agree on every page that can be mapped${elsewhere}`;
  const alone =
    ipatOnly === 0n
      ? ''
      : ipatOnly === disagree
        ? ', on IPAT alone'
        : `, on ${pagesText(ipatOnly)} of it on IPAT alone`;
  return `the vCPUs disagree on ${countText(disagree)} pages (${pagesText(disagree)})${alone}${elsewhere}`;
}

/** Lines that tell how vCPUs share an EPT; spans are found while they are printed. */
export function* shareLines(
  sharing: Sharing,
  { limit, ...style }: ShareTextOptions,
): Generator<string, void, undefined> {
  const { vm, policy, groups, disagree, designs } = sharing;
  const [vcpus, states] = [plural(vm.vcpus.length, 'vCPU'), plural(groups.length, 'state')];
  yield `${vm.name}: policy ${policy.name}, ${vcpus} in ${states}${hostText(vm)}, ${vm.maxphyaddr} address bits, non-coherent DMA ${vm.noncoherentDma ? 'on' : 'off'}`;
  yield disagreementText(sharing);
  if (sharing.outside.pages > 0n) {
    yield `counted: ${pagesText(sharing.pages)} in slots; no entry can exist on the other ${pagesText(sharing.outside.pages)}`;
  }
  yield '';
  yield* tableLines(SET_COLUMNS, sharing.sets, style);
  yield '';
  yield* tableLines(DESIGN_COLUMNS, designRows(designs), style);
  yield '';
  yield 'what follows:';
  for (const design of designs) yield `  ${consequenceText(design)}`;
  yield* registerLines(designs, limit);
  if (disagree === 0n) return;
  yield '';
  yield* disagreementLines(sharing, style, limit);
}

function* disagreementLines(sharing: Sharing, style: TableOptions, limit: number): Generator<string> {
  const rows = new LimitedRows(sharing.disagreements(), limit);
  yield* tableLines(DISAGREEMENT_COLUMNS, rows, style);
  if (rows.truncated)
    yield `... more than ${countText(limit)} spans; --limit lists more, the totals are of all`;
}
