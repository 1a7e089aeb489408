/**
 * What pictures are drawn onto: a canvas, an SVG document, or a list that a test reads. All lengths are CSS
 * pixels; borders lie inside their box.
 */
import type { Tone } from './theme.ts';

/** A rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a shape is filled and bordered; what is left out is not drawn. */
export interface ShapeStyle {
  /** A colour, or a tone with its pattern. */
  readonly fill?: string | Tone | undefined;
  readonly stroke?: string | undefined;
  /** Of the border. Default 1. */
  readonly lineWidth?: number;
  /** Lengths of dashes and gaps of the border. */
  readonly dash?: readonly number[];
}

/** How a line of text is drawn. */
export interface TextStyle {
  /** Height of the font. */
  readonly size: number;
  readonly colour: string;
  /** What of the text stands at x. Default its begin. */
  readonly align?: 'start' | 'middle' | 'end';
  readonly isBold?: boolean;
  /** Digits of one width: addresses and entries. */
  readonly isMono?: boolean;
}

/** Draws shapes, later ones above earlier ones. */
export interface Painter {
  box(box: Box, style: ShapeStyle): void;
  /** @param points - x and y in turn @param isClosed - whether the last point leads to the first */
  path(points: readonly number[], isClosed: boolean, style: ShapeStyle): void;
  /** @param y - of the text's middle line */
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** Room that a line of text takes. */
  textWidth(text: string, style: TextStyle): number;
  /** Draws what lies inside a box alone. */
  clipped(box: Box, draw: () => void): void;
}

/** Fonts of all painters. */
export const FONTS = {
  sans: "system-ui,'Segoe UI','DejaVu Sans',sans-serif",
  mono: "ui-monospace,'Cascadia Mono','DejaVu Sans Mono',Menlo,monospace",
} as const;

/** A point lies in a box. */
export function isInside({ x, y, width, height }: Box, px: number, py: number): boolean {
  return px >= x && px < x + width && py >= y && py < y + height;
}
