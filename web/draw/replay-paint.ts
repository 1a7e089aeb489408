/** Paints a replay that was laid out, and the step that is looked at. */
import { countText, pagesText } from '../../src/words.ts';
import type { ReplayedStep } from '../worker/protocol.ts';
import type { Painter, TextStyle } from './painter.ts';
import { type EventRow, type ReplayLayout, type SeriesRow, stepX } from './replay-layout.ts';
import { shortened } from './text.ts';
import type { Theme } from './theme.ts';

const SIZE = 12;
const SMALL = 11;

/** Letters of the kinds of events, where there is room for them. */
const LETTERS: Readonly<Record<string, string>> = {
  wrmsr: 'W',
  cr0cd: 'C',
  cr0: 'C',
  efer: 'E',
  smi: 'S',
  rsm: 'S',
  nested: 'N',
  sipi: 'I',
  init: 'I',
  reset: 'I',
  dma: 'D',
  touch: 'T',
  'slot-add': 'M',
  'slot-move': 'M',
  'slot-remove': 'M',
  'dirty-log': 'L',
  quirk: 'Q',
  report: 'R',
};

/** Room between two dotted lines. */
const LEAST_APART = 5;
/** Narrowest column with a letter. */
const LETTER_WIDTH = 10;

/** Paints a replay. */
export function paintReplay(painter: Painter, theme: Theme, layout: ReplayLayout, step?: number): void {
  const { width, height, events, series, model } = layout;
  painter.box({ x: 0, y: 0, width, height }, { fill: theme.paper });
  for (const row of events) painter.box(row, { fill: theme.panel });
  paintZaps(painter, theme, layout);
  for (const row of events) paintEvents(painter, theme, layout, row);
  for (const row of series) paintSeries(painter, theme, layout, row);
  if (step !== undefined && model.steps[step]) paintStep(painter, theme, layout, step);
}

/** Dotted lines where entries were zapped; where they would run into one another, as many as can be told apart. */
function paintZaps(painter: Painter, theme: Theme, layout: ReplayLayout): void {
  const { plot, model } = layout;
  let free = Number.NEGATIVE_INFINITY;
  model.steps.forEach(({ zap }, k) => {
    const x = Math.round(stepX(layout, k)) + 0.5;
    if (!zap || zap.entries === 0 || x < free) return;
    free = x + LEAST_APART;
    painter.path([x, plot.y, x, plot.y + plot.height], false, { stroke: theme.axis, dash: [2, 3] });
  });
}

function paintEvents(painter: Painter, theme: Theme, layout: ReplayLayout, row: EventRow): void {
  const title: TextStyle = { size: SMALL, colour: theme.ink };
  const middle = row.y + row.height / 2;
  painter.text(shortened(painter, row.title, row.x - 16, title), 10, middle, title);
  const columnWidth = row.width / Math.max(1, layout.model.steps.length);
  let free = Number.NEGATIVE_INFINITY;
  for (const index of row.steps) {
    const step = layout.model.steps[index]!;
    const x = Math.round(stepX(layout, index));
    // Columns below a pixel: one mark for all of them.
    if (x < free && step.verdict !== '#GP') continue;
    free = x + 2;
    paintEvent(painter, theme, row, step, x, Math.max(2, Math.round(columnWidth) - 1));
  }
}

function paintEvent(
  painter: Painter,
  theme: Theme,
  { y, height }: EventRow,
  { kind, verdict }: ReplayedStep,
  x: number,
  width: number,
): void {
  if (verdict === '#GP') {
    const [middle, half] = [x + width / 2, Math.min(7, Math.max(4, width / 2))];
    painter.path([middle, y + 2, middle + half, y + height - 2, middle - half, y + height - 2], true, {
      fill: theme.fault,
    });
    return;
  }
  const isIgnored = verdict === 'ignored';
  const box = { x, y: y + 2, width: Math.min(width, 22), height: height - 4 };
  if (width < LETTER_WIDTH) painter.box(box, { fill: isIgnored ? theme.axis : theme.ink });
  else {
    painter.box(box, { fill: theme.paper, stroke: isIgnored ? theme.axis : theme.ink });
    const style: TextStyle = { size: 10, colour: theme.ink, isBold: true, align: 'middle' };
    painter.text(LETTERS[kind] ?? '·', x + box.width / 2, y + height / 2, style);
  }
}

function paintSeries(painter: Painter, theme: Theme, { isNarrow }: ReplayLayout, row: SeriesRow): void {
  const { x, y, width, height, columns, peak, title, series } = row;
  const bottom = y + height;
  const style: TextStyle = { size: SMALL, colour: theme.ink };
  const upTo = peak === 0 ? 'none' : `up to ${pagesText(peak)}`;
  if (isNarrow) painter.text(`${title}: ${upTo}`, 10, y - 9, style);
  else {
    painter.text(title, 10, y + height / 2 - 7, style);
    painter.text(upTo, 10, y + height / 2 + 8, { ...style, colour: theme.soft });
  }
  const points = [x, bottom];
  let last = 0;
  columns.forEach((value, k) => {
    if (value === last) return;
    const at = x + (k / columns.length) * width;
    points.push(at, bottom - (last / peak) * height, at, bottom - (value / peak) * height);
    last = value;
  });
  points.push(x + width, bottom - (peak === 0 ? 0 : (last / peak) * height), x + width, bottom);
  if (peak > 0) painter.path(points, true, { fill: theme.series[series] });
  painter.path([x, bottom + 0.5, x + width, bottom + 0.5], false, { stroke: theme.axis });
}

function paintStep(painter: Painter, theme: Theme, layout: ReplayLayout, step: number): void {
  const { plot, width, model } = layout;
  const column = plot.width / model.steps.length;
  const x = stepX(layout, step);
  painter.box({ ...plot, x, width: Math.max(2, column) }, { fill: theme.accentWash });
  const middle = Math.round(x + column / 2);
  painter.path([middle, plot.y - 4, middle, plot.y + plot.height], false, {
    stroke: theme.accent,
    lineWidth: 2,
  });
  const style: TextStyle = { size: SIZE, colour: theme.onAccent, isBold: true, align: 'middle' };
  const text = `${countText(step + 1)} of ${countText(model.steps.length)}`;
  const room = painter.textWidth(text, style) + 12;
  const left = Math.max(0, Math.min(width - room, middle - room / 2));
  painter.box({ x: left, y: 2, width: room, height: 18 }, { fill: theme.accent });
  painter.text(text, left + room / 2, 11, style);
}

/** A step in a sentence. */
export function stepText(step: ReplayedStep): string {
  const { vcpu, text, verdict, zap, disagree } = step;
  const who = vcpu === undefined ? 'VM' : `vCPU ${vcpu}`;
  const zapped = zap && zap.entries > 0 ? `; ${countText(zap.entries)} entries zapped (${zap.reason})` : '';
  const differ = disagree > 0 ? `; vCPUs disagree on ${pagesText(disagree)}` : '';
  return `${who}: ${text}${verdict === 'done' ? '' : `: ${verdict}`}${zapped}${differ}`;
}
