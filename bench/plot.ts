/** The plots of docs/: bars, and lines from a common zero, in the frame of the program's own pictures. */

import {
  element,
  fontSizeFor,
  PAPER,
  pictureId,
  schemes,
  svgLines,
  svgNumber,
  textElement,
  textWidth,
  wrappedText,
} from '../src/write/format/svg.ts';
import { PICTURE_WIDTHS } from '../src/write/format/svg-width.ts';
import { xmlText } from '../src/write/format/xml.ts';
import { barsSvgLines } from '../src/write/picture/bars-svg.ts';

const WIDTH = PICTURE_WIDTHS.default;

/** Colours of lines; dashes and marks tell them apart as well. */
export const LINE_COLOURS = {
  light: ['#1f5fa8', '#a8392c', '#2f6b2c'],
  dark: ['#7fb0e6', '#ee8b7f', '#8fce8a'],
} as const;
const DASHES = [undefined, '7 4', '2 3'];

function joined(lines: Iterable<string>): string {
  return `${[...lines].join('\n')}\n`;
}

/** Horizontal bars, logarithmic: a decade is as long everywhere. */
export function barPlot(title: string, unit: string, bars: readonly (readonly [string, number])[]): string {
  return joined(
    barsSvgLines({
      title,
      width: WIDTH,
      bars: bars.map(([name, value]) => ({
        name,
        value,
        text: `${Number(value.toPrecision(3)).toLocaleString('en')} ${unit}`,
      })),
    }),
  );
}

/** One line of a plot. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

function style(): string {
  const colours = schemes((scheme) =>
    LINE_COLOURS[scheme]
      .map((colour, k) => `.eptsweep .line${k}{stroke:${colour}}.eptsweep .mark${k}{stroke:${colour}}`)
      .concat(`.eptsweep .mark{fill:${PAPER[scheme]}}`)
      .join(''),
  );
  return `${colours}.eptsweep .line{fill:none;stroke-width:2.5}.eptsweep .mark{stroke-width:2.5}`;
}

function mark(index: number, x: number, y: number, title: string): string {
  const name = `mark mark${index}`;
  const hover = element('title', {}, xmlText(title));
  if (index % 2 === 0) return element('circle', { class: name, cx: x, cy: y, r: 4 }, hover);
  return element('rect', { class: name, x: x - 4, y: y - 4, width: 8, height: 8 }, hover);
}

/** Labels of the x axis that do not touch, from the right: larger values matter more. */
function xLabels(xs: readonly number[], px: (x: number) => number, fontSize: number): number[] {
  const kept: number[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (const x of [...new Set(xs)].sort((a, b) => b - a)) {
    const half = textWidth(String(x), fontSize) / 2 + 3;
    if (px(x) + half > limit) continue;
    kept.push(x);
    limit = px(x) - half;
  }
  return kept;
}

/** Lines over a linear x and a y that starts at 0. */
export function linePlot(title: string, xTitle: string, yTitle: string, lines: readonly Line[]): string {
  const fontSize = fontSizeFor(WIDTH);
  const lineHeight = fontSize * 1.4;
  const body: string[] = [];
  const [left, right] = [64, 24];
  let y = 16;
  for (const text of wrappedText(title, WIDTH - 48, fontSize)) {
    y += lineHeight;
    body.push(textElement(16, y - fontSize * 0.35, text, { class: 'bold' }));
  }
  lines.forEach(({ name }, k) => {
    y += lineHeight;
    const middle = y - fontSize * 0.65;
    const path = `M16 ${svgNumber(middle)}H56`;
    body.push(element('path', { class: `line line${k}`, d: path, 'stroke-dasharray': DASHES[k] }));
    body.push(mark(k, 36, middle, name), textElement(64, y - fontSize * 0.35, name));
  });
  y += lineHeight;
  body.push(textElement(16, y - fontSize * 0.35, yTitle, { class: 'soft' }));
  const [top, bottom] = [y + 8, y + 248];
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const [xLow, xHigh] = [Math.min(...xs), Math.max(...xs)];
  const yHigh = Math.max(...points.map(([, value]) => value));
  const px = (x: number) => left + ((x - xLow) / (xHigh - xLow)) * (WIDTH - left - right);
  const py = (value: number) => bottom - (value / yHigh) * (bottom - top);
  const axis = `M${left} ${svgNumber(top)}V${svgNumber(bottom)}H${WIDTH - right}`;
  body.push(element('path', { class: 'axis', d: axis }));
  for (const x of xLabels(xs, px, fontSize)) {
    body.push(textElement(px(x), bottom + lineHeight, String(x), { 'text-anchor': 'middle' }));
  }
  for (const share of [0, 0.5, 1]) {
    const text = String(Number((yHigh * share).toPrecision(2)));
    body.push(textElement(left - 8, py(yHigh * share) + fontSize * 0.35, text, { 'text-anchor': 'end' }));
  }
  lines.forEach(({ name, points: each }, k) => {
    const path = each.map(
      ([x, value], i) => `${i === 0 ? 'M' : 'L'}${svgNumber(px(x))} ${svgNumber(py(value))}`,
    );
    body.push(element('path', { class: `line line${k}`, d: path.join(''), 'stroke-dasharray': DASHES[k] }));
    for (const [x, value] of each) {
      body.push(mark(k, px(x), py(value), `${name}: ${Number(value.toPrecision(3))} ${yTitle} at ${x}`));
    }
  });
  const xMiddle = { class: 'soft', 'text-anchor': 'middle' };
  body.push(textElement(WIDTH / 2, bottom + 2 * lineHeight, xTitle, xMiddle));
  const ranges = lines.map(({ name, points: each }) => {
    const [first, last] = [each[0]!, each.at(-1)!];
    const value = (number: number) => Number(number.toPrecision(3));
    return `${name}: ${value(first[1])} ${yTitle} at ${first[0]}, ${value(last[1])} at ${last[0]}`;
  });
  const frame = {
    id: pictureId(title),
    title,
    description: `${yTitle} by ${xTitle}. ${ranges.join('; ')}.`,
    width: WIDTH,
    height: Math.ceil(bottom + 2 * lineHeight + 16),
    fontSize,
    style: style(),
  };
  return joined(svgLines(frame, body));
}
