/** Horizontal bars, on a logarithmic scale or as shares of a whole, each with its name and its value in words. */
import {
  element,
  fittedText,
  fontSizeFor,
  pictureId,
  svgLines,
  textElement,
  textWidth,
  wrappedText,
} from '../format/svg.ts';
import { type Look, lookFill, lookPatterns, lookStyle } from '../format/svg-palette.ts';
import { xmlText } from '../format/xml.ts';

/** One bar. */
export interface Bar {
  readonly name: string;
  /** Length is its logarithm, of a share the share; 0 and below: no bar. */
  readonly value: number;
  /** The value in words. */
  readonly text: string;
  /** The value in fewer words, for narrow pictures. */
  readonly shortText?: string;
  /** Default: the look of a plain bar. */
  readonly look?: Look;
  readonly ipat?: boolean;
}

/** What bars are drawn on. */
export interface BarDrawing {
  readonly id: string;
  readonly body: string[];
  readonly fontSize: number;
  readonly lineHeight: number;
  readonly room: number;
  readonly y: number;
  readonly picture: { readonly width: number };
  readonly looks: Set<Look>;
  /** Values are shares, from 0 to 1, and a whole bar is 1. */
  readonly areShares?: boolean;
}

const PLAIN: Look = '1G';

/** Lengths from 0 to 1: a decade is as long everywhere, the smallest value still has some length. */
function lengthsOf(bars: readonly Bar[]): number[] {
  const logs = bars.map(({ value }) => (value > 0 ? Math.log2(value) : Number.NaN));
  const known = logs.filter((log) => !Number.isNaN(log));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const from = low - Math.max(1, (high - low) / 12);
  return logs.map((log) => (Number.isNaN(log) ? 0 : (log - from) / (high - from)));
}

/**
 * Draws bars below what is there already.
 *
 * @returns where the picture goes on
 */
export function barRows(drawing: BarDrawing, bars: readonly Bar[]): number {
  const { id, fontSize, lineHeight, room, picture, body, looks, areShares = false } = drawing;
  const left = (picture.width - room) / 2;
  const nameRoom = Math.min(room * 0.5, Math.max(...bars.map(({ name }) => textWidth(name, fontSize))));
  const widest = Math.max(...bars.map(({ text }) => textWidth(text, fontSize)));
  const mostRoom = room * 0.45;
  const isNarrow = widest > Math.min(mostRoom, (room - nameRoom) * 0.65);
  const valueText = ({ text, shortText }: Bar) => (isNarrow ? (shortText ?? text) : text);
  const valueRoom = Math.min(mostRoom, Math.max(...bars.map((bar) => textWidth(valueText(bar), fontSize))));
  const barLeft = left + nameRoom + 8;
  const barRoom = Math.max(10, room - nameRoom - valueRoom - 16);
  const lengths = areShares ? bars.map(({ value }) => value) : lengthsOf(bars);
  let y = drawing.y + lineHeight * 0.3;
  bars.forEach((bar, k) => {
    const { name, text, look = PLAIN, ipat } = bar;
    const baseline = y + lineHeight / 2 + fontSize * 0.35;
    body.push(textElement(left, baseline, fittedText(name, nameRoom, fontSize), {}, `${name}: ${text}`));
    const length = lengths[k]! * barRoom;
    if (length > 0) {
      looks.add(look);
      const [top, height] = [y + lineHeight * 0.12, lineHeight * 0.76];
      const fill = lookFill(id, look);
      const shape = element('rect', { class: 'cell', x: barLeft, y: top, width: length, height, fill });
      const mark = ipat
        ? element('rect', { class: 'ipat', x: barLeft, y: top + height - 4, width: length, height: 4 })
        : '';
      body.push(element('g', {}, element('title', {}, xmlText(`${name}: ${text}`)) + shape + mark));
    }
    body.push(textElement(barLeft + length + 6, baseline, fittedText(valueText(bar), valueRoom, fontSize)));
    y += lineHeight;
  });
  return y;
}

/** What {@link barsSvgLines} draws. */
export interface BarPicture {
  readonly title: string;
  readonly subtitles?: readonly string[];
  readonly bars: readonly Bar[];
  readonly width: number;
  /** Values are shares, from 0 to 1, of a whole bar. Default: their logarithms count. */
  readonly areShares?: boolean;
  /** Where the figures come from, in a line. */
  readonly metadata?: string;
}

/** Lines of a picture that is bars alone. */
export function barsSvgLines(picture: BarPicture): Iterable<string> {
  const { title, subtitles = [], bars, width, metadata, areShares = false } = picture;
  const margin = 16;
  const fontSize = fontSizeFor(width);
  const lineHeight = fontSize * 1.6;
  const room = width - 2 * margin;
  const body: string[] = [];
  const looks = new Set<Look>();
  const id = pictureId(JSON.stringify([title, subtitles, bars, width]));
  let y = margin;
  const line = (text: string, style: string) => {
    y += fontSize * 1.4;
    body.push(textElement(margin, y - fontSize * 0.35, text, { class: style }));
  };
  for (const one of wrappedText(title, room * 0.92, fontSize)) line(one, 'bold');
  for (const text of [...subtitles, areShares ? 'A bar of the whole width: 100 %.' : 'Bars: logarithmic.']) {
    for (const one of wrappedText(text, room, fontSize)) line(one, 'soft');
  }
  y = barRows({ id, body, fontSize, lineHeight, room, y, picture: { width }, looks, areShares }, bars);
  const description = `${bars.map(({ name, text }) => `${name}: ${text}`).join('; ')}. ${areShares ? 'Bars as shares' : 'Bars on a logarithmic scale'}.`;
  const frame = {
    id,
    title,
    description,
    metadata,
    width,
    height: Math.ceil(y + margin),
    fontSize,
    style: lookStyle(looks),
    definitions: lookPatterns(id, looks),
  };
  return svgLines(frame, body);
}
