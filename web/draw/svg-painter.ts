/** Draws into an SVG document: for print, for documents, and for tests. */
import { element, svgNumber, textWidth } from '../../src/write/format/svg.ts';
import { xmlText } from '../../src/write/format/xml.ts';
import { type Box, FONTS, type Painter, type ShapeStyle, type TextStyle } from './painter.ts';
import { TILE, TILE_PIXELS, type Tone } from './theme.ts';

/** What stands around a picture. */
export interface SvgFrame {
  /** Begins the names of its patterns: two pictures of a page need two. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in words, for those who do not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** A character of the monospaced fonts, in ems. */
const MONO_WIDTH = 0.61;

/** Collects elements; {@link SvgPainter.document} is the whole. */
export class SvgPainter implements Painter {
  readonly #id: string;
  readonly #body: string[] = [];
  readonly #tones = new Map<Tone, string>();
  readonly #clips: string[] = [];

  constructor(id: string) {
    this.#id = id;
  }

  box({ x, y, width, height }: Box, style: ShapeStyle): void {
    if (width <= 0 || height <= 0) return;
    const { fill, stroke, lineWidth = 1, dash } = style;
    const inset = stroke === undefined ? 0 : Math.min(lineWidth, width, height) / 2;
    const place = { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset };
    this.#body.push(
      element('rect', {
        ...place,
        fill: this.#fill(fill),
        stroke,
        'stroke-width': stroke && lineWidth !== 1 ? lineWidth : undefined,
        'stroke-dasharray': dash?.join(' ') || undefined,
      }),
    );
  }

  path(points: readonly number[], isClosed: boolean, style: ShapeStyle): void {
    const { fill, stroke, lineWidth = 1, dash } = style;
    const places: string[] = [];
    for (let k = 0; k < points.length; k += 2) {
      places.push(`${svgNumber(points[k]!)} ${svgNumber(points[k + 1]!)}`);
    }
    this.#body.push(
      element('path', {
        d: `M${places.join('L')}${isClosed ? 'Z' : ''}`,
        fill: this.#fill(fill),
        stroke,
        'stroke-width': stroke && lineWidth !== 1 ? lineWidth : undefined,
        'stroke-dasharray': dash?.join(' ') || undefined,
      }),
    );
  }

  text(text: string, x: number, y: number, { size, colour, align, isBold, isMono }: TextStyle): void {
    const attributes = {
      x,
      y: y + size * 0.35,
      fill: colour,
      'font-size': size,
      'font-weight': isBold ? 'bold' : undefined,
      'font-family': isMono ? FONTS.mono : undefined,
      'xml:space': isMono ? 'preserve' : undefined,
      'text-anchor': align === 'start' ? undefined : align,
    };
    this.#body.push(element('text', attributes, xmlText(text)));
  }

  textWidth(text: string, { size, isMono }: TextStyle): number {
    return isMono ? text.length * MONO_WIDTH * size : textWidth(text, size);
  }

  clipped({ x, y, width, height }: Box, draw: () => void): void {
    const id = `${this.#id}-clip${this.#clips.length}`;
    this.#clips.push(element('clipPath', { id }, element('rect', { x, y, width, height })));
    this.#body.push(`<g clip-path="url(#${id})">`);
    draw();
    this.#body.push('</g>');
  }

  /** All that was drawn, as a document. */
  document({ id, title, description, width, height }: SvgFrame): string {
    const attributes = {
      xmlns: 'http://www.w3.org/2000/svg',
      id,
      width,
      height,
      viewBox: `0 0 ${svgNumber(width)} ${svgNumber(height)}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      'font-family': FONTS.sans,
      style: 'max-width:100%;height:auto;print-color-adjust:exact;-webkit-print-color-adjust:exact',
    };
    const inside = [
      element('title', { id: `${id}-title` }, xmlText(title)),
      element('desc', { id: `${id}-desc` }, xmlText(description)),
      element('defs', {}, [...this.#patterns(), ...this.#clips].join('')),
      ...this.#body,
    ];
    return `${element('svg', attributes, `\n${inside.join('\n')}\n`)}\n`;
  }

  #patterns(): string[] {
    return [...this.#tones].map(([{ fill, mark, pattern }, id]) => {
      const ground = element('rect', { width: TILE, height: TILE, fill });
      const scale = TILE_PIXELS / TILE;
      const lines = element('path', { d: pattern, fill: 'none', stroke: mark, 'stroke-width': 1 / scale });
      const attributes = {
        id,
        width: TILE,
        height: TILE,
        patternUnits: 'userSpaceOnUse',
        patternTransform: `scale(${scale})`,
      };
      return element('pattern', attributes, ground + lines);
    });
  }

  #fill(fill: string | Tone | undefined): string {
    if (fill === undefined) return 'none';
    if (typeof fill === 'string') return fill;
    if (fill.pattern === '') return fill.fill;
    const id = this.#tones.get(fill) ?? `${this.#id}-tone${this.#tones.size}`;
    this.#tones.set(fill, id);
    return `url(#${id})`;
  }
}
