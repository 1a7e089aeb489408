/** Random wanted maps of whole spaces, as firmware and as nobody would want them. */
import { ANY_TYPE, type WantedMap, type WantedStretch, wantedMap } from '../../src/fit/index.ts';
import { frameCount } from '../../src/vm/index.ts';
import type { Rng } from '../generators/rng.ts';

const WB = 1 << 6;
const UC = 1;
const KINDS = [WB, WB, WB, UC, UC, 1 << 1, 1 << 4, 1 << 5, ANY_TYPE, UC | (1 << 5), WB | (1 << 4)];

/** Frames of a random size: any number of bits, a power of two more often. */
function randomFrames(rng: Rng, frames: number): number {
  const bits = rng.between(0, Math.log2(frames) - 1);
  return rng.chance(0.7) ? 2 ** bits : rng.between(1, 2 ** bits);
}

/** One to eight ranges in a space of 32 to 52 bits, and what the rest may have. */
export function randomWantedMap(rng: Rng): WantedMap {
  const maxphyaddr = rng.pick([32, 36, 36, 39, 46, 48, 52]);
  const frames = frameCount(maxphyaddr);
  const ranges: WantedStretch[] = [];
  let at = rng.chance(0.5) ? 0 : randomFrames(rng, 0x10000);
  for (let count = rng.between(1, 8); count > 0 && at < frames; count--) {
    const end = Math.min(frames, at + randomFrames(rng, rng.chance(0.7) ? 0x400000 : frames));
    ranges.push({ start: at, end, accepted: rng.pick(KINDS) });
    at = end + (rng.chance(0.6) ? 0 : randomFrames(rng, 0x100000));
  }
  return wantedMap(maxphyaddr, ranges, rng.pick([UC, UC, WB, ANY_TYPE]));
}
