/** Text that fits its room. */
import type { Painter, TextStyle } from './painter.ts';
import type { Theme } from './theme.ts';

export { plural } from '../../src/words.ts';

/** The first of several ways to say something, longest first, that fits; undefined where none does. */
export function fitting(
  painter: Painter,
  texts: readonly string[],
  room: number,
  style: TextStyle,
): string | undefined {
  return texts.find((text) => painter.textWidth(text, style) <= room);
}

/** Text that fits a room; what is too much ends in an ellipsis. Empty where not even that has room. */
export function shortened(painter: Painter, text: string, room: number, style: TextStyle): string {
  if (painter.textWidth(text, style) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (painter.textWidth(`${text.slice(0, middle).trimEnd()}…`, style) <= room) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? '' : `${text.slice(0, low).trimEnd()}…`;
}

/** Text on paper of its own: lines that pass there do not run through it. */
export function paintPlated(
  painter: Painter,
  theme: Theme,
  text: string,
  x: number,
  y: number,
  style: TextStyle,
): void {
  if (text === '') return;
  const width = painter.textWidth(text, style);
  painter.box({ x: x - 3, y: y - 8, width: width + 6, height: 16 }, { fill: theme.paper });
  painter.text(text, x, y, style);
}
