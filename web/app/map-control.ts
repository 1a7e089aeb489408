/** Moves of the map, for its keys and buttons: they need the scale that is on the screen. */

import type { GfnRange } from '../../src/index.ts';
import type { MapLayout } from '../draw/map-layout.ts';
import { framed, panned, wholeFrames, zoomed } from '../draw/scale.ts';
import type { Page } from '../state/page.ts';

/** The map that is on the screen. */
export const shownMap: { layout?: MapLayout } = {};

/** The window as the state has it: nothing where it is the whole space. */
function put(page: Page, layout: MapLayout, range: GfnRange): void {
  const { space } = layout.scene.model;
  const window = wholeFrames(range);
  const isWhole = window.start <= space.start && window.end >= space.end;
  page.look({ window: isWhole ? undefined : window });
}

/**
 * Zooms.
 *
 * @param factor - below 1: closer
 * @param x - pixel that stays; default: the page that is selected, else the middle
 */
export function zoomMap(page: Page, factor: number, x?: number): void {
  const { layout } = shownMap;
  if (!layout) return;
  const { rows, scale } = layout;
  const { at } = page.view.value;
  const own = at === undefined ? undefined : scale.toX(at);
  const isShown = own !== undefined && own >= rows.x && own <= rows.x + rows.width;
  put(page, layout, zoomed(scale, x ?? (isShown ? own : rows.x + rows.width / 2), factor));
}

/** Moves the window by a part of itself, or by pixels. */
export function panMap(page: Page, pixels: number): void {
  const { layout } = shownMap;
  if (layout) put(page, layout, panned(layout.scale, pixels));
}

/** Moves the window by a part of its width; to the right above 0. */
export function stepMap(page: Page, part: number): void {
  panMap(page, part * (shownMap.layout?.rows.width ?? 0));
}

/** Shows a stretch with a part of its neighbours. */
export function frameInMap(page: Page, range: GfnRange): void {
  const { layout } = shownMap;
  if (layout) put(page, layout, framed(layout.scene.world, range));
}

/** Puts the window's middle at a frame. */
export function centreMap(page: Page, gfn: number): void {
  const { layout } = shownMap;
  if (!layout) return;
  const { scale, rows } = layout;
  panMap(page, scale.toX(gfn) - (rows.x + rows.width / 2));
}
