/** Draws onto a canvas, whose context is scaled to CSS pixels already. */
import { type Box, FONTS, type Painter, type ShapeStyle, type TextStyle } from './painter.ts';
import { TILE, TILE_PIXELS, type Tone } from './theme.ts';

/** What is used of a canvas. */
export type CanvasContext = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'fillRect'
  | 'strokeRect'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'fill'
  | 'stroke'
  | 'fillText'
  | 'measureText'
  | 'save'
  | 'restore'
  | 'rect'
  | 'clip'
  | 'setLineDash'
  | 'createPattern'
>;

/** Paths of most texts of a page; the widths are forgotten beyond. */
const MOST_WIDTHS = 20_000;

/** Lasts as long as its canvas keeps its size: patterns and widths of texts are kept. */
export class CanvasPainter implements Painter {
  readonly #context: CanvasContext;
  readonly #density: number;
  readonly #patterns = new Map<Tone, CanvasPattern | string>();
  readonly #widths = new Map<string, number>();

  /** @param density - pixels of the device that a CSS pixel takes */
  constructor(context: CanvasContext, density: number) {
    this.#context = context;
    this.#density = density;
    context.textBaseline = 'middle';
  }

  box({ x, y, width, height }: Box, { fill, stroke, lineWidth = 1, dash = [] }: ShapeStyle): void {
    if (width <= 0 || height <= 0) return;
    const context = this.#context;
    if (fill !== undefined) {
      context.fillStyle = this.#fill(fill);
      context.fillRect(x, y, width, height);
    }
    if (stroke === undefined) return;
    this.#line(stroke, lineWidth, dash);
    context.strokeRect(x + lineWidth / 2, y + lineWidth / 2, width - lineWidth, height - lineWidth);
  }

  path(
    points: readonly number[],
    isClosed: boolean,
    { fill, stroke, lineWidth = 1, dash = [] }: ShapeStyle,
  ): void {
    const context = this.#context;
    context.beginPath();
    context.moveTo(points[0]!, points[1]!);
    for (let k = 2; k < points.length; k += 2) context.lineTo(points[k]!, points[k + 1]!);
    if (isClosed) context.closePath();
    if (fill !== undefined) {
      context.fillStyle = this.#fill(fill);
      context.fill();
    }
    if (stroke === undefined) return;
    this.#line(stroke, lineWidth, dash);
    context.stroke();
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const context = this.#context;
    context.font = fontOf(style);
    context.fillStyle = style.colour;
    context.textAlign = style.align === 'middle' ? 'center' : (style.align ?? 'start');
    context.fillText(text, x, y + 0.5);
  }

  textWidth(text: string, style: TextStyle): number {
    const font = fontOf(style);
    const key = `${font}|${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    if (this.#widths.size >= MOST_WIDTHS) this.#widths.clear();
    this.#context.font = font;
    const { width } = this.#context.measureText(text);
    this.#widths.set(key, width);
    return width;
  }

  clipped({ x, y, width, height }: Box, draw: () => void): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
  }

  #line(stroke: string, lineWidth: number, dash: readonly number[]): void {
    const context = this.#context;
    context.strokeStyle = stroke;
    context.lineWidth = lineWidth;
    context.setLineDash([...dash]);
  }

  #fill(fill: string | Tone): string | CanvasPattern {
    if (typeof fill === 'string') return fill;
    if (fill.pattern === '') return fill.fill;
    const known = this.#patterns.get(fill);
    if (known) return known;
    const made = this.#patternOf(fill);
    this.#patterns.set(fill, made);
    return made;
  }

  /** A tile in the pixels of the device, so that its lines are sharp. */
  #patternOf({ fill, mark, pattern }: Tone): CanvasPattern | string {
    const side = Math.max(1, Math.round(TILE_PIXELS * this.#density));
    const tile = new OffscreenCanvas(side, side);
    const context = tile.getContext('2d')!;
    context.fillStyle = fill;
    context.fillRect(0, 0, side, side);
    context.scale(side / TILE, side / TILE);
    context.strokeStyle = mark;
    context.lineWidth = TILE / TILE_PIXELS;
    context.stroke(new Path2D(pattern));
    const made = this.#context.createPattern(tile, 'repeat');
    made?.setTransform(new DOMMatrix().scale(TILE_PIXELS / side, TILE_PIXELS / side));
    return made ?? fill;
  }
}

function fontOf({ size, isBold, isMono }: TextStyle): string {
  return `${isBold ? '600 ' : ''}${size}px ${isMono ? FONTS.mono : FONTS.sans}`;
}
