/** The axis of an address space: the addresses where stretches begin, as many as there is room for. */

import { hexText } from '../../words.ts';
import { element, svgNumber, textElement, textWidth } from '../format/svg.ts';
import type { Panel } from './space-scale.ts';

/** What ticks are drawn on. */
export interface TickDrawing {
  readonly body: string[];
  readonly fontSize: number;
  readonly lineHeight: number;
  readonly y: number;
  readonly picture: { readonly width: number };
}

interface Tick {
  readonly x: number;
  readonly frame: number;
  /** Those of more importance get room first. */
  readonly importance: number;
}

const ROWS = 3;
/** Room between two labels of one row. */
const APART = 8;

function ticksOf(panels: readonly Panel[]): Tick[] {
  return panels.flatMap(({ range, x, width, cells }, index) => {
    const begins = cells.map((place, k): Tick => {
      const wider = Math.max(place.width, cells[k - 1]?.width ?? 0);
      return { x: place.x, frame: place.cell.start, importance: k === 0 ? 1e9 : wider };
    });
    const isLast = index === panels.length - 1;
    return isLast ? [...begins, { x: x + width, frame: range.end, importance: 1e9 }] : begins;
  });
}

/**
 * Draws the ticks below the lanes: each label in the first of a few rows where it fits, the less important ones
 * left out.
 *
 * @returns where the picture goes on
 */
export function tickLines(drawing: TickDrawing, panels: readonly Panel[], by: 'gpa' | 'gfn'): number {
  const { fontSize, lineHeight, picture, body } = drawing;
  const rows: (readonly [number, number])[][] = Array.from({ length: ROWS }, () => []);
  const ticks = ticksOf(panels).sort((a, b) => b.importance - a.importance || a.x - b.x);
  let lowest = 0;
  const lines: string[] = [];
  const labels: string[] = [];
  for (const { x, frame } of ticks) {
    const label = by === 'gfn' ? hexText(frame) : hexText(BigInt(frame) << 12n);
    const width = textWidth(label, fontSize);
    const left = Math.max(4, Math.min(x - width / 2, picture.width - 4 - width));
    const row = rows.findIndex((taken) =>
      taken.every(([from, to]) => left + width + APART <= from || left - APART >= to),
    );
    if (row < 0) continue;
    rows[row]!.push([left, left + width]);
    lowest = Math.max(lowest, row);
    const baseline = drawing.y + 6 + lineHeight * (row + 1) - fontSize * 0.35;
    const line = `M${svgNumber(x)} ${svgNumber(drawing.y)}V${svgNumber(baseline - fontSize * 0.8)}`;
    lines.push(element('path', { class: 'axis', d: line }));
    labels.push(textElement(left + width / 2, baseline, label, { class: 'halo', 'text-anchor': 'middle' }));
  }
  // A line to a lower row passes behind the labels above it.
  body.push(...lines, ...labels);
  return drawing.y + 6 + lineHeight * (lowest + 1) + fontSize * 0.4;
}
