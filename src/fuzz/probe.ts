/** Where a random VM is looked at: around the frames at which something begins or ends, and anywhere. */

import { isMaskMsr, MSR_TOP_MEM2 } from '../msr/index.ts';
import { FOUR_GIB } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, registerValues, type Vcpu } from '../vm/index.ts';
import type { FuzzCase } from './generate.ts';
import { Random, type Seed } from './random.ts';

/** What of a case is asked. */
export interface Probe {
  /** Ranges that are answered in spans and totals. */
  readonly windows: readonly GfnRange[];
  /** Frames that are answered one by one, and as the start of short tiles. */
  readonly frames: readonly number[];
}

/** The fixed ranges end at 1 MiB; a frame above it belongs to none. */
const FIXED_FRAMES = 0x100;
const WINDOWS = 2;
const FRAMES = 6;
/** A stream of random numbers apart from the one that made the case. */
const PROBE_STREAM = 2n ** 62n;

function maskEdges(base: number, mask: bigint, maxphyaddr: number): number[] {
  const frames = frameCount(maxphyaddr);
  const bits = mask >> 12n;
  const complement = Number(BigInt.asUintN(maxphyaddr - 12, ~bits));
  const lowest = Number(bits & -bits) || frames;
  const aligned = base - (base % lowest);
  // Where a mask has holes: the next stretch, and the end of the interval that spans all of them.
  const convexEnd = Number(BigInt(base) | BigInt(complement)) + 1;
  return [base, aligned, aligned + lowest, convexEnd];
}

/**
 * Frames at which an answer may change, as far as the raw registers show it; not all of them where masks have
 * holes.
 *
 * @returns ascending, distinct, inside the space
 */
export function edgesOf(vcpu: Vcpu): readonly number[] {
  const { maxphyaddr } = vcpu;
  const frames = frameCount(maxphyaddr);
  const values = registerValues(vcpu);
  const edges = [0, 0x80, 0xa0, 0xc0, FIXED_FRAMES, FOUR_GIB, frames];
  for (const [msr, value] of values) {
    if (msr === MSR_TOP_MEM2) edges.push(Number(BigInt.asUintN(maxphyaddr, value) >> 12n));
    if (!isMaskMsr(msr)) continue;
    const base = Number(BigInt.asUintN(maxphyaddr, values.get(msr - 1) ?? 0n) >> 12n);
    edges.push(...maskEdges(base, BigInt.asUintN(maxphyaddr, value), maxphyaddr));
  }
  for (const { gfn, count } of vcpu.slots) edges.push(gfn, gfn + count);
  for (const { start, end } of vcpu.mmio) edges.push(start, end);
  const inside = edges.filter((edge) => edge >= 0 && edge <= frames);
  return [...new Set(inside)].sort((a, b) => a - b);
}

/** Whether a mask repeats itself: then a long range may have a span a page. */
function hasHoles(vcpu: Vcpu): boolean {
  return vcpu.msrs.some(({ msr, value }) => {
    if (!isMaskMsr(msr)) return false;
    const ignored = BigInt.asUintN(vcpu.maxphyaddr - 12, ~(value >> 12n));
    return (ignored & (ignored + 1n)) !== 0n;
  });
}

function windowAround(random: Random, frame: number, frames: number, mayBeLong: boolean): GfnRange {
  if (random.chance(8) && mayBeLong) return { start: 0, end: frames };
  const isLong = random.chance(15) && mayBeLong;
  const length = 2 ** (isLong ? random.between(12, 21) : random.between(4, 11));
  const before = random.chance(50) ? random.below(length) : length / 2;
  const start = Math.min(Math.max(0, frame - before), frames - 1);
  return { start, end: Math.min(frames, start + length) };
}

/** What to ask of a case; the same for the same seed and case. */
export function probeOf(seed: Seed, { index, vcpu }: FuzzCase): Probe {
  const random = new Random(seed, BigInt(index) + PROBE_STREAM);
  const frames = frameCount(vcpu.maxphyaddr);
  const edges = edgesOf(vcpu);
  const somewhere = () => (random.chance(85) ? random.pick(edges) : random.below(frames));
  const mayBeLong = !hasHoles(vcpu);
  const windows = Array.from({ length: WINDOWS }, () => windowAround(random, somewhere(), frames, mayBeLong));
  const chosen = Array.from({ length: FRAMES }, () => {
    const near = somewhere() + random.pick([-1, 0, 0, 1, -512, 511]);
    return Math.min(Math.max(0, near), frames - 1);
  });
  return { windows, frames: chosen };
}
