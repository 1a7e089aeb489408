/**
 * What all pictures share: elements, the frame with its title and description, room that text takes. Written by
 * hand, so that the program needs no DOM; a picture stands alone as a file, as <img> and inlined in a page.
 */
import { xmlText } from './xml.ts';

/** A number with as many digits as a picture needs. */
export function svgNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Width of a character in ems, rather too much than too little: fonts differ by a tenth. */
function characterWidth(character: string): number {
  if (/[iljtfr.,:;'|()[\]\- ]/.test(character)) return 0.38;
  if (/[mwMW@%\u2026]/.test(character)) return 0.98;
  return /[A-Z\u0080-\uffff]/.test(character) ? 0.72 : 0.61;
}

/** Room that a line of text takes at most, in the units of its font size. */
export function textWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) ems += characterWidth(character);
  return ems * fontSize;
}

/** Text that fits a width; what is too much ends in an ellipsis. */
export function fittedText(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && textWidth(`${kept.join('')}\u2026`, fontSize) > width) kept = kept.slice(0, -1);
  return `${kept.join('').trimEnd()}\u2026`;
}

/** Words in lines of a width; the last of `most` lines may end in an ellipsis. */
export function wrappedText(text: string, width: number, fontSize: number, most = 4): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, fontSize) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  const shown = lines.slice(0, most);
  if (lines.length > most) shown[most - 1] = `${shown[most - 1]} \u2026`;
  return shown.map((one) => fittedText(one, width, fontSize));
}

/** Font size, in units of the picture, that leaves text 9 pixels high where the picture is shown 400 wide. */
export function fontSizeFor(width: number): number {
  return Math.min(16.2, Math.max(12, (9 * width) / 400));
}

/** A name that two pictures in one page do not share, unless they are the same. */
export function pictureId(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `e${(hash >>> 0).toString(36)}`;
}

/** Attributes of an element, those that are undefined left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; `inside` is XML. */
export function element(name: string, attributes: Attributes, inside?: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? svgNumber(value) : xmlText(value!)}"`)
    .join('');
  return inside === undefined ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

/** A line of text in the colour of ink. */
export function textElement(
  x: number,
  y: number,
  text: string,
  attributes: Attributes = {},
  title?: string,
): string {
  const hover = title === undefined ? '' : element('title', {}, xmlText(title));
  return element('text', { x, y, ...attributes }, hover + xmlText(text));
}

/** What a picture is framed with. */
export interface Frame {
  readonly id: string;
  readonly title: string;
  /** A sentence that says what the picture shows, for those who do not see it. */
  readonly description: string;
  /** Where what it shows comes from, in a line that is not drawn. */
  readonly metadata?: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  /** Rules beside those of {@link BASE_STYLE}; selectors begin with `.eptsweep`. */
  readonly style: string;
  /** Patterns and the like. */
  readonly definitions?: string;
}

/** Colours of paper and text, light and dark. */
export const PAPER = { light: '#ffffff', dark: '#15181c' } as const;
export const INK = { light: '#1a1a1a', dark: '#ececec' } as const;
/** Text of less weight, lines of axes. */
export const SOFT_INK = { light: '#565656', dark: '#b4b4b4' } as const;

/** Rules of a colour scheme: the same selectors, other colours. Paper is always light. */
export function schemes(rules: (scheme: 'light' | 'dark') => string): string {
  return `${rules('light')}@media screen and (prefers-color-scheme:dark){${rules('dark')}}`;
}

function baseStyle(fontSize: number): string {
  const colours = schemes(
    (scheme) =>
      `.eptsweep text{fill:${INK[scheme]}}.eptsweep .soft{fill:${SOFT_INK[scheme]}}` +
      `.eptsweep .paper{fill:${PAPER[scheme]}}.eptsweep .axis{stroke:${SOFT_INK[scheme]}}` +
      `.eptsweep .halo{stroke:${PAPER[scheme]}}`,
  );
  const font = `.eptsweep text{font:${svgNumber(fontSize)}px system-ui,'Segoe UI','DejaVu Sans',sans-serif}`;
  const print = '@media print{.eptsweep *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}';
  const halo = '.eptsweep .halo{stroke-width:4;stroke-linejoin:round;paint-order:stroke}';
  return `${font}${halo}.eptsweep .bold{font-weight:bold}.eptsweep .axis{fill:none;stroke-width:1}${colours}${print}`;
}

/**
 * Lines of a picture.
 *
 * @param frame - what stands around it
 * @param body - its elements, drawn on paper
 */
export function* svgLines(frame: Frame, body: Iterable<string>): Generator<string, void, undefined> {
  const { id, title, description, metadata, width, height, fontSize, style, definitions } = frame;
  const size = `width="${svgNumber(width)}" height="${svgNumber(height)}" viewBox="0 0 ${svgNumber(width)} ${svgNumber(height)}"`;
  yield `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" class="eptsweep" ${size} role="img" aria-labelledby="${id}-title ${id}-desc" style="max-width:100%;height:auto">`;
  yield `<title id="${id}-title">${xmlText(title)}</title>`;
  yield `<desc id="${id}-desc">${xmlText(description)}</desc>`;
  if (metadata !== undefined) yield `<metadata>${xmlText(metadata)}</metadata>`;
  // Rules of one picture are not those of another one in the same page, which may be laid out for another width.
  yield `<style>${`${baseStyle(fontSize)}${style}`.replaceAll('.eptsweep ', `#${id} `)}</style>`;
  if (definitions) yield `<defs>${definitions}</defs>`;
  yield element('rect', { class: 'paper', width, height });
  yield* body;
  yield '</svg>';
}
