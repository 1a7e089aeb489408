/** What of a map is under a pointer, and what that is in words. */
import { type GfnRange, typeName } from '../../src/types.ts';
import { addresses, addressText, pagesText } from '../../src/words.ts';
import type { Cell, MemoryRow, RegisterBar } from '../worker/protocol.ts';
import { firstEndingAbove, partsText } from './cells.ts';
import type { MapLayout } from './map-layout.ts';
import type { MapModel } from './models.ts';
import { type Box, isInside } from './painter.ts';

/** What is under a pointer. */
export type MapTarget =
  | { readonly kind: 'cell'; readonly lane: number; readonly cell: Cell; readonly gfn: number }
  | { readonly kind: 'register'; readonly bar: RegisterBar; readonly gfn: number }
  | { readonly kind: 'memory'; readonly row: MemoryRow; readonly gfn: number }
  | { readonly kind: 'place'; readonly gfn: number }
  | { readonly kind: 'overview'; readonly gfn: number }
  | { readonly kind: 'title'; readonly lane: number };

/** The cell that a frame lies in. */
export function cellAt(cells: readonly Cell[], gfn: number): Cell | undefined {
  const cell = cells[firstEndingAbove(cells, gfn)];
  return cell && cell.start <= gfn ? cell : undefined;
}

/** Narrow things are hit from a pixel or two beside them. */
function isNear({ x, y, width, height }: Box, px: number, py: number): boolean {
  const slack = Math.max(0, (6 - width) / 2);
  return isInside({ x: x - slack, y, width: width + 2 * slack, height }, px, py);
}

/** What is at a point; undefined beside the map. */
export function mapTargetAt(layout: MapLayout, x: number, y: number): MapTarget | undefined {
  const { scale, overview, axis, rows, memory, registers, lanes, scene } = layout;
  const { space } = scene.model;
  const frame = (gfn: number) => Math.min(space.end - 1, Math.max(space.start, Math.floor(gfn)));
  if (isInside(overview, x, y)) return { kind: 'overview', gfn: frame(overview.scale.toGfn(x)) };
  const gfn = frame(scale.toGfn(x));
  const lane = lanes.find((one) => y >= Math.min(one.y, one.titleY - 9) && y < one.y + one.height);
  if (lane) {
    if (!isInside(lane, x, y)) return { kind: 'title', lane: lane.index };
    const cells = scene.detail?.lanes[lane.index]?.cells ?? [];
    const cell = cellAt(cells, gfn) ?? cellAt(scene.model.lanes[lane.index]!.cells, gfn);
    return cell ? { kind: 'cell', lane: lane.index, cell, gfn } : { kind: 'place', gfn };
  }
  const under = <Item>(row: { readonly placed: readonly { readonly item: Item; readonly box: Box }[] }) =>
    row.placed.findLast(({ box }) => isNear(box, x, y))?.item;
  for (const row of registers) {
    const bar = under(row);
    if (bar) return { kind: 'register', bar, gfn };
  }
  for (const line of memory) {
    const row = under(line);
    if (row) return { kind: 'memory', row, gfn };
  }
  return isInside(rows, x, y) || isInside(axis, x, y) ? { kind: 'place', gfn } : undefined;
}

function stretchText(range: GfnRange): string {
  return `${addresses(range)}, ${pagesText(range.end - range.start)}`;
}

/** What a target is, in a sentence: for a tooltip, and for those who do not see the map. */
export function mapTargetText({ lanes }: MapModel, target: MapTarget): string {
  switch (target.kind) {
    case 'cell':
      return `${lanes[target.lane]!.title}: ${stretchText(target.cell)}: ${partsText(target.cell.parts)}`;
    case 'register': {
      const { id, type, hasHoles, isEnabled, pages } = target.bar;
      const holes = hasHoles ? `, a mask with holes that matches ${pagesText(pages)} of it` : '';
      return `${id}: ${stretchText(target.bar)}: ${typeName(type)}${holes}${isEnabled ? '' : ', not in force'}`;
    }
    case 'memory':
      return `${target.row.list}: ${stretchText(target.row)}: ${target.row.name}`;
    case 'title':
      return lanes[target.lane]!.title;
    default:
      return addressText(target.gfn);
  }
}
