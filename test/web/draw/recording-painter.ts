/** A painter that keeps what is drawn, for tests to look at. */
import type { Box, Painter, ShapeStyle, TextStyle } from '../../../web/draw/painter.ts';

interface DrawnBox extends Box {
  readonly style: ShapeStyle;
}

interface DrawnText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly style: TextStyle;
}

/** Characters are as wide as 0.6 of their height. */
export class RecordingPainter implements Painter {
  readonly boxes: DrawnBox[] = [];
  readonly paths: { readonly points: readonly number[]; readonly style: ShapeStyle }[] = [];
  readonly texts: DrawnText[] = [];

  box(box: Box, style: ShapeStyle): void {
    this.boxes.push({ ...box, style });
  }

  path(points: readonly number[], _: boolean, style: ShapeStyle): void {
    this.paths.push({ points, style });
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    this.texts.push({ text, x, y, style });
  }

  textWidth(text: string, { size }: TextStyle): number {
    return text.length * size * 0.6;
  }

  clipped(_: Box, draw: () => void): void {
    draw();
  }

  /** All texts, in the order in which they were drawn. */
  get words(): string[] {
    return this.texts.map(({ text }) => text);
  }

  /** The texts that begin above others' ends, or leave the picture. */
  crowded(width: number): string[] {
    const spans = this.texts.map(({ text, x, y, style }) => {
      const room = this.textWidth(text, style);
      const left = style.align === 'middle' ? x - room / 2 : style.align === 'end' ? x - room : x;
      return { text, left, right: left + room, top: y - style.size / 2, bottom: y + style.size / 2 };
    });
    return spans
      .filter(
        (a, k) =>
          a.left < -0.5 ||
          a.right > width + 0.5 ||
          spans.some(
            (b, j) => j < k && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
          ),
      )
      .map(({ text }) => text);
  }
}
