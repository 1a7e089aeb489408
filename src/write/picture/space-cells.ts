/**
 * An address space cut into the cells that a picture has room for. Where the answers have few stretches, each is
 * a cell; where masks with holes make millions, the space is cut evenly and each cell says how many of its pages
 * get which answer, counted and not sampled.
 */
import { type GfnRange, type PatType, type Span, type Total, UNDEFINED, type Want } from '../../types.ts';
import type { Query } from '../../vm/index.ts';
import type { Look } from '../format/svg-palette.ts';

/** What a picture shows of the answers: all but single entries. */
export type DrawnWant = Exclude<Want, 'leaf'>;

/** Whoever answers a lane: a view, or what another program said (which counts nothing by itself). */
export interface LaneSource {
  spansOf(want: Want, query?: Query): Iterable<Span>;
  totals?(want: Want, query?: Query): readonly Total[];
}

/** A lane of the picture. */
export interface Lane {
  readonly title: string;
  readonly want: DrawnWant;
  readonly source: LaneSource;
  readonly pat: PatType;
}

/** An answer as it is drawn: its look, and whether it carries IPAT. */
export interface Drawn {
  readonly look: Look;
  readonly ipat: boolean;
}

/** Pages of a cell by answer; one entry: all of it is that. */
export type Parts = ReadonlyMap<string, { readonly drawn: Drawn; readonly pages: number }>;

/** A stretch of the space, drawn as one shape a lane. */
export interface Cell extends GfnRange {
  /** One a lane. */
  readonly lanes: readonly Parts[];
}

/** Stretches that are walked before the space is cut evenly instead. */
const MOST_STRETCHES = 1024;
/** Parts that an octave is cut into at most. */
const OCTAVE_PARTS = 8;

const LEVEL_LOOKS: readonly Look[] = ['not mapped', '4K', '2M', '1G'];
const TYPE_LOOKS: Readonly<Record<number, Look>> = {
  [-1]: 'undefined',
  0: 'UC',
  1: 'WC',
  4: 'WT',
  5: 'WP',
  6: 'WB',
};

/** How an answer is drawn. */
export function drawnOf(want: DrawnWant, answer: Omit<Total, 'pages'>): Drawn {
  if (want === 'levels') return { look: LEVEL_LOOKS[answer.level ?? 0] ?? 'undefined', ipat: false };
  return { look: TYPE_LOOKS[answer.type ?? UNDEFINED] ?? 'undefined', ipat: answer.ipat === 1 };
}

/** A text that two answers that are drawn alike share. */
export function drawnKey({ look, ipat }: Drawn): string {
  return ipat ? `${look} + IPAT` : look;
}

function partsOf(entries: Iterable<readonly [Drawn, number]>): Parts {
  const parts = new Map<string, { drawn: Drawn; pages: number }>();
  for (const [drawn, pages] of entries) {
    const key = drawnKey(drawn);
    parts.set(key, { drawn, pages: pages + (parts.get(key)?.pages ?? 0) });
  }
  return parts;
}

/** The stretches over which no lane changes; undefined where there are too many. */
function exactCells(range: GfnRange, lanes: readonly Lane[]): Cell[] | undefined {
  const iterators = lanes.map(
    ({ source, want, pat }): Iterator<Span, unknown> =>
      source.spansOf(want, { range, pat })[Symbol.iterator](),
  );
  const cells: Cell[] = [];
  try {
    let current: IteratorResult<Span, unknown>[] = iterators.map((iterator) => iterator.next());
    while (!current.some((item) => item.done)) {
      const spans = current.map((item) => item.value as Span);
      const start = Math.max(...spans.map((span) => span.start));
      const end = Math.min(...spans.map((span) => span.end));
      if (cells.length === MOST_STRETCHES) return undefined;
      cells.push({
        start,
        end,
        lanes: spans.map((span, k) => partsOf([[drawnOf(lanes[k]!.want, span), end - start]])),
      });
      current = current.map((item, k) => (spans[k]!.end === end ? iterators[k]!.next() : item));
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
  return joined(cells);
}

function sameParts(a: Parts, b: Parts): boolean {
  if (a.size !== b.size) return false;
  const [total, other] = [pagesOf(a), pagesOf(b)];
  for (const [key, { pages }] of a) {
    const part = b.get(key);
    if (!part || Math.abs(part.pages / other - pages / total) > 1e-9) return false;
  }
  return true;
}

function pagesOf(parts: Parts): number {
  let pages = 0;
  for (const part of parts.values()) pages += part.pages;
  return pages;
}

/** Two neighbours as one cell. */
export function mergedCell(a: Cell, b: Cell): Cell {
  const lanes = a.lanes.map((parts, k) =>
    partsOf([...parts.values(), ...b.lanes[k]!.values()].map(({ drawn, pages }) => [drawn, pages] as const)),
  );
  return { start: a.start, end: b.end, lanes };
}

/** Neighbours that are drawn alike joined: leaves that differ in nothing that is drawn, shares that repeat. */
function joined(cells: readonly Cell[]): Cell[] {
  const result: Cell[] = [];
  for (const cell of cells) {
    const last = result.at(-1);
    if (last?.lanes.every((parts, k) => sameParts(parts, cell.lanes[k]!))) {
      result[result.length - 1] = mergedCell(last, cell);
    } else result.push(cell);
  }
  return result;
}

/** Edges of a range that is cut into some `most` parts: even ones, or parts of octaves where these are enough. */
function edgesOf({ start, end }: GfnRange, most: number, hasOctaves: boolean): number[] {
  const edges = new Set([start, end]);
  if (hasOctaves) {
    const octaves = Math.log2(end / Math.max(1, start));
    const parts = Math.max(1, Math.min(OCTAVE_PARTS, Math.floor(most / octaves)));
    for (let octave = 1; octave < end; octave *= 2) {
      for (let part = 0; part < parts; part++) {
        const edge = Math.floor(octave * (1 + part / parts));
        if (edge > start && edge < end) edges.add(edge);
      }
    }
  }
  if (edges.size < most / 4) {
    // Powers of two: addresses that can be read, and shares that repeat where masks do.
    const step = 2 ** Math.ceil(Math.log2(Math.max(1, (end - start) / most)));
    for (let edge = start - (start % step) + step; edge < end; edge += step) edges.add(edge);
  }
  return [...edges].sort((a, b) => a - b);
}

/** Whether all lanes can count the pages of a range. */
function canCount(lanes: readonly Lane[]): boolean {
  return lanes.every(({ source }) => source.totals !== undefined);
}

function countedCells(range: GfnRange, lanes: readonly Lane[], most: number, hasOctaves: boolean): Cell[] {
  const edges = edgesOf(range, most, hasOctaves);
  const cells = edges.slice(1).map((end, k): Cell => {
    const start = edges[k]!;
    const counted = lanes.map(({ source, want, pat }) =>
      partsOf(
        source.totals!(want, { range: { start, end }, pat }).map(
          (total) => [drawnOf(want, total), Number(total.pages)] as const,
        ),
      ),
    );
    return { start, end, lanes: counted };
  });
  return joined(cells);
}

/**
 * The cells of a range.
 *
 * @param most - about how many there is room for
 * @param hasOctaves - whether cells that are cut evenly are so on a logarithmic scale
 * @returns ascending, covering the range; undefined where a lane has too many stretches and cannot count them
 */
export function cellsOf(
  range: GfnRange,
  lanes: readonly Lane[],
  most: number,
  hasOctaves: boolean,
): Cell[] | undefined {
  if (range.start >= range.end) return [];
  const exact = exactCells(range, lanes);
  if (!canCount(lanes) || (exact && exact.length <= 4 * most)) return exact;
  return countedCells(range, lanes, most, hasOctaves);
}
