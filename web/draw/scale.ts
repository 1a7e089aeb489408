/**
 * Where frames stand. The whole space lies between 0 and 1, true to scale or each stretch by the logarithm of its
 * size; a window of it is magnified evenly, so that zooming and panning move a picture that stays as it is.
 */
import type { GfnRange } from '../../src/types.ts';

/** `true`: true to scale. `log`: a stretch is as wide as the logarithm of its size. */
export type ScaleKind = 'log' | 'true';

/** Fewest frames that a window shows. */
const LEAST_FRAMES = 8;

/** The last stop at or below a value. */
function stopBelow(stops: readonly number[], value: number): number {
  let low = 0;
  let high = stops.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stops[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The whole space between 0 and 1. */
export class World {
  readonly kind: ScaleKind;
  readonly space: GfnRange;
  /** Frames where stretches begin and end, ascending. */
  readonly stops: readonly number[];
  /** Where they stand. */
  readonly #places: readonly number[];

  /**
   * @param edges - where stretches begin or end, in any order; those outside the space are left out
   */
  constructor(kind: ScaleKind, space: GfnRange, edges: Iterable<number>) {
    this.kind = kind;
    this.space = space;
    const inside = new Set([space.start, space.end]);
    for (const edge of edges) if (edge > space.start && edge < space.end) inside.add(edge);
    this.stops = [...inside].sort((a, b) => a - b);
    let sum = 0;
    const sums = [0];
    for (let k = 1; k < this.stops.length; k++) {
      const size = this.stops[k]! - this.stops[k - 1]!;
      sum += kind === 'true' ? size : 1 + Math.log2(Math.max(1, size));
      sums.push(sum);
    }
    this.#places = sums.map((one) => (sum === 0 ? 0 : one / sum));
  }

  /** Place of a frame, from 0 to 1. */
  at(gfn: number): number {
    return between(gfn, this.stops, this.#places);
  }

  /** The frame at a place; frames have fractions here. */
  gfnAt(place: number): number {
    return between(place, this.#places, this.stops);
  }
}

/** Carries a value from one ascending list to another, evenly between their entries. */
function between(value: number, from: readonly number[], to: readonly number[]): number {
  if (from.length < 2) return to[0] ?? 0;
  const k = stopBelow(from, value);
  const width = from[k + 1]! - from[k]!;
  const share = width === 0 ? 0 : Math.min(1, Math.max(0, (value - from[k]!) / width));
  return to[k]! + share * (to[k + 1]! - to[k]!);
}

/** A window of the space, and the pixels that it takes. */
export class Scale {
  readonly world: World;
  readonly window: GfnRange;
  readonly x: number;
  readonly width: number;
  readonly #from: number;
  readonly #per: number;

  constructor(world: World, window: GfnRange, x: number, width: number) {
    this.world = world;
    this.window = window;
    this.x = x;
    this.width = width;
    this.#from = world.at(window.start);
    const to = world.at(window.end);
    this.#per = to > this.#from ? width / (to - this.#from) : 0;
  }

  /** Pixel of a frame's begin; what lies outside the window lies outside its pixels. */
  toX(gfn: number): number {
    return this.x + (this.world.at(gfn) - this.#from) * this.#per;
  }

  /** The frame below a pixel, with its fraction. */
  toGfn(x: number): number {
    return this.#per === 0 ? this.window.start : this.world.gfnAt(this.#from + (x - this.x) / this.#per);
  }
}

/** A window that lies in the space and shows some frames. */
function kept({ start, end }: GfnRange, space: GfnRange): GfnRange {
  const least = Math.min(LEAST_FRAMES, space.end - space.start);
  const middle = (start + end) / 2;
  const half = Math.max(end - start, least) / 2;
  const [from, to] = end - start < least ? [middle - half, middle + half] : [start, end];
  if (from < space.start)
    return { start: space.start, end: Math.min(space.end, Math.max(to, space.start + least)) };
  if (to > space.end)
    return { start: Math.max(space.start, Math.min(from, space.end - least)), end: space.end };
  return { start: from, end: to };
}

/**
 * The window after a zoom.
 *
 * @param x - pixel that stays where it is
 * @param factor - below 1: closer
 */
export function zoomed(scale: Scale, x: number, factor: number): GfnRange {
  const { world, window, width } = scale;
  const [from, to] = [world.at(window.start), world.at(window.end)];
  const share = Math.min(1, Math.max(0, (x - scale.x) / width));
  const size = Math.min(1, (to - from) * factor);
  const begin = Math.min(1 - size, Math.max(0, from + (to - from) * share - size * share));
  return kept({ start: world.gfnAt(begin), end: world.gfnAt(begin + size) }, world.space);
}

/**
 * The window after a move.
 *
 * @param pixels - to the right, what is shown moves to the left
 */
export function panned(scale: Scale, pixels: number): GfnRange {
  const { world, window, width } = scale;
  const [from, to] = [world.at(window.start), world.at(window.end)];
  const move = (pixels / width) * (to - from);
  const begin = Math.min(1 - (to - from), Math.max(0, from + move));
  if (Math.abs(begin - from) < 1e-15) return window;
  return kept({ start: world.gfnAt(begin), end: world.gfnAt(begin + to - from) }, world.space);
}

/** The window around a stretch, with a part of its neighbours. */
export function framed(world: World, { start, end }: GfnRange): GfnRange {
  const [from, to] = [world.at(start), world.at(end)];
  const margin = (to - from) * 0.25;
  return kept(
    { start: world.gfnAt(Math.max(0, from - margin)), end: world.gfnAt(Math.min(1, to + margin)) },
    world.space,
  );
}

/** The whole frames of a window, as requests and links name them. */
export function wholeFrames({ start, end }: GfnRange): GfnRange {
  return { start: Math.floor(start), end: Math.ceil(end) };
}
