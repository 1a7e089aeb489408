/** The tables of a summary, by what was asked: columns and rows, for text and for Markdown. */
import type {
  AxisValueSummary,
  CombinationSummary,
  Counted,
  DifferenceCount,
  Summary,
  SweepSpec,
} from '../../sweep/index.ts';
import { compareCounted } from '../../sweep/summary.ts';
import { countText, pagesText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { assignmentText, shareText, valueText } from './words.ts';

/** A table with its heading. */
export interface SummaryTable {
  readonly title: string;
  /** Lines of the table. */
  readonly write: (
    lines: <Row>(columns: readonly Column<Row>[], rows: readonly Row[]) => Iterable<string>,
  ) => Iterable<string>;
}

/** Rows of a table for people; the rest is in JSON and Parquet. */
const MOST_ROWS = 40;

function column<Row>(
  title: string,
  text: (row: Row) => string,
  align: 'left' | 'right' = 'right',
): Column<Row> {
  return { name: title, title, align, text, value: text };
}

function table<Row>(
  title: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly SummaryTable[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST_ROWS ? ` (the first ${MOST_ROWS} of ${countText(rows.length)})` : '';
  const shown = rows.slice(0, MOST_ROWS);
  return [{ title: `${title}${more}`, write: (lines) => lines(columns, shown) }];
}

const DIFFERENCES: readonly Column<DifferenceCount>[] = [
  column('compared', ({ compared }) => countText(compared)),
  column('differ', ({ differing }) => countText(differing)),
  column('share', ({ differing, compared }) => shareText(differing, compared)),
  column('pages', ({ pages }) => countText(pages)),
  column('memory', ({ pages }) => pagesText(pages)),
];

function counted(title: string, noun: string): readonly Column<Counted>[] {
  return [
    column(title, ({ name }) => name, 'left'),
    column(noun, ({ count }) => countText(count)),
    column('first point', ({ first }) => (first === undefined ? '-' : String(first))),
  ];
}

/** By number of ranges, over all combinations. */
function rangesOf(combinations: readonly CombinationSummary[]): CombinationSummary['byRanges'] {
  const all = new Map<number, DifferenceCount>();
  for (const { ranges, compared, differing, pages } of combinations.flatMap(({ byRanges }) => byRanges)) {
    const before = all.get(ranges) ?? { compared: 0n, differing: 0n, pages: 0n };
    all.set(ranges, {
      compared: before.compared + compared,
      differing: before.differing + differing,
      pages: before.pages + pages,
    });
  }
  return [...all].sort(([a], [b]) => a - b).map(([ranges, one]) => ({ ranges, ...one }));
}

/** Sums of all combinations by name, the largest first. */
export function summed(
  combinations: readonly CombinationSummary[],
  of: 'answers' | 'pairs',
): readonly Counted[] {
  const all = new Map<string, bigint>();
  for (const one of combinations.flatMap((each) => each[of]))
    all.set(one.name, (all.get(one.name) ?? 0n) + one.count);
  return [...all].map(([name, count]) => ({ name, count, first: undefined })).sort(compareCounted);
}

function pagesBy(title: string, rows: readonly Counted[]): readonly SummaryTable[] {
  const columns = [
    column<Counted>(title, ({ name }) => name.replace('>', ' -> '), 'left'),
    column<Counted>('pages', ({ count }) => countText(count)),
    column<Counted>('memory', ({ count }) => pagesText(count)),
  ];
  return table(`pages by ${title}`, columns, rows);
}

function axisTables({ axes }: Summary): readonly SummaryTable[] {
  const several = axes.filter(({ values }) => values.length > 1);
  return several.flatMap(({ path, values }) =>
    table(
      `by ${path}`,
      [column<AxisValueSummary>(path, ({ value }) => valueText(value), 'left'), ...DIFFERENCES],
      values,
    ),
  );
}

function compareTables(summary: Summary, spec: SweepSpec): readonly SummaryTable[] {
  const { combinations } = summary;
  const columns = [
    column<CombinationSummary>('combination', ({ assignment }) => assignmentText(assignment), 'left'),
    ...DIFFERENCES,
    column<CombinationSummary>('first point', ({ first }) => (first === undefined ? '-' : String(first))),
  ];
  const ranges = column<CombinationSummary['byRanges'][number]>('ranges', ({ ranges }) => String(ranges));
  return [
    ...table('by combination', columns, combinations),
    ...(combinations.length > 2 ? axisTables(summary) : []),
    ...table('by number of variable ranges that are on', [ranges, ...DIFFERENCES], rangesOf(combinations)),
    ...pagesBy(`answer of ${spec.against}, then the point's`, summed(combinations, 'pairs')),
  ];
}

/** The tables of a summary. */
export function summaryTables(summary: Summary, spec: SweepSpec): readonly SummaryTable[] {
  const refused = table('refused', counted('what', 'points'), summary.refusals);
  switch (summary.ask) {
    case 'compare':
      return [...compareTables(summary, spec), ...refused];
    case 'totals':
      return [
        ...pagesBy('answer', summed(summary.combinations, 'answers')),
        ...table('distinct answers, the most frequent first', counted('answer', 'points'), summary.distinct),
        ...refused,
      ];
    case 'check':
      return [
        ...table(
          'machines with equal maps, the most frequent first',
          counted('map', 'machines'),
          summary.classes,
        ),
        ...table('rules that found something', counted('rule', 'findings'), summary.rules),
        ...refused,
      ];
    case 'oracle':
      return [
        ...table('answered differently', counted('question', 'times'), summary.questions),
        ...table('rules that were met', counted('rule', 'times'), summary.rules),
        ...refused,
      ];
    case 'pages':
      return [
        ...table(
          'digests',
          [
            column<Summary['digests'][number]>('point', ({ point }) => String(point)),
            column<Summary['digests'][number]>('vCPU', ({ vcpu }) => String(vcpu)),
            column<Summary['digests'][number]>(
              'digest of all entries',
              ({ digest }) => `0x${digest}`,
              'left',
            ),
          ],
          summary.digests,
        ),
        ...pagesBy('answer', summed(summary.combinations, 'answers')),
        ...refused,
      ];
  }
}
