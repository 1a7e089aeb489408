/** A replay laid out: a row a vCPU with its events, areas of pages below them, one column a step. */
import type { Replayed, ReplayedStep } from '../worker/protocol.ts';
import type { Box } from './painter.ts';

/** What is drawn of a replay. */
export type ReplayModel = Pick<Replayed, 'vcpus' | 'steps'>;

/** Events of one vCPU, of several for which there is no row, or of the VM. */
export interface EventRow extends Box {
  readonly title: string;
  /** Indexes of the steps, ascending. */
  readonly steps: readonly number[];
}

/** Pages over time, as a step line. */
export interface SeriesRow extends Box {
  readonly series: 'disagree' | 'foreign' | 'stale';
  readonly title: string;
  readonly peak: number;
  /** The largest value of each column, a column as wide as a pixel or a step, whichever is wider. */
  readonly columns: readonly number[];
}

/** A replay in pixels. */
export interface ReplayLayout {
  readonly model: ReplayModel;
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
  /** All rows. */
  readonly plot: Box;
  readonly events: readonly EventRow[];
  readonly series: readonly SeriesRow[];
}

const NARROW = 720;
const GUTTER = 132;
const MARGIN = 12;
const PILL = 24;
const EVENT_HEIGHT = 18;
const SERIES_HEIGHT = 44;
const TITLE = 17;
const GAP = 6;
/** vCPUs with a row each; the rest shares one. */
const MOST_ROWS = 16;

const SERIES = [
  { series: 'disagree', title: 'vCPUs disagree', pages: ({ disagree }: ReplayedStep) => disagree },
  { series: 'foreign', title: 'foreign entries', pages: ({ foreignPages }: ReplayedStep) => foreignPages },
  { series: 'stale', title: 'stale entries', pages: ({ stalePages }: ReplayedStep) => stalePages },
] as const;

/** Pixel of the begin of a step's column. */
export function stepX({ plot, model }: Pick<ReplayLayout, 'plot' | 'model'>, step: number): number {
  return plot.x + (step / Math.max(1, model.steps.length)) * plot.width;
}

/** The step below a pixel. */
export function stepAt({ plot, model }: ReplayLayout, x: number): number {
  const step = Math.floor(((x - plot.x) / plot.width) * model.steps.length);
  return Math.min(model.steps.length - 1, Math.max(0, step));
}

/** Largest values by column; a step that says nothing leaves the last value as it was. */
function columnsOf(
  steps: readonly ReplayedStep[],
  pages: (step: ReplayedStep) => number | undefined,
  most: number,
): number[] {
  const count = Math.max(1, Math.min(most, steps.length));
  const columns = Array.from({ length: count }, () => 0);
  let last = 0;
  let seen = -1;
  steps.forEach((step, k) => {
    const column = Math.floor((k * count) / steps.length);
    last = pages(step) ?? last;
    columns[column] = column === seen ? Math.max(columns[column]!, last) : last;
    seen = column;
  });
  return columns;
}

function eventRows({ vcpus, steps }: ReplayModel): { title: string; steps: number[] }[] {
  const own = vcpus.length > MOST_ROWS ? vcpus.slice(0, MOST_ROWS - 1) : vcpus;
  const rows = new Map<number, { title: string; steps: number[] }>();
  for (const id of own) rows.set(id, { title: `vCPU ${id}`, steps: [] });
  const others = { title: `${vcpus.length - own.length} further vCPUs`, steps: [] as number[] };
  const machine = { title: 'VM', steps: [] as number[] };
  steps.forEach(({ vcpu }, k) => {
    const row = vcpu === undefined ? machine : (rows.get(vcpu) ?? others);
    row.steps.push(k);
  });
  const shown = [...rows.values(), ...(vcpus.length > own.length ? [others] : [])];
  return machine.steps.length > 0 ? [...shown, machine] : shown;
}

/** Lays a replay out. */
export function replayLayout(model: ReplayModel, { width }: { readonly width: number }): ReplayLayout {
  const isNarrow = width < NARROW;
  const left = isNarrow ? 58 : GUTTER;
  const room = Math.max(1, width - left - MARGIN);
  let y = PILL;
  const events = eventRows(model).map((row): EventRow => {
    const box = { x: left, y, width: room, height: EVENT_HEIGHT };
    y += EVENT_HEIGHT + 2;
    return { ...row, ...box };
  });
  y += GAP;
  const series = SERIES.map(({ series: name, title, pages }): SeriesRow => {
    const columns = columnsOf(model.steps, pages, Math.floor(room));
    const above = isNarrow ? TITLE : 0;
    const box = { x: left, y: y + above, width: room, height: SERIES_HEIGHT };
    y += above + SERIES_HEIGHT + GAP;
    return { ...box, series: name, title, columns, peak: columns.reduce((a, b) => Math.max(a, b), 0) };
  });
  return {
    model,
    width,
    height: y + GAP,
    isNarrow,
    plot: { x: left, y: PILL, width: room, height: y - PILL - GAP },
    events,
    series,
  };
}
