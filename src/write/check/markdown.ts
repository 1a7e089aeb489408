/** Findings as a table for a pull request or a job summary, the worst first. */
import type { Finding } from '../../check/index.ts';
import { addresses, countText, pagesText } from '../../words.ts';
import type { Column } from '../format/column.ts';
import { markdownTable, markdownText } from '../format/markdown.ts';
import { type CheckReport, causeText } from './report.ts';
import { checkSummary } from './text.ts';

/** Ranges and registers that a cell lists. */
const MOST_LISTED = 4;

/** The first few lines of a cell, and how many more there are. */
function cell(lines: readonly string[], count: number): string {
  const shown = lines.slice(0, MOST_LISTED);
  return [...shown, ...(count > shown.length ? [`and ${countText(count - shown.length)} more`] : [])].join(
    '\n',
  );
}

function column(title: string, text: (finding: Finding) => string): Column<Finding> {
  return { name: title, title, text, value: text };
}

const COLUMNS: readonly Column<Finding>[] = [
  column('severity', ({ severity }) => severity),
  column('rule', ({ rule }) => rule),
  column('what', ({ message }) => message),
  column('where', ({ ranges, rangeCount }) =>
    cell(
      ranges.map((range) => `${addresses(range)} (${pagesText(range.end - range.start)})`),
      rangeCount,
    ),
  ),
  column('cause', ({ causes }) => cell(causes.map(causeText), causes.length)),
  column('do', ({ remedy }) => remedy),
];

/** Lines of Markdown: the counts, then a row for each finding. */
export function* checkMarkdownLines(report: CheckReport): Generator<string, void, undefined> {
  yield `**${markdownText(checkSummary(report))}**`;
  for (const assumption of report.basis.assumptions ?? []) yield* ['', markdownText(assumption)];
  if (report.findings.length === 0) return;
  yield '';
  yield* markdownTable(COLUMNS, report.findings);
}
