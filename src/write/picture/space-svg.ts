/** An address space as a picture: a lane a want, vCPU or policy, one axis below them, a legend, totals. */
import type { GfnRange } from '../../types.ts';
import { countText, pagesText } from '../../words.ts';
import {
  element,
  fontSizeFor,
  pictureId,
  svgLines,
  svgNumber,
  textElement,
  textWidth,
  wrappedText,
} from '../format/svg.ts';
import { type Look, lookFill, lookPatterns, lookStyle } from '../format/svg-palette.ts';
import { xmlText } from '../format/xml.ts';
import { type Bar, barRows } from './bars-svg.ts';
import { cellsOf, type Drawn, drawnKey, type Lane, type Parts } from './space-cells.ts';
import { legendLines } from './space-legend.ts';
import { type Panel, type PlacedCell, panelRanges, placedPanels, type Scale } from './space-scale.ts';
import { tickLines } from './space-ticks.ts';
import { partsText, rangeText, spaceDescription } from './space-words.ts';

/** What {@link spaceSvgLines} draws. */
export interface SpacePicture {
  readonly title: string;
  /** Lines below the title: policy, vCPUs. */
  readonly subtitles: readonly string[];
  /** Where the answers come from, in a line. */
  readonly metadata?: string;
  readonly range: GfnRange;
  readonly by: 'gpa' | 'gfn';
  readonly lanes: readonly Lane[];
  readonly scale: Scale;
  /** Units that the picture is wide. */
  readonly width: number;
  /** Of a comparison: adds a lane that says where the lanes differ, and on how many pages of a range. */
  readonly differing?: (range: GfnRange) => number;
  /** Bars below the lanes. */
  readonly bars?: readonly Bar[];
  /** Names of lanes that there was no room for. */
  readonly omitted?: number;
}

const MARGIN = 16;
const SHORT_LOOKS: Partial<Record<Look, string>> = { undefined: 'undef.', 'not mapped': '-' };

/** One picture while it is drawn from the top down. */
class Drawing {
  readonly id: string;
  readonly fontSize: number;
  readonly looks = new Set<Look>();
  readonly body: string[] = [];
  y = MARGIN;
  hasIpat = false;
  hasMixed = false;
  hasWidened = false;

  constructor(readonly picture: SpacePicture) {
    this.fontSize = fontSizeFor(picture.width);
    const { title, subtitles, range, scale, width, lanes } = picture;
    this.id = pictureId(
      JSON.stringify([title, subtitles, range, scale, width, lanes.map((lane) => lane.title)]),
    );
  }

  get lineHeight(): number {
    return this.fontSize * 1.4;
  }

  get laneHeight(): number {
    return this.fontSize * 2;
  }

  get room(): number {
    return this.picture.width - 2 * MARGIN;
  }

  /** A line of text, and on to the next. */
  line(text: string, attributes: Record<string, string> = {}): void {
    this.y += this.lineHeight;
    this.body.push(textElement(MARGIN, this.y - this.fontSize * 0.35, text, attributes));
  }

  heading(): void {
    const { title, subtitles } = this.picture;
    for (const line of wrappedText(title, this.room * 0.92, this.fontSize))
      this.line(line, { class: 'bold' });
    for (const text of subtitles) {
      for (const line of wrappedText(text, this.room, this.fontSize)) this.line(line, { class: 'soft' });
    }
  }
}

/** Lowest layer of a stack. */
const LEAST_LAYER = 3;

/** Heights in the proportion of shares; what could not be seen is taken from the highest. */
function stackedHeights(shares: readonly number[], height: number): number[] {
  const heights = shares.map((share) => Math.max(LEAST_LAYER, share * height));
  const highest = heights.indexOf(Math.max(...heights));
  heights[highest]! += height - heights.reduce((sum, one) => sum + one, 0);
  return heights;
}

/** The rectangles of one run of a lane: one for one answer, else stacked by their shares of the pages. */
function runShapes(drawing: Drawing, { x, width, parts }: Run, title: string): string {
  const all = [...parts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
  const total = all.reduce((sum, { pages }) => sum + pages, 0);
  const height = drawing.laneHeight;
  const heights = stackedHeights(
    all.map(({ pages }) => pages / total),
    height,
  );
  let y = drawing.y;
  const shapes = all.map(({ drawn }, k) => {
    drawing.looks.add(drawn.look);
    const tall = heights[k]!;
    const fill = lookFill(drawing.id, drawn.look);
    const shape = element('rect', { class: 'cell', x, y, width, height: tall, fill });
    const bar = Math.min(4, tall / 2);
    const ipat = drawn.ipat
      ? element('rect', { class: 'ipat', x, y: y + tall - bar, width, height: bar })
      : '';
    if (drawn.ipat) drawing.hasIpat = true;
    y += tall;
    return shape + ipat;
  });
  if (all.length > 1) drawing.hasMixed = true;
  const label = all.length > 1 ? 'mixed' : (SHORT_LOOKS[all[0]!.drawn.look] ?? all[0]!.drawn.look);
  const fits = textWidth(label, drawing.fontSize) + 6 <= width;
  const text = fits
    ? textElement(x + width / 2, drawing.y + height / 2 + drawing.fontSize * 0.35, label, {
        class: 'halo',
        'text-anchor': 'middle',
      })
    : '';
  return element('g', {}, element('title', {}, xmlText(title)) + shapes.join('') + text);
}

/** A stretch of one lane: neighbouring cells with one answer are one shape, whatever other lanes do there. */
interface Run extends GfnRange {
  readonly x: number;
  readonly width: number;
  readonly parts: Parts;
  readonly isWidened: boolean;
}

function runsOf(cells: readonly PlacedCell[], partsIn: (place: PlacedCell) => Parts): Run[] {
  const runs: Run[] = [];
  for (const place of cells) {
    const parts = partsIn(place);
    const { x, width, isWidened } = place;
    const { start, end } = place.cell;
    const last = runs.at(-1);
    const [only] = parts.keys();
    if (last && last.parts.size === 1 && parts.size === 1 && last.parts.has(only!)) {
      runs[runs.length - 1] = { ...last, end, width: last.width + width, isWidened: false };
    } else runs.push({ start, end, x, width, parts, isWidened });
  }
  return runs;
}

function drawLane(
  drawing: Drawing,
  panels: readonly Panel[],
  title: string,
  partsIn: (place: PlacedCell) => Parts,
): void {
  const { by } = drawing.picture;
  for (const line of wrappedText(title, drawing.room, drawing.fontSize, 2)) {
    drawing.y += drawing.lineHeight;
    drawing.body.push(textElement(MARGIN, drawing.y - drawing.fontSize * 0.35, line, {}, title));
  }
  for (const { cells } of panels) {
    for (const run of runsOf(cells, partsIn)) {
      const widened = run.isWidened ? '; drawn wider than to scale' : '';
      const size = pagesText(run.end - run.start);
      const text = `${rangeText(run, by)}, ${size}: ${title}: ${partsText(run.parts)}${widened}`;
      drawing.body.push(runShapes(drawing, run, text));
    }
  }
  drawing.y += drawing.laneHeight + drawing.fontSize * 0.3;
}

const SAME: Drawn = { look: 'same', ipat: false };
const DIFFERS: Drawn = { look: 'differs', ipat: false };

/** Whether the lanes of a cell differ, and on how many of its pages. */
function differingParts({ cell }: PlacedCell, differing: (range: GfnRange) => number): Parts {
  const pages = cell.end - cell.start;
  const isPure = cell.lanes.every((parts) => parts.size === 1);
  const [first, ...others] = cell.lanes.map((parts) => [...parts.keys()].join());
  const differ = isPure ? (others.every((key) => key === first) ? 0 : pages) : differing(cell);
  const parts = new Map<string, { drawn: Drawn; pages: number }>();
  if (differ < pages) parts.set(drawnKey(SAME), { drawn: SAME, pages: pages - differ });
  if (differ > 0) parts.set(drawnKey(DIFFERS), { drawn: DIFFERS, pages: differ });
  return parts;
}

const PANEL_TITLES = [
  { end: 0x100, long: 'below 1 MiB', short: '<1M' },
  { end: 0x100000, long: '1 MiB to 4 GiB', short: '1M-4G' },
  { end: Number.POSITIVE_INFINITY, long: 'from 4 GiB', short: '4G-' },
];

function drawPanelTitles(drawing: Drawing, panels: readonly Panel[]): void {
  if (panels.length < 2) return;
  drawing.y += drawing.lineHeight;
  for (const { range, x, width } of panels) {
    const { long, short } = PANEL_TITLES.find(({ end }) => range.end <= end)!;
    const text = textWidth(long, drawing.fontSize) <= width ? long : short;
    drawing.body.push(textElement(x, drawing.y - drawing.fontSize * 0.35, text, { class: 'soft' }));
  }
}

/** Sizes of the cells that have room for them, and a mark over those that are wider than to scale. */
function drawSizes(drawing: Drawing, panels: readonly Panel[]): void {
  drawing.y += drawing.lineHeight;
  const baseline = drawing.y - drawing.fontSize * 0.35;
  for (const { cells } of panels) {
    for (const { cell, x, width, isWidened } of cells) {
      const text = pagesText(cell.end - cell.start);
      if (isWidened) {
        drawing.hasWidened = true;
        const middle = x + width / 2;
        const path = `M${svgNumber(middle - 4)} ${svgNumber(drawing.y - 9)}h8l-4 7z`;
        drawing.body.push(element('path', { class: 'wide', d: path }));
      } else if (textWidth(text, drawing.fontSize) + 4 <= width) {
        drawing.body.push(
          textElement(x + width / 2, baseline, text, { class: 'soft', 'text-anchor': 'middle' }),
        );
      }
    }
  }
}

const SCALE_TEXTS: Readonly<Record<Scale, string>> = {
  log: 'Logarithmic: each stretch as wide as the logarithm of its size, so not to scale.',
  linear: 'Linear: true to scale.',
};

/**
 * Lines of a picture.
 *
 * @returns undefined where a lane has more stretches than can be walked and cannot count them
 */
export function spaceSvgLines(picture: SpacePicture): Iterable<string> | undefined {
  const drawing = new Drawing(picture);
  const { range, lanes, scale, width, by, differing, bars = [], omitted = 0 } = picture;
  const ranges = panelRanges(range, scale);
  const most = Math.floor(drawing.room / 10 / ranges.length);
  const filled = ranges.map((one) => ({ range: one, cells: cellsOf(one, lanes, most, scale === 'log') }));
  const complete = filled.flatMap(({ range: one, cells }) => (cells ? [{ range: one, cells }] : []));
  if (complete.length < filled.length) return undefined;
  const panels = placedPanels(complete, scale, MARGIN, drawing.room);

  drawing.heading();
  for (const line of wrappedText(SCALE_TEXTS[scale], drawing.room, drawing.fontSize)) {
    drawing.line(line, { class: 'soft' });
  }
  drawPanelTitles(drawing, panels);
  drawSizes(drawing, panels);
  lanes.forEach(({ title }, k) => {
    drawLane(drawing, panels, title, ({ cell }) => cell.lanes[k]!);
  });
  if (differing) {
    const question = omitted > 0 ? 'do these differ?' : 'do they differ?';
    drawLane(drawing, panels, question, (place) => differingParts(place, differing));
  }
  if (omitted > 0) drawing.line(`... and ${countText(omitted)} further lanes`, { class: 'soft' });
  drawing.y += drawing.fontSize * 0.2;
  drawing.y = tickLines(drawing, panels, by);
  if (bars.length > 0) drawing.y = barRows(drawing, bars);
  drawing.y = legendLines(drawing);
  const height = Math.ceil(drawing.y + MARGIN);
  const cells = panels.flatMap((panel) => panel.cells);
  const described = lanes.map(({ title }, k) => ({ title, parts: cells.map(({ cell }) => cell.lanes[k]!) }));
  const comparison = differing && cells.map((place) => differingParts(place, differing));
  const frame = {
    id: drawing.id,
    title: picture.title,
    metadata: picture.metadata,
    description: spaceDescription(rangeText(range, by), cells.length, described, comparison, omitted),
    width,
    height,
    fontSize: drawing.fontSize,
    style: lookStyle(drawing.looks),
    definitions: lookPatterns(drawing.id, drawing.looks),
  };
  return svgLines(frame, drawing.body);
}
