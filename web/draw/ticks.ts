/** The axis: addresses where stretches begin, those between wide stretches first, and round ones in between. */
import { addressText } from '../../src/words.ts';
import type { Painter, TextStyle } from './painter.ts';
import type { Scale } from './scale.ts';

/** A labelled place of the axis. */
export interface Tick {
  readonly x: number;
  readonly gfn: number;
  readonly label: string;
  /** Row of its label, from the lanes outwards. */
  readonly row: number;
  /** Middle of its label. */
  readonly labelX: number;
}

/** Pixels that a factor of two in an address is worth. */
const ROUNDNESS = 1;
/** Room between two labels of one row. */
const APART = 10;

interface Candidate {
  readonly x: number;
  readonly gfn: number;
  readonly importance: number;
}

/** How often two divides a frame. */
function twosIn(gfn: number): number {
  let [rest, twos] = [gfn, 0];
  while (rest > 0 && rest % 2 === 0) [rest, twos] = [rest / 2, twos + 1];
  return twos;
}

function stopsIn(scale: Scale): Candidate[] {
  const { stops } = scale.world;
  const { start, end } = scale.window;
  const from = Math.max(
    0,
    stops.findIndex((stop) => stop >= start),
  );
  const found: Candidate[] = [];
  for (let k = from; k < stops.length && stops[k]! <= end; k++) {
    const gfn = stops[k]!;
    const x = scale.toX(gfn);
    const before = k > 0 ? x - scale.toX(stops[k - 1]!) : Number.POSITIVE_INFINITY;
    const after = k < stops.length - 1 ? scale.toX(stops[k + 1]!) - x : Number.POSITIVE_INFINITY;
    // Between two wide stretches a label is worth more than beside a wide one; of equals, the rounder address.
    const room = Math.max(before, after) / 1000 + Math.min(before, after);
    found.push({ x, gfn, importance: room + ROUNDNESS * twosIn(gfn) });
  }
  return found;
}

/** Multiples of a power of two, as many as there is room for. */
function roundIn(scale: Scale, labelWidth: number): Candidate[] {
  const { start, end } = scale.window;
  const most = Math.max(1, Math.floor(scale.width / (labelWidth + 2 * APART)));
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, (end - start) / most)));
  const found: Candidate[] = [];
  for (let gfn = Math.ceil(start / step) * step; gfn <= end; gfn += step) {
    found.push({ x: scale.toX(gfn), gfn, importance: -1 });
  }
  return found;
}

/** The ticks that a scale has room for, in some rows of labels. */
export function ticksOf(painter: Painter, scale: Scale, style: TextStyle, rows: number): Tick[] {
  const widest = painter.textWidth(addressText(Math.floor(scale.window.end)), style);
  const candidates = [...stopsIn(scale), ...roundIn(scale, widest)];
  const taken: (readonly [number, number])[][] = Array.from({ length: rows }, () => []);
  const ticks: Tick[] = [];
  const seen = new Set<number>();
  for (const { x, gfn } of candidates.sort((a, b) => b.importance - a.importance || a.x - b.x)) {
    if (seen.has(gfn)) continue;
    seen.add(gfn);
    const label = addressText(gfn);
    const width = painter.textWidth(label, style);
    const left = Math.max(scale.x, Math.min(x - width / 2, scale.x + scale.width - width));
    const row = taken.findIndex((places) =>
      places.every(([from, to]) => left + width + APART <= from || left - APART >= to),
    );
    if (row < 0) continue;
    taken[row]!.push([left, left + width]);
    ticks.push({ x, gfn, label, row, labelX: left + width / 2 });
    if (ticks.length > scale.width / 20) break;
  }
  return ticks;
}
