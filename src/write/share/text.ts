/** How vCPUs share an EPT, as tables for people. */
import type {
  Danger,
  DesignResult,
  Disagreement,
  RefusedVcpus,
  Sharing,
  StateDifference,
  WithoutVcpuReason,
  WrongEntries,
} from '../../share/index.ts';
import { addresses, countText, eptText, hexText, idsText, pagesText, plural } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { hostText } from '../vcpu-words.ts';

/** One line of the comparison of designs. */
export interface DesignRow {
  readonly design: string;
  readonly wrong: WrongEntries | undefined;
  readonly note: string;
}

const REASONS: Readonly<Record<WithoutVcpuReason, string>> = {
  mmio: 'host MMIO is UC',
  'no-noncoherent-dma': 'no non-coherent DMA',
  'mtrr-unused': 'this release uses no guest MTRRs',
  nested: 'nested page tables carry no type, the vCPUs agree by construction',
  'needs-cd-and-mtrr': 'CR0.CD and MTRRs of a vCPU are needed',
  'needs-mtrr': 'MTRRs of a vCPU are needed',
};

/** Why pages can, or cannot, be answered without a vCPU. */
export function withoutVcpuText(reason: WithoutVcpuReason): string {
  return REASONS[reason];
}

/** A register on which vCPUs differ. */
export function differenceText(difference: StateDifference): string {
  switch (difference.kind) {
    case 'msr':
      return `MSR ${hexText(difference.msr)} ${hexText(difference.value)} instead of ${hexText(difference.expected)}`;
    case 'cr0cd':
      return `CR0.CD=${difference.value ? 1 : 0}`;
    case 'guest-has-mtrr':
      return `CPUID ${difference.value ? 'with' : 'without'} MTRR`;
    case 'vcnt':
      return `${difference.value ?? 8} variable ranges`;
  }
}

function shortList(texts: readonly string[], most: number): string {
  const more = texts.length - most;
  return more > 0 ? `${texts.slice(0, most).join(', ')} and ${more} more` : texts.join(', ');
}

/** Ids in short: long lists are cut. */
export function shortIds(ids: readonly number[]): string {
  return shortList(idsText(ids).split(','), 6);
}

function refusedText(refused: readonly RefusedVcpus[]): string {
  if (refused.length === 0) return 'refuses no vCPU';
  const ids = refused.flatMap((one) => one.ids);
  const idle = refused.filter(({ pages }) => pages === 0n).flatMap((one) => one.ids);
  const needlessly =
    idle.length === 0 ? '' : `, ${countText(idle.length)} of them without effect on any page`;
  return `refuses ${countText(ids.length)} vCPU${ids.length === 1 ? '' : 's'} (${shortIds(ids)})${needlessly}`;
}

function roleText(result: Extract<DesignResult, { design: 'role' }>): string {
  const { roles, bits, free, fits, moreRoots, moreBytes, tablePages } = result;
  const more = tablePages.perRole - tablePages.shared;
  const release = free && (free.isExact ? free.countedIn : `${free.countedIn}, the nearest counted`);
  const room = free
    ? `${plural(bits, 'bit')} of ${free.free} free (${release})${fits ? '' : ': does not fit'}`
    : plural(bits, 'bit');
  const cost = `${plural(moreRoots, 'more root')}, ${plural(more, 'more table page')} (${pagesText(moreBytes >> 12n)})`;
  return `${plural(roles, 'role')}, ${room}; ${cost}`;
}

/** The lines of the comparison, one a design; first-fault has one for any order and one for the given. */
export function designRows(results: readonly DesignResult[]): readonly DesignRow[] {
  return results.flatMap(rowsOf);
}

function rowsOf(result: DesignResult): readonly DesignRow[] {
  switch (result.design) {
    case 'first-fault': {
      const [first] = result.order;
      return [
        { design: 'first-fault', wrong: result.anyOrder, note: 'can be, in some order of faults' },
        { design: '  in order', wrong: result.inOrder, note: `vCPU ${first} first: it decides every page` },
      ];
    }
    case 'vcpu0':
      return [{ design: 'vcpu0', wrong: result.wrong, note: `vCPU ${result.id} decides` }];
    case 'try-without-vcpu': {
      const parts = result.parts.map(
        ({ reason, pages }) => `${pagesText(pages)}: ${withoutVcpuText(reason)}`,
      );
      return [{ design: result.design, wrong: result.wrong, note: parts.join('; ') }];
    }
    case 'role':
      return [{ design: 'role', wrong: result.wrong, note: roleText(result) }];
    case 'max-cd': {
      const note = result.on ? 'a vCPU has CR0.CD=1: it counts for all' : 'no vCPU has CR0.CD=1';
      return [{ design: 'max-cd', wrong: result.wrong, note }];
    }
    case 'zap-on-cd':
    case 'fine-zap':
      return [
        { design: result.design, wrong: result.wrong, note: 'types as first-fault, other zaps: see replay' },
      ];
    case 'uniform':
      return [{ design: 'uniform', wrong: result.wrong, note: refusedText(result.refused) }];
  }
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
  return countColumn(danger, title, ({ wrong }) => wrong?.byDanger[danger] ?? 0n);
}

/** Columns of {@link designRows}. */
export const DESIGN_COLUMNS: readonly Column<DesignRow>[] = [
  { name: 'design', title: 'design', text: (row) => row.design, value: (row) => row.design.trim() },
  countColumn('pages', 'wrong pages', ({ wrong }) => wrong?.pages ?? 0n),
  countColumn('vcpuPages', 'times vCPUs', ({ wrong }) => wrong?.vcpuPages ?? 0n),
  dangerColumn('cacheable-for-uc', 'cached for UC'),
  dangerColumn('uc-for-cacheable', 'UC for cached'),
  { name: 'note', title: 'what it takes', text: (row) => row.note, value: (row) => row.note },
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

/** `0xa0000-0xbffff`, inclusive. */
export function gpaRangeText(start: number, end: number): string {
  return addresses({ start, end });
}

/** Columns of {@link Disagreement}. */
export const DISAGREEMENT_COLUMNS: readonly Column<Disagreement>[] = [
  {
    name: 'range',
    title: 'GPA range',
    text: ({ start, end }) => gpaRangeText(start, end),
    value: ({ start, end }) => gpaRangeText(start, end),
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

interface PairRow {
  readonly design: string;
  readonly demanded: string;
  readonly installed: string;
  readonly danger: Danger;
  readonly vcpuPages: bigint;
}

function* pairRows(results: readonly DesignResult[]): Generator<PairRow> {
  for (const { design, wrong } of designRows(results)) {
    let title = design;
    for (const { demanded, installed, danger, vcpuPages } of wrong?.byPair ?? []) {
      yield {
        design: title,
        demanded: eptText(demanded.type, demanded.ipat),
        installed: eptText(installed.type, installed.ipat),
        danger,
        vcpuPages,
      };
      title = '';
    }
  }
}

const DANGER_TEXTS: Readonly<Record<Danger, string>> = {
  'cacheable-for-uc': 'cached where UC is demanded',
  'uc-for-cacheable': 'UC where caching is demanded',
  other: 'another difference',
};

const PAIR_COLUMNS: readonly Column<PairRow>[] = [
  { name: 'design', title: 'design', text: (row) => row.design, value: (row) => row.design },
  { name: 'demanded', title: 'demanded', text: (row) => row.demanded, value: (row) => row.demanded },
  { name: 'installed', title: 'shared entry', text: (row) => row.installed, value: (row) => row.installed },
  countColumn('vcpuPages', 'pages x vCPUs', ({ vcpuPages }) => vcpuPages),
  { name: 'danger', title: 'danger', text: (row) => DANGER_TEXTS[row.danger], value: (row) => row.danger },
];

interface VcpuRow {
  readonly design: string;
  readonly ids: readonly number[];
  readonly pages: bigint;
  readonly cached: bigint;
  readonly uncached: bigint;
}

function* vcpuRows(results: readonly DesignResult[], most: number): Generator<VcpuRow> {
  for (const { design, wrong } of designRows(results)) {
    let title = design;
    for (const { ids, pages, byDanger } of (wrong?.byVcpu ?? []).slice(0, most)) {
      yield {
        design: title,
        ids,
        pages,
        cached: byDanger['cacheable-for-uc'],
        uncached: byDanger['uc-for-cacheable'],
      };
      title = '';
    }
  }
}

const VCPU_COLUMNS: readonly Column<VcpuRow>[] = [
  { name: 'design', title: 'design', text: (row) => row.design, value: (row) => row.design },
  { name: 'vcpus', title: 'vCPUs', text: ({ ids }) => shortIds(ids), value: ({ ids }) => idsText(ids) },
  countColumn('pages', 'wrong pages each', ({ pages }) => pages),
  countColumn('cached', 'cached for UC', ({ cached }) => cached),
  countColumn('uncached', 'UC for cached', ({ uncached }) => uncached),
];

/** What {@link shareLines} takes besides the result. */
export interface ShareTextOptions extends TableOptions {
  /** Most spans, and most groups of vCPUs a design, that are listed. */
  readonly limit: number;
}

function* refusedLines(results: readonly DesignResult[], limit: number): Generator<string> {
  for (const result of results) {
    if (result.design !== 'uniform' || result.refused.length === 0) continue;
    yield '';
    yield 'uniform refuses';
    for (const { ids, differences, pages } of result.refused.slice(0, limit)) {
      const effect = pages === 0n ? 'no page differs' : `${countText(pages)} pages differ`;
      yield `  vCPU ${shortIds(ids)}: ${shortList(differences.map(differenceText), 3)}; ${effect}`;
    }
    if (result.refused.length > limit)
      yield `  ... and ${countText(result.refused.length - limit)} more states`;
  }
}

/** Lines that tell how vCPUs share an EPT; spans are found while they are printed. */
export function* shareLines(
  sharing: Sharing,
  { limit, ...style }: ShareTextOptions,
): Generator<string, void, undefined> {
  const { vm, policy, groups, disagree, designs } = sharing;
  const vcpus = `${countText(vm.vcpus.length)} vCPU${vm.vcpus.length === 1 ? '' : 's'}`;
  const states = `${countText(groups.length)} state${groups.length === 1 ? '' : 's'}`;
  yield `${vm.name}: policy ${policy.name}, ${vcpus} in ${states}${hostText(vm)}, ${vm.maxphyaddr} address bits, non-coherent DMA ${vm.noncoherentDma ? 'on' : 'off'}`;
  yield disagree === 0n
    ? 'the vCPUs agree on every page'
    : `the vCPUs disagree on ${countText(disagree)} pages (${pagesText(disagree)})`;
  yield '';
  yield* tableLines(SET_COLUMNS, sharing.sets, style);
  yield '';
  yield* tableLines(DESIGN_COLUMNS, designRows(designs), style);
  if (disagree > 0n) {
    yield '';
    yield* tableLines(PAIR_COLUMNS, pairRows(designs), style);
    yield '';
    yield* tableLines(VCPU_COLUMNS, vcpuRows(designs, limit), style);
    yield* refusedLines(designs, limit);
    yield '';
    yield* disagreementLines(sharing, style, limit);
  } else yield* refusedLines(designs, limit);
}

function* disagreementLines(sharing: Sharing, style: TableOptions, limit: number): Generator<string> {
  let more = false;
  function* limited(): Generator<Disagreement> {
    let listed = 0;
    for (const one of sharing.disagreements()) {
      if (listed === limit) {
        more = true;
        return;
      }
      listed += 1;
      yield one;
    }
  }
  yield* tableLines(DISAGREEMENT_COLUMNS, limited(), style);
  if (more) yield `... more than ${countText(limit)} spans; --limit lists more, the totals are of all`;
}
