/** A campaign's summary as a picture: how often layouts differ by each value of an axis and by their number of ranges. */
import type { Counted, DifferenceCount, Summary } from '../../sweep/summary.ts';
import { countText, pagesText, plural } from '../../words.ts';
import { type Bar, barsSvgLines } from '../picture/bars-svg.ts';
import type { SummaryReport } from './summary.ts';
import { summed } from './tables.ts';
import { askText, shareText, titleText, valueText } from './words.ts';

/** Bars that a picture has room for. */
const MOST_BARS = 60;

function shareBar(name: string, { differing, compared, pages }: DifferenceCount): Bar {
  return {
    name,
    value: compared === 0n ? 0 : Number(differing) / Number(compared),
    text: `${countText(differing)} of ${countText(compared)} differ (${shareText(differing, compared)}), ${pagesText(pages)}`,
    shortText: shareText(differing, compared),
  };
}

/** By each value of each axis; where there is none, of all; then by ranges, of each combination. */
function shareBars({ axes, combinations }: Summary): readonly Bar[] {
  const ofAxes = axes.flatMap(({ path, values }) =>
    values.map((one) => shareBar(`${path} ${valueText(one.value)}`, one)),
  );
  const ofRanges = combinations.flatMap(({ assignment, byRanges }) => {
    const of = combinations.length === 1 ? '' : `${Object.values(assignment).map(valueText).join(' ')}, `;
    return byRanges.map((one) => shareBar(`${of}${plural(one.ranges, 'range')}`, one));
  });
  const whole = axes.length > 0 ? [] : combinations.map((one) => shareBar('all points', one));
  return [...ofAxes, ...whole, ...ofRanges];
}

function countedBars(rows: readonly Counted[], noun: string): readonly Bar[] {
  return rows.map(({ name, count }) => ({ name, value: Number(count), text: `${countText(count)} ${noun}` }));
}

function pageBar(name: string, count: bigint): Bar {
  return { name, value: Number(count), text: `${countText(count)} pages, ${pagesText(count)}` };
}

/** By combination and answer; where there is no room for that, by answer alone. */
function pagesBars({ combinations }: Summary): readonly Bar[] {
  const apart = combinations.flatMap(({ answers, assignment }) => {
    const of = Object.values(assignment).map(valueText).join(' ');
    return answers.map(({ name, count }) => pageBar(`${of} ${name}`.trim(), count));
  });
  if (apart.length <= MOST_BARS) return apart;
  return summed(combinations, 'answers').map(({ name, count }) => pageBar(name, count));
}

function barsOf(summary: Summary): readonly Bar[] {
  switch (summary.ask) {
    case 'compare':
      return shareBars(summary);
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
    areShares: summary.ask === 'compare',
    metadata: `eptsweep campaign ${campaign.id}, result ${report.resultDigest}`,
  });
}
