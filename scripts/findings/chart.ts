/** A chart of lines over numbers, with axes, ticks and marks. */
import {
  element,
  fontSizeFor,
  INK,
  pictureId,
  schemes,
  svgLines,
  svgNumber,
  textElement,
  textWidth,
} from '../../src/write/format/svg.ts';
import { PICTURE_WIDTHS } from '../../src/write/format/svg-width.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line with its name; marks are points of its own that were measured elsewhere. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly Point[];
  readonly marks: readonly Point[];
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** What the marks are. */
  readonly marked: string;
  readonly lines: readonly ChartLine[];
}

const MARGIN = 16;
/** Dashes tell lines apart without colours. */
const DASHES = ['none', '7 4', '2 3', '9 3 2 3', '12 6'];

/** Round numbers from 0 to a highest value. */
function ticks(most: number, about: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(most / about));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => most / one <= about) ?? 10 * power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, k) => k * step);
}

/** @returns SVG */
export function chartSvg({ title, x: xTitle, y: yTitle, marked, lines }: Chart): string {
  const width = PICTURE_WIDTHS.default;
  const fontSize = fontSizeFor(width);
  const [mostX, mostY] = [
    Math.max(...lines.flatMap(({ points }) => points.map(({ x }) => x))),
    Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y))),
  ];
  const names = Math.max(...lines.map(({ name }) => textWidth(name, fontSize)));
  const left = MARGIN + textWidth('000', fontSize) + 8;
  const [right, top] = [width - MARGIN - names - 8, MARGIN + fontSize * 3.6];
  const bottom = top + 300;
  const xOf = (value: number) => left + (value / mostX) * (right - left);
  const yOf = (value: number) => bottom - (value / mostY) * (bottom - top);
  const body = [
    textElement(MARGIN, MARGIN + fontSize, title, { class: 'bold' }),
    textElement(MARGIN, MARGIN + fontSize * 2.4, `${yTitle}; ${marked}`, { class: 'soft' }),
    element('path', {
      class: 'axis',
      d: `M${svgNumber(left)} ${svgNumber(top)}V${svgNumber(bottom)}H${svgNumber(right)}`,
    }),
  ];
  for (const value of ticks(mostY, 7)) {
    body.push(
      textElement(left - 6, yOf(value) + fontSize * 0.35, String(value), {
        class: 'soft',
        'text-anchor': 'end',
      }),
    );
  }
  for (const value of ticks(mostX, 8)) {
    body.push(
      textElement(xOf(value), bottom + fontSize * 1.3, String(value), {
        class: 'soft',
        'text-anchor': 'middle',
      }),
    );
  }
  body.push(textElement(right, bottom + fontSize * 2.6, xTitle, { class: 'soft', 'text-anchor': 'end' }));
  for (const [index, { name, points, marks }] of lines.entries()) {
    const d = points
      .map(({ x, y }, k) => `${k === 0 ? 'M' : 'L'}${svgNumber(xOf(x))} ${svgNumber(yOf(y))}`)
      .join('');
    body.push(element('path', { class: 'line', d, 'stroke-dasharray': DASHES[index % DASHES.length]! }));
    for (const { x, y } of marks)
      body.push(element('circle', { class: 'mark', cx: xOf(x), cy: yOf(y), r: 4.5 }));
    const last = points.at(-1)!;
    body.push(textElement(xOf(last.x) + 8, yOf(last.y) + fontSize * 0.35, name));
  }
  const style = schemes(
    (scheme) => `.eptsweep .line{stroke:${INK[scheme]}}.eptsweep .mark{stroke:${INK[scheme]}}`,
  );
  const ends = lines.map(({ name, points }) => `${name}: ${points.at(-1)!.y}`).join(', ');
  const frame = {
    id: pictureId(title),
    title,
    description: `Lines over ${xTitle}, at ${mostX}: ${ends}.`,
    width,
    height: Math.ceil(bottom + fontSize * 3.4),
    fontSize,
    style: `${style}.eptsweep .line{fill:none;stroke-width:1.6}.eptsweep .mark{fill:none;stroke-width:1.6}`,
  };
  return `${[...svgLines(frame, body)].join('\n')}\n`;
}
