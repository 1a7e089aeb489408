/** A replay as a picture: what is mapped, stale, foreign and in dispute after each event, and where zaps were. */
import type { ReplayStep } from '../replay/index.ts';
import type { ReplayHead } from './replay-json.ts';
import { mappedPages } from './replay-words.ts';
import { pagesText } from './words.ts';

interface Lane {
  readonly title: string;
  readonly colour: string;
  readonly pages: (step: ReplayStep) => number | undefined;
}

const LANES: readonly Lane[] = [
  { title: 'mapped', colour: '#4c78a8', pages: ({ report }) => report && mappedPages(report) },
  { title: 'vCPUs disagree', colour: '#f2a900', pages: ({ disagree }) => disagree },
  { title: 'foreign entries', colour: '#b279a2', pages: ({ report }) => report?.foreign.pages },
  { title: 'stale entries', colour: '#e45756', pages: ({ report }) => report?.stale.pages },
];

const WIDTH = 960;
const LEFT = 130;
const RIGHT = 20;
const TOP = 56;
const LANE_HEIGHT = 70;
const LANE_GAP = 26;
/** Columns of the picture: events of one column show their largest value. */
const COLUMNS = 800;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]!);
}

/** One lane's largest value in each column; undefined where no event of the column has one. */
class LaneValues {
  readonly values: (number | undefined)[] = [];
  peak = 0;

  note(column: number, value: number | undefined): void {
    if (value === undefined) return;
    this.values[column] = Math.max(this.values[column] ?? 0, value);
    this.peak = Math.max(this.peak, value);
  }
}

function x(column: number, columns: number): string {
  return (LEFT + (column * (WIDTH - LEFT - RIGHT)) / columns).toFixed(1);
}

function path(
  values: readonly (number | undefined)[],
  columns: number,
  peak: number,
  bottom: number,
): string {
  const y = (value: number) => (bottom - (value / Math.max(peak, 1)) * LANE_HEIGHT).toFixed(1);
  let last = 0;
  const parts = [`M${x(0, columns)} ${y(0)}`];
  for (let column = 0; column < columns; column++) {
    last = values[column] ?? last;
    parts.push(`L${x(column, columns)} ${y(last)}`, `L${x(column + 1, columns)} ${y(last)}`);
  }
  parts.push(`L${x(columns, columns)} ${y(0)}Z`);
  return parts.join('');
}

/**
 * Lines of an SVG picture. Takes all steps before the first line.
 *
 * @param count - how many steps there can be
 */
export function* replaySvgLines(
  head: ReplayHead,
  steps: Iterable<ReplayStep>,
  count: number,
): Generator<string, void, undefined> {
  const columns = Math.max(1, Math.min(COLUMNS, count));
  const lanes = LANES.map(() => new LaneValues());
  const zapped = new Set<number>();
  const faulted = new Set<number>();
  for (const step of steps) {
    const column = Math.min(columns - 1, Math.floor((step.index * columns) / Math.max(count, 1)));
    LANES.forEach((lane, k) => {
      lanes[k]!.note(column, lane.pages(step));
    });
    if (step.zap && step.zap.lost.entries > 0) zapped.add(column);
    if (step.verdict === '#GP') faulted.add(column);
  }
  const height = TOP + LANES.length * (LANE_HEIGHT + LANE_GAP) + 20;
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`;
  yield `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`;
  yield `<text x="12" y="22" font-size="15">${escaped(head.name)}: policy ${escaped(head.policy)}, ${head.vcpus} vCPUs</text>`;
  yield `<text x="12" y="40" fill="#666">${count} events from left to right; grey lines: entries were zapped; red ticks: #GP</text>`;
  const bottomOfAll = height - 34;
  for (const column of [...zapped].sort((a, b) => a - b)) {
    yield `<line x1="${x(column, columns)}" x2="${x(column, columns)}" y1="${TOP}" y2="${bottomOfAll}" stroke="#bbb" stroke-width="0.6"/>`;
  }
  for (const [k, { title, colour }] of LANES.entries()) {
    const { values, peak } = lanes[k]!;
    const bottom = TOP + (k + 1) * LANE_HEIGHT + k * LANE_GAP;
    yield `<text x="12" y="${bottom - LANE_HEIGHT / 2}">${title}</text>`;
    yield `<text x="12" y="${bottom - LANE_HEIGHT / 2 + 16}" fill="#666">up to ${pagesText(peak)}</text>`;
    yield `<path d="${path(values, columns, peak, bottom)}" fill="${colour}" fill-opacity="0.75"/>`;
    yield `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}" stroke="#888"/>`;
  }
  for (const column of [...faulted].sort((a, b) => a - b)) {
    yield `<line x1="${x(column, columns)}" x2="${x(column, columns)}" y1="${bottomOfAll}" y2="${bottomOfAll + 8}" stroke="#c00"/>`;
  }
  yield '</svg>';
}
