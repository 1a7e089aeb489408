/** A campaign's summary as a picture: how often each value of an axis differs, one bar a value. */
import type { AxisSummary, Counted, Summary } from '../../sweep/index.ts';
import { countText, pagesText } from '../../words.ts';
import { type Bar, barsSvgLines } from '../picture/bars-svg.ts';
import type { SummaryReport } from './summary.ts';
import { askText, shareText, titleText, valueText } from './words.ts';

/** Bars that a picture has room for. */
const MOST_BARS = 60;

function axisBars({ path, values }: AxisSummary): readonly Bar[] {
  return values.map(({ value, differing, compared, pages }) => ({
    name: `${path} ${valueText(value)}`,
    value: Number(differing),
    text: `${countText(differing)} of ${countText(compared)} differ (${shareText(differing, compared)}), ${pagesText(pages)}`,
    shortText: shareText(differing, compared),
  }));
}

function countedBars(rows: readonly Counted[], noun: string): readonly Bar[] {
  return rows.map(({ name, count }) => ({ name, value: Number(count), text: `${countText(count)} ${noun}` }));
}

function pagesBars({ combinations }: Summary): readonly Bar[] {
  return combinations.flatMap(({ answers, assignment }) => {
    const of = Object.values(assignment).map(valueText).join(' ');
    return answers.map(({ name, count }) => ({
      name: `${of} ${name}`.trim(),
      value: Number(count),
      text: `${countText(count)} pages, ${pagesText(count)}`,
    }));
  });
}

function barsOf(summary: Summary): readonly Bar[] {
  switch (summary.ask) {
    case 'compare':
      return [
        ...summary.axes.flatMap(axisBars),
        ...(summary.axes.length > 0
          ? []
          : countedBars([{ name: 'differ', count: summary.findings, first: undefined }], 'points')),
      ];
    case 'check':
      return countedBars(summary.rules, 'findings');
    case 'oracle':
      return countedBars(summary.rules, 'times');
    default:
      return pagesBars(summary);
  }
}

/** Lines of the picture. */
export function summarySvgLines(report: SummaryReport, width: number): Iterable<string> {
  const { summary, campaign } = report;
  const all = barsOf(summary);
  const bars = all.length > 0 ? all : [{ name: 'nothing was counted', value: 0, text: '' }];
  const left = bars.length > MOST_BARS ? [`The first ${MOST_BARS} of ${bars.length} bars.`] : [];
  return barsSvgLines({
    title: `${titleText(report)}: ${askText(campaign.spec)}`,
    subtitles: [`${countText(summary.points)} points, ${countText(summary.findings)} findings.`, ...left],
    bars: bars.slice(0, MOST_BARS),
    width,
    metadata: `eptsweep campaign ${campaign.id}, result ${report.resultDigest}`,
  });
}
