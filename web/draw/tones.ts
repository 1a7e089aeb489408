/** Answers as tones: cells with their layers, edges and labels, the same in every picture. */
import type { Look } from '../../src/write/format/svg-palette.ts';
import type { Part } from '../worker/protocol.ts';
import { layerHeights, mergedParts, percentText } from './cells.ts';
import { pagesOf, partKey, partLook } from './models.ts';
import type { Box, Painter, TextStyle } from './painter.ts';
import { fitting } from './text.ts';
import type { Theme, Tone } from './theme.ts';

/** Lowest layer of a stack. */
const LEAST_LAYER = 3;
const IPAT_HEIGHT = 3;
/** Cells of several answers below this width have no borders. */
const DENSE = 12;
/** Room around a label. */
const PADDING = 4;

const SHORT_LOOKS: Partial<Record<Look, string>> = { undefined: 'undef.', 'not mapped': '–' };

/** A box in a tone; one that is too narrow for a border is all border, so that it is seen. */
export function paintTone(painter: Painter, box: Box, tone: Tone): void {
  if (box.width < 4 || box.height < 4) painter.box(box, { fill: tone.edge });
  else painter.box(box, { fill: tone, stroke: tone.edge });
}

/** A layer of one of many narrow cells: lines above and below it, as of an area. */
function paintDense(painter: Painter, box: Box, tone: Tone): void {
  painter.box(box, { fill: tone });
  painter.box({ ...box, height: 1 }, { fill: tone.edge });
  painter.box({ ...box, y: box.y + box.height - 1, height: 1 }, { fill: tone.edge });
}

/** An outline and a flag around what differs: seen without colour as well. */
export function paintDifference(painter: Painter, theme: Theme, { x, y, width, height }: Box): void {
  const outline = { x: x - 1, y: y - 1, width: width + 2, height: height + 2 };
  painter.box(outline, { stroke: theme.differs, lineWidth: 2 });
  const side = Math.min(8, Math.max(5, width));
  const left = width < 10 ? x + width / 2 - side / 2 : x;
  const flag =
    width < 10
      ? [left, y - 6, left + side, y - 6, left + side / 2, y]
      : [left, y, left + side, y, left, y + side];
  painter.path(flag, true, { fill: theme.flag, stroke: theme.differs });
}

/** A line of text on a tone; the pattern does not run through it. */
export function paintLabel(
  painter: Painter,
  { x, y, width, height }: Box,
  texts: readonly string[],
  tone: Tone,
  style: TextStyle,
): void {
  if (height < style.size + 2) return;
  const text = fitting(painter, texts, width - 2 * PADDING, style);
  if (text === undefined) return;
  const middle = y + height / 2;
  const centre = x + width / 2;
  if (tone.pattern !== '') {
    const room = painter.textWidth(text, style) + 6;
    const plate = {
      x: centre - room / 2,
      y: middle - style.size / 2 - 1,
      width: room,
      height: style.size + 2,
    };
    painter.box(plate, { fill: tone.fill });
  }
  painter.text(text, centre, middle, { ...style, align: 'middle' });
}

/** How a look is written where there is little room. */
export function lookText(look: Look): string {
  return SHORT_LOOKS[look] ?? look;
}

function labelsOf(part: Part, share: number | undefined): string[] {
  const name = lookText(partLook(part));
  const whole = part.ipat === 1 ? `${name} + IPAT` : name;
  if (share === undefined) return whole === name ? [name] : [whole, name];
  const percent = percentText(share);
  return [`${partKey(part)} ${percent}`, `${whole} ${percent}`, `${name} ${percent}`, name];
}

/**
 * A cell: one answer, or several stacked by their shares of the pages, each in its place of the order of answers.
 *
 * @param fontSize - of the labels; 0: none
 */
export function paintParts(
  painter: Painter,
  theme: Theme,
  box: Box,
  told: readonly Part[],
  fontSize: number,
): void {
  if (box.width <= 0 || told.length === 0) return;
  // Leaves of several sizes may have one type.
  const parts = told.length === 1 ? told : mergedParts([told]);
  const total = pagesOf(parts);
  // Borders of many cells side by side would be all that is seen.
  const isDense = parts.length > 1 && box.width < DENSE;
  const ordered = parts.length === 1 ? parts : [...parts].sort((a, b) => (partKey(a) < partKey(b) ? -1 : 1));
  const heights = layerHeights(
    ordered.map(({ pages }) => (total === 0 ? 1 / ordered.length : pages / total)),
    box.height,
    LEAST_LAYER,
  );
  let { y } = box;
  ordered.forEach((part, k) => {
    const tone = theme.looks[partLook(part)];
    const layer = { x: box.x, y, width: box.width, height: heights[k]! };
    if (isDense) paintDense(painter, layer, tone);
    else paintTone(painter, layer, tone);
    if (part.ipat === 1 && layer.height > IPAT_HEIGHT) {
      painter.box({ ...layer, y: y + layer.height - IPAT_HEIGHT, height: IPAT_HEIGHT }, { fill: theme.ink });
    }
    if (fontSize === 0) {
      y += layer.height;
      return;
    }
    const share = ordered.length > 1 ? part.pages / total : undefined;
    const room = part.ipat === 1 ? { ...layer, height: layer.height - IPAT_HEIGHT } : layer;
    paintLabel(painter, room, labelsOf(part, share), tone, {
      size: fontSize,
      colour: theme.ink,
      isBold: true,
    });
    y += layer.height;
  });
}
