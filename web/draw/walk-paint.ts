/** Paints an EPT walk that was laid out. */

import { addresses, eptText, levelText, pagesText } from '../../src/words.ts';
import type { EntryRun } from '../worker/protocol.ts';
import { partKey, partLook } from './models.ts';
import type { Box, Painter, TextStyle } from './painter.ts';
import { paintPlated, shortened } from './text.ts';
import type { Theme } from './theme.ts';
import { paintDifference, paintLabel, paintParts, paintTone } from './tones.ts';
import {
  entryX,
  TABLE_ENTRIES,
  TABLE_NAMES,
  type WalkLayout,
  type WalkLevel,
  type WalkStrip,
} from './walk-layout.ts';
import type { WalkTarget } from './walk-targets.ts';

const SIZE = 12;
const SMALL = 11;
/** Height of the foot that tells entries which lead to a table from leaves. */
const FOOT = 5;
const TICK_ENTRIES = 64;

/** Paints walks. */
export function paintWalk(painter: Painter, theme: Theme, layout: WalkLayout, hover?: WalkTarget): void {
  const { width, height, levels, endings } = layout;
  painter.box({ x: 0, y: 0, width, height }, { fill: theme.paper });
  levels.forEach((level, k) => {
    const above = levels[k - 1];
    if (above) paintFan(painter, theme, above, level);
  });
  for (const level of levels) paintLevel(painter, theme, layout, level, hover);
  for (const { lane, y } of endings) paintEnding(painter, theme, layout, lane, y);
}

/** From the entry on the way to all of the table below it. */
function paintFan(painter: Painter, theme: Theme, above: WalkLevel, below: WalkLevel): void {
  const { entry } = above;
  const bottom = entry.y + entry.height;
  const right = entry.x + entry.width;
  const corners = [entry.x, bottom, right, bottom, below.x + below.width, below.y, below.x, below.y];
  painter.path(corners, true, { fill: theme.accentWash });
  painter.path([entry.x, bottom, below.x, below.y], false, { stroke: theme.accent });
  painter.path([right, bottom, below.x + below.width, below.y], false, { stroke: theme.accent });
}

function paintLevel(
  painter: Painter,
  theme: Theme,
  layout: WalkLayout,
  level: WalkLevel,
  hover: WalkTarget | undefined,
): void {
  const { x, headingY, frames, index, range, strips, entry, width } = level;
  const name = TABLE_NAMES[level.level];
  const bold: TextStyle = { size: SIZE + 1, colour: theme.ink, isBold: true };
  const mono: TextStyle = { size: SMALL, colour: theme.soft, isMono: true };
  const left = layout.isNarrow ? x : 12;
  paintPlated(painter, theme, name, left, headingY, bold);
  const start = range.start + index * frames;
  const texts = [
    `entry ${index}: ${addresses({ start, end: start + frames })}, ${pagesText(frames)} each`,
    `entry ${index}: ${addresses({ start, end: start + frames })}`,
    `entry ${index}`,
  ];
  const from = layout.isNarrow ? x + painter.textWidth(name, bold) + 10 : x;
  const text = texts.find((one) => painter.textWidth(one, mono) <= x + width - from) ?? '';
  paintPlated(painter, theme, text, from, headingY, mono);
  for (const strip of strips) paintStrip(painter, theme, layout, strip);
  for (let at = TICK_ENTRIES; at < TABLE_ENTRIES; at += TICK_ENTRIES) {
    const tick = entryX(level.entries, at, level) + 0.5;
    painter.path([tick, level.y - 4, tick, level.y], false, { stroke: theme.axis });
  }
  const outline = { x: entry.x - 1, y: entry.y - 2, width: entry.width + 2, height: entry.height + 4 };
  painter.box(outline, { stroke: theme.accent, lineWidth: 2 });
  if (hover?.level === level.level) {
    const strip = strips[hover.lane]!;
    const at = x + (hover.index / TABLE_ENTRIES) * width;
    const box = {
      ...strip,
      x: Math.round(at) - 1,
      width: Math.max(4, Math.round(width / TABLE_ENTRIES) + 2),
    };
    painter.box(box, { stroke: theme.ink, lineWidth: 2 });
  }
}

function paintStrip(painter: Painter, theme: Theme, layout: WalkLayout, strip: WalkStrip): void {
  const style: TextStyle = { size: SMALL, colour: theme.ink };
  const middle = strip.y + strip.height / 2;
  if (layout.isNarrow) {
    const key: TextStyle = { ...style, size: 10, align: 'middle', isBold: true };
    painter.text(String(strip.lane + 1), strip.x / 2, middle, key);
  } else painter.text(shortened(painter, strip.title, strip.x - 24, style), 12, middle, style);
  if (strip.whole) paintWhole(painter, theme, strip, strip.whole);
  for (const { box, run } of strip.runs) paintRun(painter, theme, box, run);
  for (const box of strip.differing) paintDifference(painter, theme, box);
}

function paintWhole(
  painter: Painter,
  theme: Theme,
  strip: WalkStrip,
  { parts, text }: NonNullable<WalkStrip['whole']>,
): void {
  const [part] = parts;
  const style: TextStyle = { size: SMALL, colour: theme.ink };
  if (!part) {
    painter.box(strip, { stroke: theme.fault, dash: [4, 3] });
    painter.text(
      shortened(painter, text, strip.width - 16, style),
      strip.x + 8,
      strip.y + strip.height / 2,
      style,
    );
    return;
  }
  paintParts(painter, theme, strip, parts, 0);
  const tone = part.type === undefined ? theme.looks['not mapped'] : theme.looks[partLook(part)];
  const labels = part.type === undefined ? [text] : [`${text}: ${partKey(part)}`, text];
  paintLabel(painter, strip, labels, tone, style);
}

function paintRun(painter: Painter, theme: Theme, box: Box, { from, to, kind, parts }: EntryRun): void {
  if (box.width <= 0) return;
  const times = to - from > 1 ? ` ×${to - from}` : '';
  const style: TextStyle = { size: SMALL, colour: theme.ink };
  if (kind === 'none' || parts.length === 0) {
    const tone = theme.looks['not mapped'];
    paintTone(painter, box, tone);
    paintLabel(painter, box, [`not mapped${times}`, 'not mapped', '–'], tone, {
      ...style,
      colour: theme.soft,
    });
    return;
  }
  const body = kind === 'table' ? { ...box, height: box.height - FOOT } : box;
  if (parts.length === 1) {
    paintParts(painter, theme, body, parts, 0);
    const key = partKey(parts[0]!);
    const what = kind === 'table' ? 'to tables of ' : '';
    paintLabel(
      painter,
      body,
      [`${what}${key}${times}`, `${key}${times}`, key],
      theme.looks[partLook(parts[0]!)],
      style,
    );
  } else paintParts(painter, theme, body, parts, SMALL);
  if (kind === 'table') {
    painter.box({ ...box, y: body.y + body.height, height: FOOT }, { fill: theme.axis });
  }
}

/** Where a lane's walk ends, and with which entry. */
function paintEnding(painter: Painter, theme: Theme, layout: WalkLayout, lane: number, y: number): void {
  const walk = layout.walks[lane]!;
  const style: TextStyle = { size: SIZE, colour: theme.ink };
  const mono: TextStyle = { ...style, isMono: true };
  const { leaf, tables } = walk;
  const last = tables.at(-1);
  const where = last ? ` in ${TABLE_NAMES[last.level]}[${last.index}]` : '';
  const what = leaf
    ? `${levelText(leaf.level)} leaf${where}: ${eptText(leaf.type, leaf.ipat)}`
    : walk.fault
      ? 'no answer'
      : `not mapped${where}`;
  const text = `${layout.isNarrow ? `${lane + 1} ` : ''}${walk.title}: ${what}`;
  const room = layout.width - 24;
  painter.text(shortened(painter, text, room, style), 12, y, style);
  const entry = leaf?.entry;
  if (entry === undefined) return;
  const at = 12 + painter.textWidth(text, style) + 14;
  if (at + painter.textWidth(entry, mono) <= 12 + room) painter.text(entry, at, y, mono);
}
