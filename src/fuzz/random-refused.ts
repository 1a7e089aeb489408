/** Register writes of which one, somewhere, is refused with #GP, or just about not. */

import {
  FIXED_MSRS,
  inByte,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_PAT,
  MSR_SMRR_PHYSBASE,
  physBase,
  physMask,
} from '../msr/index.ts';
import type { Random } from './random.ts';
import type { Writes } from './random-registers.ts';

const BAD_TYPES: readonly bigint[] = [2n, 3n, 7n, 8n, 0x1en, 0xffn];

/** A write that is refused for one reason, most of the time. */
function badWrite(random: Random, maxphyaddr: number): readonly [number, bigint] {
  const index = random.below(8);
  const type = random.pick(BAD_TYPES);
  switch (random.below(11)) {
    case 0:
      return [MSR_DEF_TYPE, 0xc00n | type];
    case 1:
      return [MSR_DEF_TYPE, 0xc06n | (1n << BigInt(random.pick([8, 9, 12, 32, 63])))];
    case 2:
      return [physBase(index), (random.bits(maxphyaddr - 12) << 12n) | type];
    case 3:
      return [physBase(index), 6n | (1n << BigInt(random.between(8, 11)))];
    case 4:
      return [physBase(index), 6n | (1n << BigInt(random.between(maxphyaddr - 1, 63)))];
    case 5:
      return [physMask(index), MASK_V | (1n << BigInt(random.between(0, 10)))];
    case 6:
      return [physMask(index), MASK_V | (1n << BigInt(random.between(maxphyaddr - 1, 63)))];
    case 7:
      return [random.pick(FIXED_MSRS), inByte(type, random.below(8))];
    case 8:
      return [MSR_PAT, inByte(random.pick([2n, 3n, 7n, 8n, 0x80n]), random.below(8))];
    case 9:
      // Just behind the last variable range, or among them where more are stated.
      return [physBase(random.pick([7, 8, 9, 20, 39])) + random.below(2), 0n];
    default:
      return [
        random.pick([0x1ff, 0x251, 0x25a, 0x267, 0x270, 0x276, 0x2fe, MSR_SMRR_PHYSBASE, 0x10, MSR_MTRRCAP]),
        0n,
      ];
  }
}

/** The writes with a bad one put in somewhere, in place of the register's own. */
export function writeRefused(random: Random, writes: Writes, maxphyaddr: number): Writes {
  const [msr, value] = badWrite(random, maxphyaddr);
  const list = [...writes].filter(([other]) => other !== msr);
  list.splice(random.below(list.length + 1), 0, [msr, value]);
  return new Map(list);
}
