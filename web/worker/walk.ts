/**
 * The tables of an EPT on the way to a page: of each the 512 entries, as runs of one kind. Halves that have one answer are
 * not looked into, so that a table of a whole space costs a few dozen counts.
 */
import { frameCount, type GfnRange, type Total, type View } from '../../src/index.ts';
import { requireWantOn } from '../../src/policy/index.ts';
import { failureOf } from './failure.ts';
import type { LaneOpener } from './map.ts';
import { partOfSpan, partsOfTotals } from './parts.ts';
import type { EntryRun, Lane, Part, Walk, WalkTable } from './protocol.ts';

const ENTRIES = 512;
/** Guest-physical addresses of four levels have 48 bits; wider spaces take a fifth. */
const FOUR_LEVEL_BITS = 48;

type TableLevel = WalkTable['level'];
/** From the root down. */
const LEVELS: readonly TableLevel[] = [5, 4, 3, 2, 1];

/** Frames of an entry of a table. */
function entryFrames(level: TableLevel): number {
  return ENTRIES ** (level - 1);
}

function totalsOf(view: View, range: GfnRange): readonly Total[] {
  return view.totals('leaf', { range });
}

/** What one entry is, by what lies below it. */
function kindOf(totals: readonly Total[], level: TableLevel): EntryRun['kind'] {
  if (totals.every((total) => total.level === 0)) return 'none';
  return totals.every((total) => total.level === level) ? 'leaf' : 'table';
}

function isSame(a: EntryRun, b: EntryRun): boolean {
  if (a.kind !== b.kind || a.parts.length !== b.parts.length) return false;
  const [ofA, ofB] = [a.to - a.from, b.to - b.from];
  // The same share of the same answers: two tables that look alike are one run.
  return a.parts.every((part, index) => {
    const other = b.parts[index]!;
    const { level, type, ipat, pages } = part;
    return (
      level === other.level && type === other.type && ipat === other.ipat && pages * ofB === other.pages * ofA
    );
  });
}

function joined(a: EntryRun, b: EntryRun): EntryRun {
  const parts = a.parts.map((part, index) => ({ ...part, pages: part.pages + b.parts[index]!.pages }));
  return { ...a, to: b.to, parts };
}

class TableReader {
  readonly #runs: EntryRun[] = [];
  readonly #view: View;
  readonly #level: TableLevel;
  readonly #start: number;
  readonly #frames: number;

  constructor(view: View, level: TableLevel, start: number) {
    this.#view = view;
    this.#level = level;
    this.#start = start;
    this.#frames = frameCount(view.vcpu.maxphyaddr);
  }

  get runs(): readonly EntryRun[] {
    this.#read(0, ENTRIES);
    return this.#runs;
  }

  #add(run: EntryRun): void {
    const last = this.#runs.at(-1);
    if (last && isSame(last, run)) this.#runs[this.#runs.length - 1] = joined(last, run);
    else this.#runs.push(run);
  }

  #read(from: number, to: number): void {
    const size = entryFrames(this.#level);
    const start = this.#start + from * size;
    const end = Math.min(this.#start + to * size, this.#frames);
    if (start >= this.#frames) {
      this.#add({ from, to, kind: 'none', parts: [] });
      return;
    }
    const totals = totalsOf(this.#view, { start, end });
    const kind = kindOf(totals, this.#level);
    const isPlain = kind === 'none' || (kind === 'leaf' && partsOfTotals('leaf', totals).length === 1);
    if (to - from === 1 || (isPlain && end - start === (to - from) * size)) {
      this.#add({ from, to, kind, parts: kind === 'none' ? [] : partsOfTotals('leaf', totals) });
      return;
    }
    const middle = (from + to) / 2;
    this.#read(from, middle);
    this.#read(middle, to);
  }
}

function tableOf(view: View, level: TableLevel, gfn: number): WalkTable {
  const frames = entryFrames(level);
  const start = Math.floor(gfn / (frames * ENTRIES)) * frames * ENTRIES;
  const { runs } = new TableReader(view, level, start);
  return { level, start, frames, index: Math.floor((gfn - start) / frames), runs };
}

function leafOf(part: Part): Walk['leaf'] {
  const { level, type = -1, ipat = 0, entry } = part;
  if (level === undefined || level === 0) return undefined;
  return { level, type, ipat, ...(entry !== undefined && { entry }) };
}

async function walkOf(lane: Lane, gfn: number, open: LaneOpener): Promise<Walk> {
  try {
    const { view, title, policy, opened } = await open(lane);
    requireWantOn(policy, opened.vm.host.vendor, 'leaf');
    const [span] = view.spansOf('leaf', { range: { start: gfn, end: gfn + 1 } });
    const leaf = span && leafOf(partOfSpan('leaf', span, 1));
    const levels = LEVELS.filter((level) => level < 5 || view.vcpu.maxphyaddr > FOUR_LEVEL_BITS);
    const lowest = leaf?.level ?? lowestTable(view, levels, gfn);
    const tables = levels.filter((level) => level >= lowest).map((level) => tableOf(view, level, gfn));
    return { lane, title, tables, ...(leaf && { leaf }) };
  } catch (error) {
    return { lane, title: lane.policy, tables: [], fault: failureOf(error) };
  }
}

/** The highest table whose entry for the page leads nowhere: what is below is not there. */
function lowestTable(view: View, levels: readonly TableLevel[], gfn: number): TableLevel {
  const empty = levels.find((level) => {
    const size = entryFrames(level);
    const start = Math.floor(gfn / size) * size;
    const end = Math.min(start + size, frameCount(view.vcpu.maxphyaddr));
    return kindOf(totalsOf(view, { start, end }), level) === 'none';
  });
  return empty ?? 1;
}

/** The way to a page in each lane. */
export async function walksTo(
  gfn: number,
  lanes: readonly Lane[],
  open: LaneOpener,
): Promise<readonly Walk[]> {
  const walks: Walk[] = [];
  for (const lane of lanes) walks.push(await walkOf(lane, gfn, open));
  return walks;
}
