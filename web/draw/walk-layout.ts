/** The EPT walk to a page laid out: a strip of 512 entries a table, lanes stacked in each, fans between them. */
import type { GfnRange } from '../../src/types.ts';
import type { Cell, EntryRun, Part, Walk, WalkTable } from '../worker/protocol.ts';
import { differingRanges, mergedParts } from './cells.ts';
import type { Box } from './painter.ts';
import { type ScaleKind, World } from './scale.ts';

/** Entries of a table. */
export const TABLE_ENTRIES = 512;

/** What the tables of a level are called. */
export const TABLE_NAMES = { 5: 'PML5', 4: 'PML4', 3: 'PDPT', 2: 'PD', 1: 'PT' } as const;

/** A run of entries in place; several that are too narrow to be seen are one. */
export interface PlacedRun {
  readonly box: Box;
  readonly run: EntryRun;
}

/** What a lane shows at a level: its table, or the leaf above that covers all of it. */
export interface WalkStrip extends Box {
  readonly lane: number;
  readonly title: string;
  readonly runs: readonly PlacedRun[];
  /** The whole strip lies in one leaf of a higher level, or in nothing that is mapped. */
  readonly whole?: { readonly parts: readonly Part[]; readonly text: string };
  /** Where memory types differ from those of the first lane. */
  readonly differing: readonly Box[];
}

/** A level of the walk. */
export interface WalkLevel extends Box {
  readonly level: WalkTable['level'];
  /** Frames of the whole table, and of an entry. */
  readonly range: GfnRange;
  readonly frames: number;
  readonly index: number;
  /** Middle of its heading. */
  readonly headingY: number;
  readonly strips: readonly WalkStrip[];
  /** Where entries stand: runs of entries of one kind may be as wide as the logarithm of their number. */
  readonly entries: World;
  /** The entry on the way, in all strips. */
  readonly entry: Box;
}

/** A walk in pixels. */
export interface WalkLayout {
  readonly walks: readonly Walk[];
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
  readonly levels: readonly WalkLevel[];
  /** Middle of the line that says where each lane ends. */
  readonly endings: readonly { readonly lane: number; readonly y: number }[];
}

const NARROW = 720;
const GUTTER = 132;
const MARGIN = 12;
const HEADING = 22;
const STRIP = { wide: 26, narrow: 22, gap: 5 } as const;
const FAN = 26;
const ENDING = 20;
/** Narrowest run. */
const LEAST_WIDTH = 2;

/** Pixel at which an entry begins. */
export function entryX(entries: World, entry: number, { x, width }: Box): number {
  return Math.round(x + entries.at(entry) * width);
}

function placedRuns(runs: readonly EntryRun[], entries: World, strip: Box): PlacedRun[] {
  const { y, height } = strip;
  const placed: PlacedRun[] = [];
  const pixel = (entry: number) => entryX(entries, entry, strip);
  for (const run of runs) {
    const last = placed.at(-1);
    const box = { x: pixel(run.from), y, width: pixel(run.to) - pixel(run.from), height };
    if (!last || (last.box.width >= LEAST_WIDTH && box.width >= LEAST_WIDTH)) placed.push({ box, run });
    else {
      const kind = last.run.kind === run.kind ? run.kind : 'table';
      const parts = mergedParts([last.run.parts, run.parts]);
      placed[placed.length - 1] = {
        box: { ...last.box, width: box.x + box.width - last.box.x },
        run: { from: last.run.from, to: run.to, kind, parts },
      };
    }
  }
  return placed;
}

const LEAF_SIZES = { 1: '4K', 2: '2M', 3: '1G' } as const;

function wholeStrip({ leaf, fault }: Walk, frames: number): NonNullable<WalkStrip['whole']> {
  if (fault) return { parts: [], text: fault.message.split('\n')[0]! };
  if (!leaf) return { parts: [{ level: 0, pages: frames }], text: 'not mapped' };
  const { type, ipat, level } = leaf;
  return { parts: [{ type, ipat, pages: frames }], text: `one ${LEAF_SIZES[level]} leaf` };
}

/** Places of the entries of a level: what any lane tells apart, and the entry on the way, stands apart. */
function entriesOf(walks: readonly Walk[], { level, index }: WalkTable, kind: ScaleKind): World {
  const tables = walks.flatMap((walk) => walk.tables.filter((table) => table.level === level));
  const edges = tables.flatMap(({ runs }) => runs.flatMap(({ from, to }) => [from, to]));
  return new World(kind, { start: 0, end: TABLE_ENTRIES }, [...edges, index, index + 1]);
}

/** How a walk is drawn. */
export interface WalkFrame {
  readonly width: number;
  /** Default `log`: long runs of entries of one kind take little room. */
  readonly kind?: ScaleKind;
}

/** A strip's types, as far as there are any, by entry. */
function cellsOf({ runs, whole }: Pick<WalkStrip, 'whole'> & { readonly runs: readonly EntryRun[] }): Cell[] {
  if (whole) return whole.parts.length === 0 ? [] : [{ start: 0, end: TABLE_ENTRIES, parts: whole.parts }];
  return runs.map(({ from, to, parts }) => ({ start: from, end: to, parts }));
}

/** Leaves of several sizes below one entry may have one type. */
function withMergedParts(run: EntryRun): EntryRun {
  return run.parts.length < 2 ? run : { ...run, parts: mergedParts([run.parts]) };
}

function stripOf(walks: readonly Walk[], lane: number, deep: WalkTable, entries: World, box: Box): WalkStrip {
  const told = (walk: Walk) => {
    const table = walk.tables.find((one) => one.level === deep.level);
    return table
      ? { runs: table.runs.map(withMergedParts) }
      : { runs: [], whole: wholeStrip(walk, deep.frames * TABLE_ENTRIES) };
  };
  const own = told(walks[lane]!);
  const differing = differingRanges(cellsOf(told(walks[0]!)), cellsOf(own)).map(({ start, end }) => {
    const [from, to] = [entryX(entries, start, box), entryX(entries, end, box)];
    return { ...box, x: from, width: Math.max(LEAST_WIDTH, to - from) };
  });
  return {
    ...box,
    ...own,
    lane,
    title: walks[lane]!.title,
    runs: placedRuns(own.runs, entries, box),
    differing,
  };
}

/** Lays walks to one page out. */
export function walkLayout(walks: readonly Walk[], { width, kind = 'log' }: WalkFrame): WalkLayout {
  const isNarrow = width < NARROW;
  const left = isNarrow ? MARGIN : GUTTER;
  const room = Math.max(1, width - left - MARGIN);
  const stripHeight = isNarrow ? STRIP.narrow : STRIP.wide;
  const deepest = new Map<number, WalkTable>();
  for (const { tables } of walks) for (const table of tables) deepest.set(table.level, table);
  let y = MARGIN / 2;
  const levels = [...deepest.values()]
    .sort((a, b) => b.level - a.level)
    .map((deep): WalkLevel => {
      const { level, start, frames, index } = deep;
      const entries = entriesOf(walks, deep, kind);
      const headingY = y + HEADING / 2;
      const top = y + HEADING;
      const strips = walks.map((_, lane) => {
        const box = { x: left, y: top + lane * (stripHeight + STRIP.gap), width: room, height: stripHeight };
        return stripOf(walks, lane, deep, entries, box);
      });
      const height = walks.length * (stripHeight + STRIP.gap) - STRIP.gap;
      const row = { x: left, y: top, width: room, height };
      const [from, to] = [entryX(entries, index, row), entryX(entries, index + 1, row)];
      y = top + height + FAN;
      return {
        ...{ ...row, level, frames, index, headingY, strips, entries },
        range: { start, end: start + frames * TABLE_ENTRIES },
        entry: { x: from, y: top, width: Math.max(3, to - from), height },
      };
    });
  const endings = walks.map((_, lane) => ({ lane, y: y + lane * ENDING }));
  return { walks, width, height: y + walks.length * ENDING, isNarrow, levels, endings };
}
