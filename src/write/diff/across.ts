/** A diff of many sides as columns: kernels, vCPUs, switches. Sides that answer the same share a column. */
import {
  CauseFinder,
  type ColumnsComparison,
  compareColumns,
  isSameAnswer,
  rawDifferences,
} from '../../diff/index.ts';
import type { OpenedSide } from '../../diff/side.ts';
import type { GfnRange, PatType, Want } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import { countText, hexText, idsText, pagesText } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { csvLines } from '../format/csv.ts';
import type { Format } from '../format/formats.ts';
import { jsonLines } from '../format/json.ts';
import { markdownLines } from '../format/markdown.ts';
import { ndjsonLines } from '../format/ndjson.ts';
import type { By } from '../format/range-columns.ts';
import { type TableOptions, type TextStyle, tableLines } from '../format/table.ts';
import type { Basis } from '../json/basis.ts';
import { exactJson } from '../json/vocabulary.ts';
import type { DiffOutput } from './output.ts';
import { causesText, type DiffRow, diffColumns } from './rows.ts';
import { askedJson, sideJson, sidesText, sidesTexts } from './sides.ts';

/** What is compared, resolved. */
export interface AcrossJob {
  readonly title: string;
  /** Of the config under its own policy. */
  readonly basis: Basis;
  /** Ids of the vCPUs that these rows are of, where several states are answered. */
  readonly ids?: readonly number[] | undefined;
  readonly want: Want;
  readonly query: Query & { readonly range: GfnRange; readonly pat: PatType };
  readonly by: By;
  readonly limit: number;
  /** All of one engine. */
  readonly sides: readonly OpenedSide[];
  /** Whether raw registers are compared too. */
  readonly hasRaw: boolean;
}

interface Result {
  readonly job: AcrossJob;
  readonly comparison: ColumnsComparison;
  /** Labels of the folded columns. */
  readonly labels: readonly string[];
  /** One side of each column. */
  readonly chosen: readonly OpenedSide[];
}

function foldedLabel(sides: readonly OpenedSide[]): string {
  const ids = sides.flatMap((side) => side.ids ?? []);
  return ids.length > 0 ? `vCPU ${idsText(ids)}` : sides.map((side) => side.label).join(', ');
}

function resultOf(job: AcrossJob): Result {
  const { sides, want, query, limit } = job;
  const sources = sides.map((side) => side.source!);
  const areViews = sides.every((side) => side.source === side.view);
  const engine = areViews ? sides[0]!.engine : undefined;
  const comparison = compareColumns(sources, want, query, limit, engine);
  const labels = comparison.groups.map((group) => foldedLabel(group.map((index) => sides[index]!)));
  return { job, comparison, labels, chosen: comparison.groups.map(([first]) => sides[first!]!) };
}

/** Why neighbouring columns differ, span by span. */
function* rowsOf({ job, comparison, chosen }: Result): Generator<DiffRow, void, undefined> {
  const { want, query } = job;
  const finders = chosen
    .slice(1)
    .map((side, index) => new CauseFinder(side.engine, chosen[index]!, side, want, query.pat));
  let before: string | undefined;
  try {
    for (const { start, end, answers } of comparison.spans) {
      const causes = finders
        .filter((_, index) => !isSameAnswer(answers[index]!, answers[index + 1]!))
        .map((finder) => finder.causeAt(start));
      const text = causesText(causes);
      yield { start, end, answers, causes, isSameCause: text === before };
      before = text;
    }
  } finally {
    for (const finder of finders) finder.dispose();
  }
}

/** Registers that are not the same in all sides, by name. */
function rawNames(sides: readonly OpenedSide[]): readonly string[] {
  const [first, ...others] = sides;
  const names = new Map(
    others.flatMap((side) =>
      rawDifferences(first!.vcpu, side.vcpu).map(
        ({ msr, name }) => [msr, `${name} ${hexText(msr)}`] as const,
      ),
    ),
  );
  return [...names].sort(([a], [b]) => a - b).map(([, name]) => name);
}

function rawLine({ job, comparison }: Result): string {
  const names = rawNames(job.sides);
  const effect = comparison.groups.length === 1 ? 'identical' : 'differs';
  if (names.length === 0) return `raw: no register differs; effect: ${effect}`;
  const count = names.length === 1 ? '1 register differs' : `${names.length} registers differ`;
  return `raw: ${count} (${names.join(', ')}); effect: ${effect}`;
}

function summary({ job, comparison, labels }: Result): string {
  const compared = job.query.range.end - job.query.range.start;
  if (comparison.groups.length === 1) {
    return `all the same (${labels[0]}): no page differs of ${countText(compared)} (${pagesText(compared)})`;
  }
  const { pages } = comparison;
  return pages === undefined
    ? `pages differ, in too many stretches to walk for more than two columns`
    : `${countText(pages)} of ${countText(compared)} pages differ (${pagesText(pages)} of ${pagesText(compared)})`;
}

function* tableText(result: Result, style: TableOptions): Generator<string> {
  const { job, comparison, labels } = result;
  yield job.title;
  if (job.hasRaw) yield rawLine(result);
  yield summary(result);
  if (comparison.groups.length === 1) return;
  const { fromFirst } = comparison;
  if (labels.length > 2) {
    const counts = fromFirst.slice(1).map((count, index) => `${labels[index + 1]} ${countText(count)}`);
    yield `pages unlike ${labels[0]}: ${counts.join('; ')}`;
  }
  yield '';
  const { want, by } = job;
  const columns = diffColumns({ want, by, names: labels, labels, hasCauses: true, forPeople: true });
  yield* tableLines(columns, rowsOf(result), style);
  if (!comparison.isComplete) yield '... and more spans; --limit lists more, the counts are of all';
}

function headOf(
  what: string,
  { job, comparison }: Result,
  { labels, groups, pagesUnlikeFirst }: Columns,
): Record<string, JsonValue | undefined> {
  return {
    ...askedJson(what, job),
    columns: groups.map((group, index) => ({
      label: labels[index]!,
      sides: group.map((side) => sideJson(job.sides[side]!)),
    })),
    differs: comparison.groups.length > 1,
    ...(comparison.pages !== undefined && { pages: exactJson(comparison.pages) }),
    pagesUnlikeFirst: pagesUnlikeFirst.map(exactJson),
    ...(job.hasRaw && { raw: rawNames(job.sides) }),
  };
}

/**
 * The same with a column a side, whatever is equal: a program that reads the answer finds the columns that it asked for.
 */
interface Columns {
  readonly labels: readonly string[];
  /** Positions of the sides in each column. */
  readonly groups: readonly (readonly number[])[];
  readonly pagesUnlikeFirst: readonly bigint[];
  readonly rows: () => Iterable<DiffRow>;
}

function foldedColumns(result: Result): Columns {
  const { comparison, labels } = result;
  const { groups, fromFirst: pagesUnlikeFirst } = comparison;
  return { labels, groups, pagesUnlikeFirst, rows: () => rowsOf(result) };
}

function columnsApart(result: Result): Columns {
  const { sides } = result.job;
  const { groups, fromFirst } = result.comparison;
  const groupOf = sides.map((_, index) => groups.findIndex((group) => group.includes(index)));
  return {
    labels: sides.map((side) => foldedLabel([side])),
    groups: sides.map((_, index) => [index]),
    pagesUnlikeFirst: groupOf.map((group) => fromFirst[group]!),
    *rows() {
      for (const row of rowsOf(result))
        yield { ...row, answers: groupOf.map((group) => row.answers[group]!) };
    },
  };
}

/** Formats that other programs read row by row. */
const COLUMN_FORMATS: readonly Format[] = ['csv', 'ndjson', 'parquet'];

/** Compares any number of sides. */
export function acrossOutput(job: AcrossJob, format: Format, style: TextStyle = {}): DiffOutput {
  const result = resultOf(job);
  const { comparison } = result;
  const found = comparison.groups.length > 1;
  const { want, by, basis } = job;
  const shown = COLUMN_FORMATS.includes(format) ? columnsApart(result) : foldedColumns(result);
  const { labels } = shown;
  const columns = diffColumns({ want, by, names: labels, labels, hasCauses: true, forPeople: false });
  const common = { differs: found, isTruncated: () => !comparison.isComplete };
  const lines = (text: Iterable<string>): DiffOutput => ({ kind: 'lines', lines: text, ...common });
  switch (format) {
    case 'table':
      return lines(tableText(result, style));
    case 'markdown':
      return lines(markdownLines(tableText(result, { markdown: true })));
    case 'json': {
      const tail = () => (comparison.isComplete ? {} : { truncated: true });
      const head = headOf('diff', result, shown);
      return lines(jsonLines({ head, list: 'spans', columns, rows: shown.rows(), tail }));
    }
    case 'ndjson':
      return lines(
        ndjsonLines(headOf('diff-lines', result, shown), columns, shown.rows(), {
          ...(job.ids && { trailing: { vcpus: job.ids } }),
          isTruncated: common.isTruncated,
        }),
      );
    case 'csv':
      return lines(csvLines(columns, shown.rows(), sidesTexts(basis, job.sides)));
    case 'svg': {
      const sides = labels.map((label, k) => ({ label, side: result.chosen[k]! }));
      const metadata = sidesText(basis, job.sides);
      return { kind: 'svg', ...common, picture: { ...job, summary: summary(result), sides, metadata } };
    }
    case 'parquet': {
      const truncated = comparison.isComplete ? {} : { truncated: 'true' };
      const metadata = () => ({ ...sidesTexts(basis, job.sides), across: job.title, ...truncated });
      const parquet = { want, by, names: labels, hasCauses: true, rows: shown.rows(), metadata };
      return { kind: 'parquet', ...common, parquet };
    }
  }
}
