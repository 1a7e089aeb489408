/** A picture on a sheet of its own, as SVG: what it is above it, what its looks mean and why below it. */
import { pictureId, wrappedText } from '../../src/write/format/svg.ts';
import { type LegendItem, paintLegend } from './legend.ts';
import { mapLegend, walkLegend } from './legend-items.ts';
import type { MapLayout } from './map-layout.ts';
import { type MapMarks, paintMap } from './map-paint.ts';
import type { Painter, TextStyle } from './painter.ts';
import type { ReplayLayout } from './replay-layout.ts';
import { paintReplay } from './replay-paint.ts';
import { ShiftedPainter } from './shifted-painter.ts';
import { SvgPainter } from './svg-painter.ts';
import { THEMES, type ThemeName } from './theme.ts';
import type { WalkLayout } from './walk-layout.ts';
import { paintWalk } from './walk-paint.ts';

/** A line of words that stand in columns, in pieces of at most so many characters: the rest is indented as its column is. */
function columnLines(line: string, most: number): readonly string[] {
  if (line.length <= most) return [line];
  const column = Math.min(/^ *\S.*? {2,}/.exec(line)?.[0].length ?? 2, most >> 1);
  const space = line.lastIndexOf(' ', most);
  const end = space > column ? space : most;
  return [line.slice(0, end), ...columnLines(' '.repeat(column) + line.slice(end).trimStart(), most)];
}

/** Words of a sheet. */
export interface SheetText {
  readonly title: string;
  /** Below the title: policies, vCPUs, how it is known. */
  readonly subtitles?: readonly string[];
  /** Below the picture: why the page that is looked at has its type. */
  readonly explanation?: readonly string[];
  /** What the picture shows, for those who do not see it. Default: title and subtitles. */
  readonly description?: string;
  /** Default: `print`. */
  readonly theme?: ThemeName;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly legend: readonly LegendItem[];
  readonly paint: (painter: Painter) => void;
}

const MARGIN = 12;
const LINE = 17;
const SIZE = 12;
/** Lines that a sentence breaks into at most. */
const MOST_LINES = 12;

/** A map on a sheet. */
export function mapSheet(text: SheetText, layout: MapLayout, marks: MapMarks = {}): string {
  const theme = THEMES[text.theme ?? 'print'];
  const { width, height } = layout;
  return sheet(text, {
    ...{ width, height, legend: mapLegend(layout) },
    paint: (painter) => paintMap(painter, theme, layout, marks),
  });
}

/** An EPT walk on a sheet. */
export function walkSheet(text: SheetText, layout: WalkLayout): string {
  const theme = THEMES[text.theme ?? 'print'];
  const { width, height } = layout;
  return sheet(text, {
    ...{ width, height, legend: walkLegend(layout) },
    paint: (painter) => paintWalk(painter, theme, layout),
  });
}

/** A replay on a sheet. */
export function replaySheet(text: SheetText, layout: ReplayLayout, step?: number): string {
  const theme = THEMES[text.theme ?? 'print'];
  const { width, height } = layout;
  return sheet(text, {
    ...{ width, height, legend: [] },
    paint: (painter) => paintReplay(painter, theme, layout, step),
  });
}

function sheet(text: SheetText, picture: Picture): string {
  const { title, subtitles = [], explanation = [], description, theme: name = 'print' } = text;
  const theme = THEMES[name];
  const { width, height, legend, paint } = picture;
  const room = width - 2 * MARGIN;
  const id = pictureId(JSON.stringify([title, subtitles, explanation, width, height]));
  const svg = new SvgPainter(id);
  const broken = (texts: readonly string[]) =>
    texts.flatMap((one) => wrappedText(one, room, SIZE, MOST_LINES));
  const paintLines = (lines: readonly string[], style: TextStyle, top: number) => {
    lines.forEach((line, k) => {
      svg.text(line, MARGIN, top + (k + 0.5) * LINE, style);
    });
    return top + lines.length * LINE;
  };
  const columns: TextStyle = { size: SIZE, colour: theme.ink, isMono: true };
  const most = Math.floor(room / new SvgPainter(id).textWidth('0', columns));
  const below = explanation.flatMap((line) => columnLines(line, most));
  const [titleLines, subtitleLines] = [broken([title]), broken(subtitles)];
  const top = MARGIN + (titleLines.length + subtitleLines.length) * LINE;
  const place = { x: MARGIN, y: top + height, width: room };
  // Paper lies below all, so that what lies on it is measured first.
  const legendHeight = paintLegend(new SvgPainter(id), theme, legend, place);
  const explained = place.y + legendHeight + MARGIN;
  const total = explained + below.length * LINE + (below.length > 0 ? MARGIN : 0);
  svg.box({ x: 0, y: 0, width, height: total }, { fill: theme.paper });
  const ink: TextStyle = { size: SIZE, colour: theme.ink };
  const y = paintLines(titleLines, { ...ink, isBold: true }, MARGIN / 2);
  paintLines(subtitleLines, { ...ink, colour: theme.soft }, y);
  paint(new ShiftedPainter(svg, 0, top));
  paintLegend(svg, theme, legend, place);
  paintLines(below, columns, explained);
  return svg.document({
    ...{ id, title, width, height: total },
    description: description ?? [title, ...subtitles].join('. '),
  });
}
