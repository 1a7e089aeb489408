/** What `eptsweep map` prints, in each of its formats. */

import type { AnswerOf, Want } from '../../types.ts';
import { countText, eptText, hexText, levelText, pagesText } from '../../words.ts';
// Straight from their files: the index brings every writer, and each module costs a quarter of a millisecond.
import type { Column } from '../format/column.ts';
import { csvLines } from '../format/csv.ts';
import type { Format } from '../format/formats.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { markdownLines } from '../format/markdown.ts';
import { type TableOptions, type TextStyle, tableLines } from '../format/table.ts';
import { basisTexts } from '../json/basis.ts';
import { hostText, idsNamed, vcpusText } from '../vcpu-words.ts';
import { type MapJob, mapBasis } from './job.ts';
import { mapJsonLines, mapNdjsonLines } from './json.ts';
import { factLines, linuxTable } from './machine.ts';
import { type MapRow, mapColumns, mapRows } from './rows.ts';

/** What a want is called beside its totals. */
export const TOTAL_TITLES: Readonly<Record<Want, string>> = {
  mtrr: 'MTRR type',
  ept: 'EPT type',
  effective: 'effective',
  levels: 'level',
  leaf: 'leaf entry',
};

/** An answer of a total. */
export function totalText(total: AnswerOf<Want>): string {
  if (total.level === undefined) return eptText(total.type, total.ipat ?? 0);
  if (total.level === 0) return 'not mapped';
  if (total.entry === undefined) return levelText(total.level);
  return `${levelText(total.level)} ${total.entry === null ? 'undefined' : hexText(total.entry)}`;
}

interface TotalRow {
  readonly title: string;
  readonly text: string;
  readonly pages: bigint;
}

const TOTAL_COLUMNS: readonly Column<TotalRow>[] = [
  { name: 'of', title: 'total by', text: (row) => row.title, value: (row) => row.title },
  { name: 'value', title: '', text: (row) => row.text, value: (row) => row.text },
  {
    name: 'size',
    title: 'size',
    align: 'right',
    text: (row) => pagesText(row.pages),
    value: (row) => pagesText(row.pages),
  },
  {
    name: 'pages',
    title: 'pages',
    align: 'right',
    text: (row) => countText(row.pages),
    value: (row) => Number(row.pages),
  },
];

function* totalRows({ view, wants, query }: MapJob): Generator<TotalRow> {
  for (const want of wants) {
    let title = TOTAL_TITLES[want];
    for (const total of view.totals(want, query)) {
      yield { title, text: totalText(total), pages: total.pages };
      title = '';
    }
  }
}

/** Whose answers these are, in a line. */
export function headline({ vm, view, vcpu, ids, engine }: MapJob): string {
  const which = vm.vcpus.length === 1 ? '' : `, this is ${idsNamed(vm, ids ?? [vm.vcpus[vcpu]!.id])}`;
  return `${vm.name}: policy ${view.policy.name}, ${vcpusText(vm)}${which}${hostText(vm)}, ${vm.maxphyaddr} address bits, engine ${engine}`;
}

function* tableText(job: MapJob, style: TableOptions): Generator<string> {
  yield headline(job);
  yield* factLines(job);
  yield '';
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  yield* tableLines(mapColumns(job.wants, job.by, true), rows, style);
  if (rows.truncated)
    yield `... more than ${countText(job.limit)} spans; --limit lists more, the totals are of all`;
  yield '';
  yield* tableLines(TOTAL_COLUMNS, totalRows(job), style);
  yield* linuxTable(job, style);
}

function* csvText(job: MapJob): Generator<string, void, undefined> {
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  yield* csvLines(mapColumns(job.wants, job.by, false), rows, basisTexts(mapBasis(job)));
  if (rows.truncated) job.onTruncated?.();
}

/** The lines of every format that is text. */
export function mapLines(job: MapJob, format: Format, style: TextStyle = {}): Iterable<string> {
  if (format === 'table') return tableText(job, style);
  if (format === 'markdown') return markdownLines(tableText(job, { markdown: true }));
  if (format === 'json') return mapJsonLines(job);
  if (format === 'ndjson') return mapNdjsonLines(job);
  return csvText(job);
}
