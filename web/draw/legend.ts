/** What the looks of a picture mean. */
import type { Look } from '../../src/write/format/svg-palette.ts';
import type { Painter, TextStyle } from './painter.ts';
import type { Theme } from './theme.ts';
import { paintTone } from './tones.ts';

/** A line of a legend. */
export type LegendItem = Look | 'IPAT' | 'mixed' | 'differing' | 'holes' | 'off' | 'table';

const TEXTS: Readonly<Record<LegendItem, string>> = {
  UC: 'UC uncacheable',
  WC: 'WC write combining',
  WT: 'WT write through',
  WP: 'WP write protected',
  WB: 'WB write back',
  undefined: 'undefined overlap',
  '4K': '4K pages',
  '2M': '2M pages',
  '1G': '1G pages',
  'not mapped': 'not mapped',
  same: 'the same',
  differs: 'differs',
  IPAT: 'IPAT: the PAT is ignored',
  mixed: 'several answers, by their shares',
  differing: 'differs from the first lane',
  holes: 'a mask with holes',
  off: 'a register that is not in force',
  table: 'leads to a table, by what lies below',
};

const BOX = { width: 24, height: 14 };
const STYLE_SIZE = 11;
const LINE = 20;
const APART = 16;

function swatch(painter: Painter, theme: Theme, item: LegendItem, x: number, y: number): void {
  const box = { x, y, ...BOX };
  switch (item) {
    case 'IPAT':
      painter.box(box, { stroke: theme.axis });
      painter.box({ ...box, y: y + BOX.height - 3, height: 3 }, { fill: theme.ink });
      break;
    case 'mixed':
      paintTone(painter, { ...box, height: BOX.height / 2 }, theme.looks.UC);
      paintTone(painter, { ...box, y: y + BOX.height / 2, height: BOX.height / 2 }, theme.looks.WB);
      break;
    case 'differing':
      painter.box(box, { stroke: theme.differs, lineWidth: 2 });
      painter.path([x, y, x + 8, y, x, y + 8], true, { fill: theme.flag, stroke: theme.differs });
      break;
    case 'holes':
      painter.box(box, { fill: theme.hole, stroke: theme.axis, dash: [3, 2] });
      break;
    case 'off':
      painter.box(box, { stroke: theme.axis, dash: [3, 2] });
      break;
    case 'table':
      painter.box(box, { stroke: theme.axis });
      painter.box({ ...box, y: y + BOX.height - 5, height: 5 }, { fill: theme.axis });
      break;
    default:
      paintTone(painter, box, theme.looks[item]);
  }
}

/**
 * Paints a legend in as many lines as it needs.
 *
 * @returns its height
 */
export function paintLegend(
  painter: Painter,
  theme: Theme,
  items: readonly LegendItem[],
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): number {
  const style: TextStyle = { size: STYLE_SIZE, colour: theme.ink };
  let [left, top] = [x, y];
  for (const item of items) {
    const text = TEXTS[item];
    const taken = BOX.width + 6 + painter.textWidth(text, style);
    if (left > x && left + taken > x + width) {
      left = x;
      top += LINE;
    }
    swatch(painter, theme, item, left, top + (LINE - BOX.height) / 2);
    painter.text(text, left + BOX.width + 6, top + LINE / 2, style);
    left += taken + APART;
  }
  return items.length === 0 ? 0 : top + LINE - y;
}
