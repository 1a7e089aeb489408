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
import { type TableOptions, tableLines } from '../format/table.ts';
import type { DiffOutput } from './output.ts';
import { causesText, type DiffRow, diffColumns } from './rows.ts';

/** What is compared, resolved. */
export interface AcrossJob {
  readonly title: string;
  readonly config: string;
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
  const columns = diffColumns({ want, by, names: labels, labels, hasCauses: true, format: 'table' });
  yield* tableLines(columns, rowsOf(result), style);
  if (!comparison.isComplete) yield '... and more spans; --limit lists more, the counts are of all';
}

function jsonText(result: Result): Iterable<string> {
  const { job, comparison, labels } = result;
  const { want, by, query } = job;
  const columns: JsonValue = comparison.groups.map((group, index) => ({
    label: labels[index]!,
    sides: group.map((side) => job.sides[side]!.label),
  }));
  const head = {
    schema: 'eptsweep/diff@1',
    config: job.config,
    want,
    by,
    range: { firstGfn: hexText(query.range.start), pages: query.range.end - query.range.start },
    columns,
    differs: comparison.groups.length > 1,
    ...(comparison.pages !== undefined && { pages: Number(comparison.pages) }),
    pagesUnlikeFirst: comparison.fromFirst.map(Number),
    ...(job.hasRaw && { raw: rawNames(job.sides) }),
  };
  return jsonLines({
    head,
    list: 'spans',
    columns: diffColumns({ want, by, names: labels, labels, hasCauses: true, format: 'json' }),
    rows: rowsOf(result),
    tail: () => (comparison.isComplete ? {} : { truncated: true }),
  });
}

/** Compares any number of sides. */
export function acrossOutput(job: AcrossJob, format: Format, colour: boolean): DiffOutput {
  const result = resultOf(job);
  const found = result.comparison.groups.length > 1;
  if (format === 'table') return { kind: 'lines', lines: tableText(result, { colour }), differs: found };
  if (format === 'markdown') {
    return { kind: 'lines', lines: markdownLines(tableText(result, { markdown: true })), differs: found };
  }
  if (format === 'json') return { kind: 'lines', lines: jsonText(result), differs: found };
  const { labels } = result;
  if (format === 'svg') {
    const sides = labels.map((label, k) => ({ label, side: result.chosen[k]! }));
    return { kind: 'svg', differs: found, picture: { ...job, summary: summary(result), sides } };
  }
  if (format === 'parquet') {
    const { want, by, config } = job;
    const truncated = result.comparison.isComplete ? {} : { truncated: 'true' };
    const metadata = () => ({ config, across: job.title, ...truncated });
    const parquet = { want, by, names: labels, hasCauses: true, rows: rowsOf(result), metadata };
    return { kind: 'parquet', differs: found, parquet };
  }
  const columns = diffColumns({ want: job.want, by: job.by, names: labels, labels, hasCauses: true, format });
  const rows = rowsOf(result);
  return {
    kind: 'lines',
    lines: format === 'csv' ? csvLines(columns, rows) : ndjsonLines(columns, rows),
    differs: found,
  };
}
