/** Where the cells of an address space stand in a picture: true to scale, or by the logarithm of their sizes. */
import type { GfnRange } from '../../types.ts';
import { type Cell, mergedCell } from './space-cells.ts';

/** `linear`: true to scale. `log`: a cell's width grows with the logarithm of its size. */
export type Scale = 'log' | 'linear';

/** A cell with its place. */
export interface PlacedCell {
  readonly cell: Cell;
  readonly x: number;
  readonly width: number;
  /** On the linear scale: drawn wider than to scale, so that it can be seen. */
  readonly isWidened: boolean;
}

/** A part of the space with room of its own. */
export interface Panel {
  readonly range: GfnRange;
  readonly x: number;
  readonly width: number;
  readonly cells: readonly PlacedCell[];
}

/** The parts of a space that get room of their own on the logarithmic scale: legacy memory, PCI hole, the rest. */
const PANEL_EDGES = [0x100, 0x100000];
const PANEL_GAP = 12;
/** Narrowest cell. */
const LEAST_WIDTH = 6;
/** Least share of the width that a panel gets. */
const LEAST_SHARE = 0.2;

/** The panels of a range; one on the linear scale. */
export function panelRanges({ start, end }: GfnRange, scale: Scale): GfnRange[] {
  if (scale === 'linear') return [{ start, end }];
  const edges = [start, ...PANEL_EDGES.filter((edge) => edge > start && edge < end), end];
  return edges.slice(1).map((edge, k) => ({ start: edges[k]!, end: edge }));
}

/** How much room a cell asks for on the logarithmic scale: 1 for a page, 1 more for each doubling. */
function logWeight({ start, end }: GfnRange): number {
  return 1 + Math.log2(Math.max(1, end - start));
}

/** Merges the smallest neighbours until no more than `most` cells are left. */
function thinned(cells: readonly Cell[], most: number): Cell[] {
  const left = [...cells];
  while (left.length > Math.max(1, most)) {
    let smallest = 0;
    for (let k = 1; k < left.length - 1; k++) {
      if (left[k + 1]!.end - left[k]!.start < left[smallest + 1]!.end - left[smallest]!.start) smallest = k;
    }
    left.splice(smallest, 2, mergedCell(left[smallest]!, left[smallest + 1]!));
  }
  return left;
}

/** Runs of cells that are too narrow to be seen, as one cell each. */
function withoutSlivers(cells: readonly Cell[], pagesPerUnit: number): Cell[] {
  const isSliver = ({ start, end }: Cell) => end - start < LEAST_WIDTH * pagesPerUnit;
  const left: Cell[] = [];
  for (const cell of cells) {
    const last = left.at(-1);
    if (last && isSliver(last) && isSliver(cell)) left[left.length - 1] = mergedCell(last, cell);
    else left.push(cell);
  }
  return left;
}

/** Widths in the proportion of weights, none below {@link LEAST_WIDTH}, of a given sum. */
function widthsOf(weights: readonly number[], room: number): number[] {
  const widths = weights.map(() => 0);
  let rest = room;
  let open = weights.map((_, k) => k);
  for (;;) {
    const sum = open.reduce((total, k) => total + weights[k]!, 0);
    const narrow = open.filter((k) => (rest * weights[k]!) / sum < LEAST_WIDTH);
    if (narrow.length === 0 || narrow.length === open.length) {
      for (const k of open) widths[k] = narrow.length === 0 ? (rest * weights[k]!) / sum : rest / open.length;
      return widths;
    }
    for (const k of narrow) widths[k] = LEAST_WIDTH;
    rest -= narrow.length * LEAST_WIDTH;
    open = open.filter((k) => !narrow.includes(k));
  }
}

function placed(
  cells: readonly Cell[],
  widths: readonly number[],
  from: number,
  scaled?: number[],
): PlacedCell[] {
  let x = from;
  return cells.map((cell, k) => {
    const width = widths[k]!;
    const place = { cell, x, width, isWidened: scaled !== undefined && width > scaled[k]! * 1.05 };
    x += width;
    return place;
  });
}

function linearPanel(range: GfnRange, cells: readonly Cell[], x: number, width: number): Panel {
  const pagesPerUnit = (range.end - range.start) / width;
  const most = Math.floor(width / LEAST_WIDTH / 2);
  const drawn = thinned(withoutSlivers(cells, pagesPerUnit), most);
  const scaled = drawn.map(({ start, end }) => (end - start) / pagesPerUnit);
  return { range, x, width, cells: placed(drawn, widthsOf(scaled, width), x, scaled) };
}

/** Widths of panels in the proportion of what they hold, none too narrow for its heading. */
function panelWidths(weights: readonly number[], room: number): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => Math.max(LEAST_SHARE, weight / sum));
  const all = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (share / all) * room);
}

/**
 * Places cells.
 *
 * @param panels - ranges with their cells, ascending
 * @param left - where the first one begins
 * @param width - of all, gaps included
 */
export function placedPanels(
  panels: readonly { readonly range: GfnRange; readonly cells: readonly Cell[] }[],
  scale: Scale,
  left: number,
  width: number,
): Panel[] {
  if (scale === 'linear') return panels.map(({ range, cells }) => linearPanel(range, cells, left, width));
  const room = width - PANEL_GAP * (panels.length - 1);
  const widths = panelWidths(
    panels.map(({ cells }) => cells.reduce((sum, cell) => sum + logWeight(cell), 0)),
    room,
  );
  let x = left;
  return panels.map(({ range, cells }, k) => {
    const drawn = thinned(cells, Math.floor(widths[k]! / LEAST_WIDTH / 1.5));
    const panel = {
      range,
      x,
      width: widths[k]!,
      cells: placed(drawn, widthsOf(drawn.map(logWeight), widths[k]!), x),
    };
    x += widths[k]! + PANEL_GAP;
    return panel;
  });
}
