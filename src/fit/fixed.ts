/** Below 1 MiB: what of a wanted map the fixed-range registers can hold. */
import { FIXED_REGISTERS } from '../msr/index.ts';
import { MEMORY_TYPES, type MemoryType, UC } from '../types.ts';
import { type AcceptedTypes, ANY_TYPE, accepts, type WantedMap, type WantedStretch } from './wanted.ts';

/** A register with its value. */
export type RegisterValue = readonly [msr: number, value: bigint];

/** The types that all frames of a range may have. */
function commonTypes(stretches: readonly WantedStretch[], start: number, end: number): AcceptedTypes {
  let common = ANY_TYPE;
  for (const stretch of stretches) {
    if (stretch.start >= end) break;
    if (stretch.end > start) common &= stretch.accepted;
  }
  return common;
}

/**
 * The eleven fixed-range registers for a wanted map. Where several types would do, a range is as the one before it.
 *
 * @returns undefined where a fixed range would have to have two types at once
 */
export function fixedFor({ stretches }: WantedMap): readonly RegisterValue[] | undefined {
  const values: RegisterValue[] = [];
  let before: MemoryType = UC;
  for (const { msr, first, frames } of FIXED_REGISTERS) {
    let value = 0n;
    for (let index = 0; index < 8; index++) {
      const start = first + index * frames;
      const common = commonTypes(stretches, start, start + frames);
      if (common === 0) return undefined;
      if (!accepts(common, before)) before = MEMORY_TYPES.find((type) => accepts(common, type))!;
      value |= BigInt(before) << BigInt(8 * index);
    }
    values.push([msr, value]);
  }
  return values;
}
