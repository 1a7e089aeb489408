/** A campaign's summary for people: text, or Markdown. */
import { countText, plural } from '../../words.ts';
import { type TextStyle, tableLines } from '../format/table.ts';
import type { SummaryReport } from './summary.ts';
import { summaryTables } from './tables.ts';
import { askText, showLine, smallFindingText, titleText } from './words.ts';

/** How it is written. */
export interface SummaryTextOptions extends TextStyle {
  readonly markdown?: boolean;
}

/** Maps that single machines have, where many share one: what stands out of a fleet. */
function outliersText({ summary: { classes, points } }: SummaryReport): string | undefined {
  const alone = classes.filter(({ count }) => count === 1n);
  const most = classes[0]?.count ?? 0n;
  if (alone.length === 0 || most * 2n < points) return undefined;
  return `outliers: ${plural(alone.length, 'machine')} with a map of its own, point ${alone
    .map(({ first }) => first)
    .slice(0, 10)
    .join(', ')}${alone.length > 10 ? ', ...' : ''}`;
}

function* headLines(report: SummaryReport): Generator<string> {
  const { summary, campaign, blocks } = report;
  const { points, states, findings, verified, contradicted, refusals } = summary;
  const part =
    blocks < campaign.blocks ? `, ${countText(blocks)} of ${countText(campaign.blocks)} blocks` : '';
  const answered = plural(states, 'state of a vCPU', 'states of vCPUs');
  yield `${plural(points, 'point')}, ${answered} answered${part}`;
  const refused = refusals.reduce((sum, { count }) => sum + count, 0n);
  if (refused > 0n) yield `${countText(refused)} could not be asked`;
  yield `findings: ${countText(findings)}`;
  if (verified > 0n) {
    const verdict = contradicted === 0n ? 'no contradiction' : `${countText(contradicted)} CONTRADICTED`;
    yield `asked again of another engine: ${countText(verified)}, ${verdict}`;
  }
  if (summary.asked > 0n) yield `questions to the oracle: ${countText(summary.asked)}`;
  const outliers = outliersText(report);
  if (outliers !== undefined) yield outliers;
}

/** Lines of a summary. */
export function* summaryLines(
  report: SummaryReport,
  { markdown = false, ...style }: SummaryTextOptions = {},
): Generator<string> {
  const { summary, campaign, source } = report;
  const { spec } = campaign;
  yield `${markdown ? '## ' : ''}${titleText(report)}: ${askText(spec)}`;
  if (markdown) yield '';
  for (const line of headLines(report)) yield `${markdown ? '- ' : ''}${line}`;
  for (const { title, write } of summaryTables(summary, spec)) {
    yield '';
    yield markdown ? `### ${title}` : title;
    if (markdown) yield '';
    yield* write((columns, rows) => tableLines(columns, rows, { markdown, ...style }));
  }
  if (summary.smallest.length > 0) {
    yield '';
    yield markdown ? '### smallest findings' : 'smallest findings';
    if (markdown) yield '';
    for (const finding of summary.smallest) {
      yield `${markdown ? '- ' : ''}${smallFindingText(finding)}`;
      const line = showLine(source, finding.point, spec);
      yield markdown ? `  \`${line}\`` : `  ${line}`;
    }
  }
  yield '';
  yield `digest ${report.resultDigest}`;
}
