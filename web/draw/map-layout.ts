/** A map laid out: its rows from the top down, its cells and bars in pixels. Painting and hit testing read it. */
import type { GfnRange } from '../../src/types.ts';
import type { LaneMap, MemoryRow, RegisterBar } from '../worker/protocol.ts';
import { differingRanges, type PlacedCell, pixelSpan, placedCells, visible } from './cells.ts';
import { type MemoryLine, memoryLines } from './memory-lines.ts';
import type { MapModel } from './models.ts';
import type { Box } from './painter.ts';
import { registerRows } from './registers.ts';
import { Scale, type ScaleKind, World } from './scale.ts';

/** What of a model does not change while it is zoomed. */
export interface MapScene {
  readonly model: MapModel;
  readonly world: World;
  /** Of each lane, where it differs from the first one. */
  readonly differing: readonly (readonly GfnRange[])[];
  readonly memory: readonly MemoryLine[];
  readonly registers: readonly (readonly RegisterBar[])[];
  /** Answers about a part of the space, closer than those of the model. */
  readonly detail?: LaneMap & { readonly differing: readonly (readonly GfnRange[])[] };
}

/** Places that everyone who works with these maps knows. */
export const LANDMARKS = [
  { gfn: 0x100, below: 'below 1 MiB', shortBelow: '<1M' },
  { gfn: 0x100000, below: '1 MiB to 4 GiB', shortBelow: '<4G' },
] as const;

function differencesOf({ lanes }: Pick<LaneMap, 'lanes'>): GfnRange[][] {
  const [reference] = lanes;
  return lanes.map(({ cells }, k) => (k === 0 ? [] : differingRanges(reference!.cells, cells)));
}

/** Prepares a model for its pictures. */
export function mapScene(model: MapModel, kind: ScaleKind): MapScene {
  const { space, lanes, registers } = model;
  const memory = memoryLines(model.memory);
  const ranges: readonly (readonly GfnRange[])[] = [
    ...memory.map(({ rows }) => rows),
    registers,
    ...lanes.map(({ cells }) => cells),
  ];
  const edges = ranges.flatMap((list) => list.flatMap(({ start, end }) => [start, end]));
  return {
    model,
    world: new World(kind, space, [...edges, ...LANDMARKS.map(({ gfn }) => gfn)]),
    differing: differencesOf(model),
    memory,
    registers: registerRows(registers),
  };
}

/** A scene that shows a part of its space closer. */
export function withDetail(scene: MapScene, detail: LaneMap): MapScene {
  return { ...scene, detail: { ...detail, differing: differencesOf(detail) } };
}

/** Something of a row in place. */
export interface Placed<Item> {
  readonly item: Item;
  readonly box: Box;
}

/** A row of boxes with its title. */
export interface BoxRow<Item> extends Box {
  readonly title: string;
  /** Middle of its title. */
  readonly titleY: number;
  readonly placed: readonly Placed<Item>[];
}

/** A lane in place. */
export interface LaneRow extends Box {
  readonly index: number;
  readonly titleY: number;
  readonly cells: readonly PlacedCell[];
  readonly differing: readonly { readonly x: number; readonly width: number }[];
}

/** A map in pixels. */
export interface MapLayout {
  readonly scene: MapScene;
  readonly scale: Scale;
  readonly width: number;
  readonly height: number;
  /** Titles stand above their rows, not beside them. */
  readonly isNarrow: boolean;
  readonly overview: Box & { readonly scale: Scale; readonly cells: readonly PlacedCell[] };
  readonly axis: Box;
  /** What the cursor and the ticks run through. */
  readonly rows: Box;
  readonly memory: readonly BoxRow<MemoryRow>[];
  /** No row where there is no register. */
  readonly registers: readonly BoxRow<RegisterBar>[];
  readonly lanes: readonly LaneRow[];
}

/** Where a map is drawn, and what of it. */
export interface MapFrame {
  /** Default: the whole space. */
  readonly window?: GfnRange;
  readonly width: number;
}

/** Below this width titles stand above rows. */
const NARROW = 720;
const GUTTER = 172;
const MARGIN = 12;
const AXIS_HEIGHT = 56;
const OVERVIEW_HEIGHT = 20;
const MEMORY_HEIGHT = 22;
const BAR_HEIGHT = 18;
const GAP = 8;
const TITLE_HEIGHT = 18;
const LANE_HEIGHTS = { few: 38, many: 26, fewUpTo: 6 } as const;

function placedBars<Item extends GfnRange>(
  items: readonly Item[],
  scale: Scale,
  y: number,
  height: number,
): Placed<Item>[] {
  return items.flatMap((item) => {
    if (item.end <= scale.window.start || item.start >= scale.window.end) return [];
    const { x, width } = pixelSpan(item, scale);
    return [{ item, box: { x, y, width: Math.max(2, width), height } }];
  });
}

/** Where differing stretches stand; what would be narrower than a mark is widened to it. */
function differingIn(ranges: readonly GfnRange[], scale: Scale): { x: number; width: number }[] {
  const places: { x: number; width: number }[] = [];
  for (const range of visible(ranges, scale.window)) {
    const { x, width } = pixelSpan(range, scale);
    const last = places.at(-1);
    if (last && x <= last.x + last.width + 1) last.width = Math.max(last.width, x + width - last.x);
    else places.push({ x, width: Math.max(2, width) });
  }
  return places;
}

/** The closest answers that a scene has about a window. */
function answersAbout(
  scene: MapScene,
  window: GfnRange,
): Pick<MapScene, 'differing'> & Pick<LaneMap, 'lanes'> {
  const { detail, model, differing } = scene;
  const isCovered = detail && detail.range.start <= window.start && detail.range.end >= window.end;
  return isCovered && detail.lanes.length === model.lanes.length ? detail : { lanes: model.lanes, differing };
}

/** Takes rows from the top down. */
class Rows {
  y = MARGIN / 2;
  constructor(
    readonly x: number,
    readonly width: number,
    readonly isNarrow: boolean,
  ) {}

  plain(height: number, gap = GAP): Box {
    const box = { x: this.x, y: this.y, width: this.width, height };
    this.y += height + gap;
    return box;
  }

  titled(height: number): Box & { titleY: number } {
    const above = this.isNarrow ? TITLE_HEIGHT : 0;
    const titleY = this.isNarrow ? this.y + above / 2 : this.y + height / 2;
    this.y += above;
    return { ...this.plain(height), titleY };
  }
}

/** Lays a map out. */
export function mapLayout(scene: MapScene, frame: MapFrame): MapLayout {
  const { model, world } = scene;
  const { width, window = model.space } = frame;
  const isNarrow = width < NARROW;
  const left = isNarrow ? MARGIN : GUTTER;
  const rows = new Rows(left, Math.max(1, width - left - MARGIN), isNarrow);
  const scale = new Scale(world, window, left, rows.width);
  const whole = new Scale(world, model.space, left, rows.width);
  const overview = rows.plain(OVERVIEW_HEIGHT);
  const axis = rows.plain(AXIS_HEIGHT, 0);
  const top = rows.y;
  const memory = scene.memory.map(({ title, rows: ranges }) => {
    const box = rows.titled(MEMORY_HEIGHT);
    return { ...box, title, placed: placedBars(ranges, scale, box.y, MEMORY_HEIGHT) };
  });
  const registers = scene.registers.length === 0 ? [] : [registersRow(rows, scene, scale)];
  const { few, many, fewUpTo } = LANE_HEIGHTS;
  const answers = answersAbout(scene, window);
  const lanes = answers.lanes.map(({ cells }, index): LaneRow => {
    const box = rows.titled(answers.lanes.length > fewUpTo ? many : few);
    const differing = differingIn(answers.differing[index]!, scale);
    return { ...box, index, cells: placedCells(cells, scale), differing };
  });
  return {
    scene,
    scale,
    width,
    height: rows.y,
    isNarrow,
    overview: { ...overview, scale: whole, cells: placedCells(model.lanes[0]?.cells ?? [], whole) },
    axis,
    rows: { x: left, y: top, width: rows.width, height: rows.y - top - GAP },
    memory,
    registers,
    lanes,
  };
}

function registersRow(rows: Rows, { registers }: MapScene, scale: Scale): BoxRow<RegisterBar> {
  const step = BAR_HEIGHT + 2;
  const box = rows.titled(registers.length * step - 2);
  const placed = registers.flatMap((bars, k) => placedBars(bars, scale, box.y + k * step, BAR_HEIGHT));
  return { ...box, title: 'MTRRs', placed };
}
