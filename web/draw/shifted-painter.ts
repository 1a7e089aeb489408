/** Draws a picture further down, or further to the right, in another one. */
import type { Box, Painter, ShapeStyle, TextStyle } from './painter.ts';

/** Everything moved by as many pixels. */
export class ShiftedPainter implements Painter {
  readonly #painter: Painter;
  readonly #x: number;
  readonly #y: number;

  constructor(painter: Painter, x: number, y: number) {
    this.#painter = painter;
    this.#x = x;
    this.#y = y;
  }

  box(box: Box, style: ShapeStyle): void {
    this.#painter.box(this.#moved(box), style);
  }

  path(points: readonly number[], isClosed: boolean, style: ShapeStyle): void {
    const moved = points.map((value, k) => value + (k % 2 === 0 ? this.#x : this.#y));
    this.#painter.path(moved, isClosed, style);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    this.#painter.text(text, x + this.#x, y + this.#y, style);
  }

  textWidth(text: string, style: TextStyle): number {
    return this.#painter.textWidth(text, style);
  }

  clipped(box: Box, draw: () => void): void {
    this.#painter.clipped(this.#moved(box), draw);
  }

  #moved({ x, y, width, height }: Box): Box {
    return { x: x + this.#x, y: y + this.#y, width, height };
  }
}
