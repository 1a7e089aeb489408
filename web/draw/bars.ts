/** Bars with names and values in words: what vCPUs demand of one EPT, what designs get wrong. */
import type { Part } from '../worker/protocol.ts';
import type { Painter, TextStyle } from './painter.ts';
import { shortened } from './text.ts';
import type { Theme, Tone } from './theme.ts';
import { paintParts, paintTone } from './tones.ts';

/** One bar. */
export interface Bar {
  readonly name: string;
  /** From 0 to 1 of the widest bar. */
  readonly share: number;
  /** The value in words. */
  readonly text: string;
  /** Answers that it is made of; default: a plain bar. */
  readonly parts?: readonly Part[];
}

const SIZE = 12;
const MARGIN = 12;
/** Below this width a bar's words stand above it. */
const NARROW = 560;

/** Height of a picture of bars. */
export function barsHeight(bars: readonly Bar[], width: number): number {
  return bars.length * (width < NARROW ? 42 : 26) + MARGIN;
}

function plainTone(theme: Theme): Tone {
  return theme.looks['1G'];
}

/** Paints bars. */
export function paintBars(painter: Painter, theme: Theme, bars: readonly Bar[], width: number): void {
  painter.box({ x: 0, y: 0, width, height: barsHeight(bars, width) }, { fill: theme.paper });
  const name: TextStyle = { size: SIZE, colour: theme.ink };
  const value: TextStyle = { size: SIZE, colour: theme.soft };
  const isNarrow = width < NARROW;
  const widest = (texts: readonly string[], style: TextStyle) =>
    Math.max(0, ...texts.map((text) => painter.textWidth(text, style)));
  const nameRoom = Math.min(
    width * 0.4,
    widest(
      bars.map((bar) => bar.name),
      name,
    ),
  );
  const valueRoom = widest(
    bars.map((bar) => bar.text),
    value,
  );
  const left = isNarrow ? MARGIN : MARGIN + nameRoom + 10;
  const room = Math.max(10, width - left - MARGIN - (isNarrow ? 0 : valueRoom + 8));
  bars.forEach((bar, k) => {
    const top = MARGIN / 2 + k * (isNarrow ? 42 : 26);
    const y = isNarrow ? top + 20 : top + 3;
    const middle = isNarrow ? top + 10 : top + 13;
    painter.text(
      shortened(painter, bar.name, isNarrow ? width - 2 * MARGIN - valueRoom - 8 : nameRoom, name),
      MARGIN,
      middle,
      name,
    );
    const length = bar.share > 0 ? Math.max(2, Math.round(bar.share * room)) : 0;
    const box = { x: left, y, width: length, height: isNarrow ? 16 : 20 };
    if (length > 0 && bar.parts) paintParts(painter, theme, box, bar.parts, 0);
    else if (length > 0) paintTone(painter, box, plainTone(theme));
    if (isNarrow) painter.text(bar.text, width - MARGIN, middle, { ...value, align: 'end' });
    else painter.text(bar.text, left + length + 8, middle, value);
  });
}
