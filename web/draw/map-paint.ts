/** Paints a map that was laid out, and what the pointer and the selection mark in it. */
import type { GfnRange } from '../../src/types.ts';
import { addressText, pagesText } from '../../src/words.ts';
import type { MemoryRow, RegisterBar } from '../worker/protocol.ts';
import { pixelSpan } from './cells.ts';
import { type BoxRow, LANDMARKS, type LaneRow, type MapLayout } from './map-layout.ts';
import { typeLook } from './models.ts';
import type { Box, Painter, TextStyle } from './painter.ts';
import { fitting, paintPlated, shortened } from './text.ts';
import type { Theme } from './theme.ts';
import { type Tick, ticksOf } from './ticks.ts';
import { paintDifference, paintLabel, paintParts, paintTone } from './tones.ts';

/** What is marked in a map. */
export interface MapMarks {
  /** Frame below the pointer, and the lane if it is over one. */
  readonly hover?: { readonly gfn: number; readonly lane?: number };
  /** Page whose answer is looked at. */
  readonly selected?: number;
  /** Lane whose answer is looked at. */
  readonly lane?: number;
}

const SIZE = 12;
const SMALL = 11;
/** How addresses stand above the axis. */
const PILL = { size: SMALL, isMono: true, align: 'middle', isBold: true } as const;

/** Paints a map. */
export function paintMap(painter: Painter, theme: Theme, layout: MapLayout, marks: MapMarks = {}): void {
  new MapPainting(painter, theme, layout, marks).all();
}

/** One map while it is painted. */
class MapPainting {
  readonly #soft: TextStyle;
  readonly #plain: TextStyle;
  readonly #mono: TextStyle;
  /** Of the axis, as they are painted. */
  readonly #labels: { readonly box: Box; readonly write: () => void }[] = [];

  constructor(
    readonly painter: Painter,
    readonly theme: Theme,
    readonly layout: MapLayout,
    readonly marks: MapMarks,
  ) {
    this.#soft = { size: SMALL, colour: theme.soft };
    this.#plain = { size: SIZE, colour: theme.ink };
    this.#mono = { size: SMALL, colour: theme.soft, isMono: true };
  }

  all(): void {
    const { painter, theme, layout } = this;
    const { width, height, memory, registers, lanes } = layout;
    painter.box({ x: 0, y: 0, width, height }, { fill: theme.paper });
    this.#overview();
    this.#axis();
    for (const line of memory) this.#memoryLine(line);
    for (const row of registers) this.#registerRow(row);
    for (const lane of lanes) this.#lane(lane);
    this.#selection();
    this.#cursor();
  }

  #overview(): void {
    const { painter, theme, layout } = this;
    const { overview, scale, scene, isNarrow } = layout;
    for (const { x, width, parts } of overview.cells) {
      paintParts(painter, theme, { ...overview, x, width }, parts, 0);
    }
    const { start, end } = scale.window;
    if (!isNarrow)
      this.#title('overview', pagesText(Math.round(end - start)), overview.y + overview.height / 2);
    if (start === scene.model.space.start && end === scene.model.space.end) return;
    const { x, width } = pixelSpan(scale.window, overview.scale);
    const shade = theme.name === 'dark' ? 'rgba(21,24,28,0.65)' : 'rgba(255,255,255,0.65)';
    const right = overview.x + overview.width;
    painter.box({ ...overview, width: x - overview.x }, { fill: shade });
    painter.box({ ...overview, x: x + width, width: right - x - width }, { fill: shade });
    const bracket = {
      x: x - 2,
      y: overview.y - 2,
      width: Math.max(4, width + 4),
      height: overview.height + 4,
    };
    painter.box(bracket, { stroke: theme.accent, lineWidth: 2 });
  }

  /** A title beside a row, with a few words below it. */
  #title(title: string, below: string, y: number): void {
    const { painter, theme, layout } = this;
    const room = layout.isNarrow ? layout.rows.width : layout.rows.x - 24;
    const apart = below === '' ? 0 : 7;
    paintPlated(painter, theme, shortened(painter, title, room, this.#plain), 12, y - apart, this.#plain);
    paintPlated(painter, theme, shortened(painter, below, room, this.#soft), 12, y + apart, this.#soft);
  }

  #axis(): void {
    const { painter, theme, layout } = this;
    const { axis, rows, scale } = layout;
    const ticks = ticksOf(painter, scale, this.#mono, 2);
    for (const { x } of ticks)
      this.#upright(Math.round(x), axis.y + axis.height, rows.y + rows.height, theme.hair);
    this.#landmarks();
    for (const tick of ticks) this.#tick(tick);
    const y = axis.y + axis.height - 4;
    painter.path([axis.x, y, axis.x + axis.width, y], false, { stroke: theme.axis });
  }

  #tick({ x, row, label, labelX }: Tick): void {
    const { painter, theme, layout } = this;
    const bottom = layout.axis.y + layout.axis.height - 4;
    const y = bottom - 10 - row * 15;
    this.#upright(Math.round(x), y + 6, bottom, theme.axis);
    const width = painter.textWidth(label, this.#mono);
    const box = { x: labelX - width / 2 - 2, y: y - 7, width: width + 4, height: 13 };
    const write = () => {
      painter.box(box, { fill: theme.paper });
      painter.text(label, labelX, y, { ...this.#mono, align: 'middle' });
    };
    write();
    this.#labels.push({ box, write });
  }

  /** The line of an address, which passes behind the labels of the axis. */
  #addressLine(x: number, colour: string, lineWidth: number): void {
    const { axis, rows } = this.layout;
    this.#upright(x, axis.y + 14, rows.y + rows.height, colour, lineWidth);
    for (const { box, write } of this.#labels) {
      if (box.x <= x + lineWidth && x - lineWidth <= box.x + box.width) write();
    }
  }

  #upright(x: number, from: number, to: number, stroke: string, lineWidth = 1, dash: number[] = []): void {
    const at = lineWidth % 2 === 1 ? x + 0.5 : x;
    this.painter.path([at, from, at, to], false, { stroke, lineWidth, dash });
  }

  /** Names of the parts of the space between 1 MiB and 4 GiB, and lines where these lie. */
  #landmarks(): void {
    const { painter, theme, layout } = this;
    const { axis, rows, scale, scene } = layout;
    const style: TextStyle = { ...this.#soft, align: 'middle' };
    let from: number = scene.model.space.start;
    const parts = [...LANDMARKS, { gfn: scene.model.space.end, below: 'above 4 GiB', shortBelow: '>4G' }];
    for (const { gfn, below, shortBelow } of parts) {
      const { x, width } = pixelSpan({ start: from, end: gfn }, scale);
      from = gfn;
      const text = fitting(painter, [below, shortBelow], width - 8, style);
      if (text && !this.#isUnderPill(x + width / 2, painter.textWidth(text, style))) {
        painter.text(text, x + width / 2, axis.y + 7, style);
      }
      const isInside = gfn > scale.window.start && gfn < Math.min(scale.window.end, scene.model.space.end);
      if (isInside) this.#upright(x + width, axis.y, rows.y + rows.height, theme.axis, 1, [3, 3]);
    }
  }

  #memoryLine(line: BoxRow<MemoryRow>): void {
    const { painter, theme } = this;
    if (line.title !== '') this.#title(line.title, '', line.titleY);
    for (const { item, box } of line.placed) {
      const tone = theme.memory[item.kind];
      paintTone(painter, box, tone);
      const size = pagesText(item.end - item.start);
      paintLabel(painter, box, [`${item.name} ${size}`, item.name, size], tone, {
        size: SMALL,
        colour: theme.ink,
      });
    }
  }

  #registerRow(row: BoxRow<RegisterBar>): void {
    const { layout } = this;
    this.#title(row.title, layout.isNarrow || row.height < 30 ? '' : 'widest first', row.titleY);
    for (const { item, box } of row.placed) this.#bar(item, box);
  }

  #bar(bar: RegisterBar, box: { x: number; y: number; width: number; height: number }): void {
    const { painter, theme, layout } = this;
    const tone = theme.looks[typeLook(bar.type)];
    const size = pagesText(bar.pages);
    const name = typeLook(bar.type);
    const labels = [`${bar.id} ${name} ${size}`, `${bar.id} ${name}`, bar.id, name];
    const style: TextStyle = { size: SMALL, colour: theme.ink };
    if (!bar.isEnabled) {
      painter.box(box, { fill: theme.paper, stroke: tone.edge, dash: [3, 2] });
      paintLabel(
        painter,
        box,
        labels.map((label) => `${label} (off)`),
        { ...tone, pattern: '' },
        {
          ...style,
          colour: theme.soft,
        },
      );
      return;
    }
    if (!bar.hasHoles) {
      paintTone(painter, box, tone);
      paintLabel(painter, box, labels, tone, style);
      return;
    }
    painter.box(box, { fill: theme.hole, stroke: tone.edge, dash: [3, 2] });
    for (const stretch of bar.stretches ?? []) {
      const { x, width } = pixelSpan(stretch, layout.scale);
      if (width > 0) paintTone(painter, { ...box, x, width }, tone);
    }
    paintLabel(
      painter,
      box,
      labels.map((label) => `${label}, holes`),
      tone,
      style,
    );
  }

  #lane(lane: LaneRow): void {
    const { painter, theme, layout, marks } = this;
    const { lanes } = layout.scene.model;
    const { title, fault } = lanes[lane.index]!;
    const below = lane.index === 0 && lanes.length > 1 ? 'reference' : '';
    this.#laneTitle(lane, title, below);
    if (fault) {
      painter.box(lane, { stroke: theme.fault, dash: [4, 3] });
      const [line] = fault.message.split('\n');
      const text = shortened(painter, line!, lane.width - 16, this.#plain);
      painter.text(text, lane.x + 8, lane.y + lane.height / 2, this.#plain);
      return;
    }
    for (const { x, width, parts } of lane.cells) {
      paintParts(painter, theme, { ...lane, x, width }, parts, SIZE);
    }
    for (const { x, width } of lane.differing) paintDifference(painter, theme, { ...lane, x, width });
    if (marks.lane === lane.index && lanes.length > 1) {
      painter.box({ x: 2, y: lane.y, width: 4, height: lane.height }, { fill: theme.accent });
    }
  }

  #laneTitle({ index, titleY, height }: LaneRow, title: string, below: string): void {
    const { painter, theme, layout } = this;
    const key: TextStyle = { size: 10, colour: theme.soft, align: 'middle', isBold: true };
    painter.box({ x: 12, y: titleY - 8, width: 16, height: 16 }, { fill: theme.paper, stroke: theme.axis });
    painter.text(String(index + 1), 20, titleY, key);
    const isRoomy = !layout.isNarrow && height > 30;
    const room = layout.isNarrow ? layout.rows.width - 24 : layout.rows.x - 44;
    const bold: TextStyle = { ...this.#plain, isBold: true };
    const text = shortened(painter, title, room, bold);
    paintPlated(painter, theme, text, 34, isRoomy && below !== '' ? titleY - 7 : titleY, bold);
    if (isRoomy) paintPlated(painter, theme, below, 34, titleY + 8, this.#soft);
    else if (layout.isNarrow) {
      paintPlated(painter, theme, below, 42 + painter.textWidth(text, bold), titleY, this.#soft);
    }
  }

  #selection(): void {
    const { painter, theme, layout, marks } = this;
    if (marks.selected === undefined) return;
    const range: GfnRange = { start: marks.selected, end: marks.selected + 1 };
    if (range.end <= layout.scale.window.start || range.start >= layout.scale.window.end) return;
    const { x, width } = pixelSpan(range, layout.scale);
    const { rows } = layout;
    if (width > 3) painter.box({ ...rows, x, width }, { fill: theme.accentWash });
    this.#addressLine(x + Math.floor(width / 2), theme.accent, 2);
    this.#pill(x + width / 2, addressText(marks.selected), theme.accent, theme.onAccent);
  }

  #cursor(): void {
    const { theme, layout, marks } = this;
    const { hover } = marks;
    if (!hover || hover.gfn < layout.scale.window.start || hover.gfn >= layout.scale.window.end) return;
    const { scale, lanes } = layout;
    const lane = lanes.find(({ index }) => index === hover.lane);
    const cell = lane?.cells.find(({ start, end }) => start <= hover.gfn && hover.gfn < end);
    if (lane && cell) {
      const box = { ...lane, x: cell.x, width: Math.max(3, cell.width) };
      this.painter.box(box, { stroke: theme.accent, lineWidth: 2 });
    }
    const x = Math.round(scale.toX(hover.gfn));
    this.#addressLine(x, theme.ink, 1);
    this.#pill(x, addressText(hover.gfn), theme.ink, theme.paper);
  }

  /** Whether an address would cover a part of a text beside the axis. */
  #isUnderPill(middle: number, width: number): boolean {
    const { scale } = this.layout;
    return [this.marks.selected, this.marks.hover?.gfn].some((gfn) => {
      if (gfn === undefined || gfn < scale.window.start || gfn >= scale.window.end) return false;
      const pill = this.#pillBox(scale.toX(gfn), addressText(gfn));
      return middle + width / 2 > pill.x && middle - width / 2 < pill.x + pill.width;
    });
  }

  #pillBox(x: number, text: string): Box {
    const { painter, layout } = this;
    const width = painter.textWidth(text, { ...PILL, colour: '' }) + 12;
    const left = Math.max(0, Math.min(layout.width - width, x - width / 2));
    return { x: left, y: layout.axis.y - 3, width, height: 18 };
  }

  /** An address above the axis and its labels. */
  #pill(x: number, text: string, fill: string, colour: string): void {
    const box = this.#pillBox(x, text);
    this.painter.box(box, { fill });
    this.painter.text(text, box.x + box.width / 2, box.y + 9, { ...PILL, colour });
  }
}
