/** Checks of what a view is asked, the same for every engine. */
import { InputError } from '../errors.ts';
import { type GfnRange, PAT_TYPES, type PatType, WB } from '../types.ts';
import { type Query, TILE_FRAMES } from './engine.ts';
import { frameCount, type Vcpu } from './vcpu.ts';

/**
 * The frames that a query asks for.
 *
 * @throws InputError with path `range.0` or `range.1` where it leaves the guest's space or runs backwards
 */
export function requireRange(query: Query, vcpu: Vcpu): GfnRange {
  const { start, end } = query.range ?? { start: 0, end: frameCount(vcpu.maxphyaddr) };
  requireFrames(start, end, vcpu);
  return { start, end };
}

function requireFrames(start: number, end: number, { maxphyaddr }: Vcpu): void {
  const frames = frameCount(maxphyaddr);
  if (!Number.isInteger(start) || start < 0) {
    throw new InputError('range.0', `expected a frame number, got ${start}`);
  }
  if (!Number.isInteger(end) || end < start || end > frames) {
    throw new InputError('range.1', `expected a frame number ${start}..${frames}, got ${end}`);
  }
}

/**
 * The PAT type that a query asks for, WB where it says none.
 *
 * @throws InputError with path `pat`
 */
export function requirePat(query: Query): PatType {
  const pat = query.pat ?? WB;
  if (!PAT_TYPES.includes(pat)) throw new InputError('pat', `expected a PAT type, got ${pat}`);
  return pat;
}

/**
 * Checks the frames of a tile.
 *
 * @param most - frames that it may have
 * @throws InputError with path `count`, `range.0` or `range.1`
 */
export function requireTile(first: number, count: number, vcpu: Vcpu, most: number = TILE_FRAMES): void {
  if (!Number.isInteger(count) || count < 0 || count > most) {
    throw new InputError('count', `expected 0..${most} frames, got ${count}`);
  }
  requireFrames(first, first + count, vcpu);
}

/**
 * Checks the length of a list of frames.
 *
 * @throws InputError with path `gfns`
 */
export function requireFrameCount(count: number): void {
  if (count > TILE_FRAMES)
    throw new InputError('gfns', `expected at most ${TILE_FRAMES} frames, got ${count}`);
}

/**
 * Refuses an element of a list of frames.
 *
 * @throws InputError with path `gfns.N`
 */
export function throwBadFrame(index: number, gfn: number, vcpu: Vcpu): never {
  const frames = frameCount(vcpu.maxphyaddr);
  throw new InputError(`gfns.${index}`, `expected a frame number below ${frames}, got ${gfn}`);
}
