/** Variable ranges that a text gives by base, mask and a type's name, as kernels, coreboot and WinDbg do. */
import { MASK_V, MOST_VARIABLE_RANGES, PAGE_BITS, physBase, physMask } from '../../msr/index.ts';
import type { Draft, RegisterOptions } from '../facts/draft.ts';
import { bitLength } from '../words.ts';

/** A valid range as such texts give it: addresses alone, the type apart. */
export interface MaskedRange {
  readonly base: bigint;
  readonly mask: bigint;
  /** Undefined: an encoding that the text's author found to be reserved. */
  readonly type: number | undefined;
}

/**
 * States a valid variable range.
 *
 * @returns whether it was taken: a damaged one is left out, and that is said
 */
export function registerMaskedRange(
  draft: Draft,
  line: number,
  index: number,
  range: MaskedRange,
  options: RegisterOptions = {},
): boolean {
  const { base, mask, type } = range;
  const fault =
    index >= MOST_VARIABLE_RANGES
      ? `there are at most ${MOST_VARIABLE_RANGES}`
      : type === undefined
        ? 'its type is reserved'
        : ((base | mask) & PAGE_BITS) !== 0n
          ? 'its base or mask is no multiple of 4 KiB'
          : undefined;
  if (fault !== undefined || type === undefined) {
    draft.say('warning', line, `variable range ${index} is left out: ${fault}`);
    return false;
  }
  draft.register(line, physBase(index), base | BigInt(type), options);
  draft.register(line, physMask(index), mask | MASK_V, options);
  draft.width(line, bitLength(mask), 'at-least', 'highest mask bit');
  return true;
}
