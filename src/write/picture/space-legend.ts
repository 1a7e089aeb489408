/** What the looks of a picture of an address space mean. */
import { element, textElement, textWidth } from '../format/svg.ts';
import { LOOKS, type Look, lookFill } from '../format/svg-palette.ts';

/** What a legend is drawn on. */
export interface LegendDrawing {
  readonly id: string;
  readonly body: string[];
  readonly fontSize: number;
  readonly lineHeight: number;
  readonly y: number;
  readonly room: number;
  readonly picture: { readonly width: number };
  readonly looks: ReadonlySet<Look>;
  readonly hasIpat: boolean;
  readonly hasMixed: boolean;
  readonly hasWidened: boolean;
}

interface Item {
  readonly text: string;
  /** The swatch, in a box at 0, 0. */
  readonly swatch: (x: number, y: number) => string;
}

const BOX = { width: 26, height: 16 };

const LOOK_TEXTS: Partial<Record<Look, string>> = {
  undefined: 'undefined overlap',
  '4K': '4K pages',
  '2M': '2M pages',
  '1G': '1G pages',
};

function box(x: number, y: number, height: number, fill: string): string {
  return element('rect', { class: 'cell', x, y, width: BOX.width, height, fill });
}

function itemsOf({ id, looks, hasIpat, hasMixed, hasWidened }: LegendDrawing): Item[] {
  const order = Object.keys(LOOKS) as Look[];
  const items = order
    .filter((look) => looks.has(look))
    .map(
      (look): Item => ({
        text: LOOK_TEXTS[look] ?? look,
        swatch: (x, y) => box(x, y, BOX.height, lookFill(id, look)),
      }),
    );
  const [first, second = first] = order.filter((look) => looks.has(look));
  if (hasIpat) {
    items.push({
      text: 'with IPAT',
      swatch: (x, y) =>
        box(x, y, BOX.height, 'none') +
        element('rect', { class: 'ipat', x, y: y + BOX.height - 4, width: BOX.width, height: 4 }),
    });
  }
  if (hasMixed) {
    items.push({
      text: 'mixed: heights are shares of the pages',
      swatch: (x, y) => box(x, y, 6, lookFill(id, first!)) + box(x, y + 6, 10, lookFill(id, second!)),
    });
  }
  if (hasWidened) {
    items.push({
      text: 'drawn wider than to scale',
      swatch: (x, y) => element('path', { class: 'wide', d: `M${x + 8} ${y + 4}h8l-4 7z` }),
    });
  }
  return items;
}

/**
 * Draws the legend, as many items in a line as fit.
 *
 * @returns where the picture goes on
 */
export function legendLines(drawing: LegendDrawing): number {
  const { fontSize, lineHeight, room, picture, body } = drawing;
  const left = (picture.width - room) / 2;
  let x = left;
  let y = drawing.y + lineHeight;
  for (const { text, swatch } of itemsOf(drawing)) {
    const width = BOX.width + 6 + textWidth(text, fontSize) + 14;
    if (x > left && x + width - 14 > left + room) {
      x = left;
      y += lineHeight * 1.15;
    }
    body.push(swatch(x, y - BOX.height));
    body.push(textElement(x + BOX.width + 6, y - BOX.height / 2 + fontSize * 0.35, text));
    x += width;
  }
  return y;
}
