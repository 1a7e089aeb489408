/** What `eptsweep map` prints, in each of its formats. */

import type { View } from '../../engine/index.ts';
import { type AnswerOf, type TotalOf, typeName, type Want } from '../../types.ts';
import type { EngineName, Query, Vm } from '../../vm/index.ts';
import { countText, eptText, hexText, levelText, pagesText } from '../../words.ts';
// Straight from their files: the index brings every writer, and each module costs a quarter of a millisecond.
import type { Column, JsonValue } from '../format/column.ts';
import { csvLines } from '../format/csv.ts';
import type { Format } from '../format/formats.ts';
import { jsonLines } from '../format/json.ts';
import { LimitedRows } from '../format/limited-rows.ts';
import { markdownLines } from '../format/markdown.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import type { By } from '../format/range-columns.ts';
import { type TableOptions, tableLines } from '../format/table.ts';
import { vcpusText } from '../vcpu-words.ts';
import { type MapRow, mapColumns, mapRows } from './rows.ts';

/** What is printed, resolved. */
export interface MapJob {
  readonly vm: Vm;
  readonly view: View;
  readonly vcpu: number;
  readonly engine: EngineName;
  readonly wants: readonly Want[];
  readonly query: Query;
  readonly by: By;
  readonly limit: number;
}

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

function totalValue(total: TotalOf<Want>): JsonValue {
  const pages = Number(total.pages);
  if (total.level === undefined) {
    return { type: typeName(total.type), ...(total.ipat !== undefined && { ipat: total.ipat === 1 }), pages };
  }
  if (total.entry === undefined) return { level: total.level, pages };
  return { level: total.level, entry: total.entry === null ? null : hexText(total.entry), pages };
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
export function headline({ vm, view, vcpu, engine }: MapJob): string {
  const which = vm.vcpus.length === 1 ? '' : `, this is ${vm.vcpus[vcpu]!.name}`;
  return `${vm.name}: policy ${view.policy.name}, ${vcpusText(vm)}${which}, ${vm.maxphyaddr} address bits, engine ${engine}`;
}

function* tableText(job: MapJob, style: TableOptions): Generator<string> {
  yield headline(job);
  yield '';
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  yield* tableLines(mapColumns(job.wants, job.by, true), rows, style);
  if (rows.truncated)
    yield `... more than ${countText(job.limit)} spans; --limit lists more, the totals are of all`;
  yield '';
  yield* tableLines(TOTAL_COLUMNS, totalRows(job), style);
}

function jsonText(job: MapJob): Iterable<string> {
  const { vm, view, vcpu, wants, query, by, engine, limit } = job;
  const columns = mapColumns(wants, by, false);
  const rows = new LimitedRows<MapRow>(mapRows(view, wants, query), limit);
  const { start, end } = query.range!;
  const head = {
    schema: 'eptsweep/map@1',
    config: vm.name,
    policy: view.policy.name,
    engine,
    vcpu: vm.vcpus[vcpu]!.id,
    maxphyaddr: vm.maxphyaddr,
    wants,
    ...(wants.includes('effective') && { pat: typeName(query.pat!) }),
    by,
    range: { firstGfn: hexText(start), pages: end - start },
  };
  const tail = () => ({
    ...(rows.truncated && { truncated: true }),
    totals: Object.fromEntries(
      wants.map((want) => [want, view.totals(want, query).map((total) => totalValue(total))]),
    ),
  });
  return jsonLines({ head, list: 'spans', columns, rows, tail });
}

/** The lines of every format that is text. */
export function mapLines(job: MapJob, format: Format, colour: boolean): Iterable<string> {
  if (format === 'table') return tableText(job, { colour });
  if (format === 'markdown') return markdownLines(tableText(job, { markdown: true }));
  if (format === 'json') return jsonText(job);
  const columns = mapColumns(job.wants, job.by, false);
  const rows = new LimitedRows<MapRow>(mapRows(job.view, job.wants, job.query), job.limit);
  return format === 'csv' ? csvLines(columns, rows) : ndjsonLines(columns, rows);
}
