/** A replay as a picture: what is mapped, stale, foreign and in dispute after each event, and where zaps were. */
import type { ReplayStep } from '../../replay/index.ts';
import { counted, countText, pagesText } from '../../words.ts';
import {
  element,
  fontSizeFor,
  INK,
  pictureId,
  SOFT_INK,
  schemes,
  svgLines,
  svgNumber,
  textElement,
  wrappedText,
} from '../format/svg.ts';
import { xmlText } from '../format/xml.ts';
import { basisText } from '../json/basis.ts';
import type { ReplayHead } from './json.ts';
import { mappedPages } from './words.ts';

interface Lane {
  readonly title: string;
  /** Class of its area. */
  readonly name: string;
  readonly pages: (step: ReplayStep) => number | undefined;
}

const LANES: readonly Lane[] = [
  { title: 'mapped', name: 'mapped', pages: ({ report }) => report && mappedPages(report) },
  { title: 'vCPUs disagree', name: 'disagree', pages: ({ disagree }) => disagree },
  { title: 'foreign entries', name: 'foreign', pages: ({ report }) => report?.foreign.pages },
  { title: 'stale entries', name: 'stale', pages: ({ report }) => report?.stale.pages },
];

/** Colours of the lanes' areas; each lane has its own place and name, so they only help the eye. */
export const REPLAY_COLOURS = {
  light: { mapped: '#3a6ea5', disagree: '#a86400', foreign: '#8a4f86', stale: '#b3392b' },
  dark: { mapped: '#7fb0e6', disagree: '#e0a03c', foreign: '#cf95cb', stale: '#ee8b7f' },
} as const;

const MARGIN = 16;
/** Columns of the picture: events of one column show their largest value. */
const COLUMNS = 680;

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

/** What the steps leave behind for the picture. */
interface Gathered {
  readonly columns: number;
  readonly lanes: readonly LaneValues[];
  readonly zapped: ReadonlySet<number>;
  readonly faulted: ReadonlySet<number>;
}

function gathered(steps: Iterable<ReplayStep>, count: number): Gathered {
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
  return { columns, lanes, zapped, faulted };
}

function style(): string {
  const colours = schemes((scheme) => {
    const areas = Object.entries(REPLAY_COLOURS[scheme]).map(
      ([name, colour]) => `.eptsweep .${name}{fill:${colour}}`,
    );
    return `${areas.join('')}.eptsweep .zap{stroke:${SOFT_INK[scheme]}}.eptsweep .fault{fill:${INK[scheme]}}`;
  });
  return `${colours}.eptsweep .zap{stroke-width:1;stroke-dasharray:2 3}`;
}

/** A step line over the columns, closed at the bottom. */
function areaPath(
  { values, peak }: LaneValues,
  x: (column: number) => string,
  columns: number,
  bottom: number,
  height: number,
): string {
  const y = (value: number) => svgNumber(bottom - (value / Math.max(peak, 1)) * height);
  let last = 0;
  const parts = [`M${x(0)} ${y(0)}`];
  for (let column = 0; column < columns; column++) {
    const value = values[column] ?? last;
    if (value !== last) parts.push(`H${x(column)}V${y(value)}`);
    last = value;
  }
  parts.push(`H${x(columns)}V${y(0)}Z`);
  return parts.join('');
}

/**
 * Lines of an SVG picture. Takes all steps before the first line.
 *
 * @param count - how many steps there can be
 * @param width - units that the picture is wide
 */
export function* replaySvgLines(
  head: ReplayHead,
  steps: Iterable<ReplayStep>,
  count: number,
  width: number,
): Generator<string, void, undefined> {
  const { columns, lanes, zapped, faulted } = gathered(steps, count);
  const fontSize = fontSizeFor(width);
  const lineHeight = fontSize * 1.4;
  const laneHeight = fontSize * 4;
  const room = width - 2 * MARGIN;
  const x = (column: number) => svgNumber(MARGIN + (column * room) / columns);
  const body: string[] = [];
  let y = MARGIN;
  const line = (text: string, name: string) => {
    for (const one of wrappedText(text, room * 0.92, fontSize)) {
      y += lineHeight;
      body.push(textElement(MARGIN, y - fontSize * 0.35, one, { class: name }));
    }
  };
  const title = `${head.name}: policy ${head.basis.policy.name}, ${counted(head.basis.vcpus.length, 'vCPU')}`;
  line(title, 'bold');
  line(
    `${countText(count)} events from left to right; dotted lines: entries were zapped; triangles: #GP`,
    'soft',
  );
  const top = y + lineHeight * 0.3;
  const areas: string[] = [];
  LANES.forEach(({ title: name, name: style }, k) => {
    const { peak } = lanes[k]!;
    const label = `${name}, up to ${pagesText(peak)}`;
    y += lineHeight;
    areas.push(textElement(MARGIN, y - fontSize * 0.35, label, { class: 'halo' }));
    y += laneHeight;
    const path = element('path', { class: style, d: areaPath(lanes[k]!, x, columns, y, laneHeight) });
    areas.push(element('g', {}, element('title', {}, xmlText(label)) + path));
    areas.push(
      element('path', { class: 'axis', d: `M${MARGIN} ${svgNumber(y)}H${svgNumber(MARGIN + room)}` }),
    );
    y += fontSize * 0.6;
  });
  for (const column of [...zapped].sort((a, b) => a - b)) {
    body.push(element('path', { class: 'zap', d: `M${x(column)} ${svgNumber(top)}V${svgNumber(y)}` }));
  }
  body.push(...areas);
  for (const column of [...faulted].sort((a, b) => a - b)) {
    body.push(element('path', { class: 'fault', d: `M${x(column)} ${svgNumber(y)}l4 8h-8z` }));
  }
  const peaks = LANES.map(({ title: name }, k) => `${name} up to ${pagesText(lanes[k]!.peak)}`);
  const frame = {
    id: pictureId(JSON.stringify([title, count, width])),
    title,
    metadata: basisText(head.basis),
    description: `${countText(count)} events; ${peaks.join(', ')}; entries zapped at ${countText(zapped.size)} places, #GP at ${countText(faulted.size)}.`,
    width,
    height: Math.ceil(y + MARGIN + 8),
    fontSize,
    style: style(),
  };
  yield* svgLines(frame, body);
}
