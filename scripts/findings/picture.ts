/** The picture of docs/findings.md: bars in the frame of the program's own pictures. */

import { PICTURE_WIDTHS } from '../../src/write/format/svg-width.ts';
import { barsSvgLines } from '../../src/write/picture/bars-svg.ts';

/** @returns SVG; values of 1 or more */
export function barsSvg(
  title: string,
  bars: readonly { readonly label: string; readonly value: number; readonly text: string }[],
): string {
  const rows = bars.map(({ label, value, text }) => ({ name: label, value, text }));
  return `${[...barsSvgLines({ title, bars: rows, width: PICTURE_WIDTHS.default })].join('\n')}\n`;
}
