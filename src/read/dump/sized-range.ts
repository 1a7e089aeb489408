/** Variable ranges that a text gives by base and size, as /proc/mtrr, fwts and HyperDbg do. */
import { MASK_V, MOST_VARIABLE_RANGES, physBase, physMask } from '../../msr/index.ts';
import { MEMORY_TYPES } from '../../types.ts';
import { hexText } from '../../words.ts';
import type { Draft } from '../facts/draft.ts';
import { ALL_BITS } from '../facts/facts.ts';
import { bitLength } from '../words.ts';

/** A range as such texts give it. */
export interface SizedRange {
  readonly base: bigint;
  readonly size: bigint;
  readonly type: number;
}

/** Whether no MTRR can hold a type. */
export const isReservedType = (type: number): boolean => !MEMORY_TYPES.some((one) => one === type);

/**
 * States a variable range by its size. Linux computes the size that it prints as the negated mask
 * (`generic_get_mtrr`), so the negated size gives the mask back, for masks with holes too.
 */
export function registerSizedRange(draft: Draft, line: number, index: number, range: SizedRange): void {
  const { base, size, type } = range;
  const isPaged = ((base | size) & 0xfffn) === 0n;
  if (index >= MOST_VARIABLE_RANGES || !isPaged || size <= 0n || size >> 52n !== 0n || base >> 52n !== 0n) {
    const what = size < 0n ? 'that ends before it starts' : `of ${hexText(size)} bytes at ${hexText(base)}`;
    draft.say('warning', line, `variable range ${index} ${what} is left out`);
    return;
  }
  if (isReservedType(type)) {
    draft.say('warning', line, `variable range ${index} is left out: its type ${hexText(type)} is reserved`);
    return;
  }
  if ((size & (size - 1n)) !== 0n) {
    draft.say(
      'warning',
      line,
      `variable range ${index} has size ${hexText(size)}, no power of two: its mask has holes`,
    );
  }
  const mask = -size & ALL_BITS;
  draft.register(line, physBase(index), base | BigInt(type));
  draft.register(line, physMask(index), mask | MASK_V, { sized: true });
  draft.width(line, bitLength(base + size - 1n), 'at-least', 'end of a variable range');
}
