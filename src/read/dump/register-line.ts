/** Stating raw register values, with what is worth saying about them on the way. */
import { MEMORY_TYPES } from '../../types.ts';
import { type Draft, type RegisterOptions, withoutRdMemWrMem } from '../facts/draft.ts';
import {
  DEF_TYPE,
  isFixedMsr,
  isMemoryTypeMsr,
  isVariableMsr,
  MASK_VALID,
  MOST_VARIABLE_RANGES,
  MTRR_CAP,
  SMRR_MASK,
} from '../msr-names.ts';
import { bitLength, hexText } from '../words.ts';

function isMemoryType(type: bigint): boolean {
  return MEMORY_TYPES.some((known) => BigInt(known) === type);
}

function sayReservedTypes(draft: Draft, line: number, msr: number, value: bigint): void {
  const typed = isFixedMsr(msr) ? 8 : msr === DEF_TYPE || (isVariableMsr(msr) && msr % 2 === 0) ? 1 : 0;
  for (let k = 0; k < typed; k++) {
    const type = (value >> BigInt(8 * k)) & 0xffn;
    if (isMemoryType(type)) continue;
    draft.say('warning', line, `MSR ${hexText(msr)} byte ${k} holds type ${type}, which is reserved`);
    return;
  }
}

/**
 * States a raw MSR value as it was read from a CPU. MSRs that do not bear on memory types are passed over.
 *
 * @returns whether the MSR bears on memory types
 */
export function registerRaw(
  draft: Draft,
  line: number,
  msr: number,
  raw: bigint,
  options?: RegisterOptions,
): boolean {
  if (!isMemoryTypeMsr(msr)) return false;
  const { value, stripped } = withoutRdMemWrMem(msr, raw);
  if (stripped) {
    draft.say(
      'note',
      line,
      'AMD RdMem and WrMem bits (3 and 4) of the fixed ranges are left out: they route accesses, they are no type',
    );
  }
  draft.register(line, msr, value, options);
  sayReservedTypes(draft, line, msr, value);
  if (msr === MTRR_CAP) {
    draft.variableCount(line, Math.min(Number(value & 0xffn), MOST_VARIABLE_RANGES));
  } else if (isVariableMsr(msr)) {
    const valid = msr % 2 === 1 && (value & MASK_VALID) !== 0n;
    if (valid) draft.width(line, bitLength(value & ~0xfffn), 'at-least', 'highest mask bit');
  } else if (msr === SMRR_MASK && (value & MASK_VALID) !== 0n) {
    draft.say('note', line, 'SMRR is on: outside SMM the SMRAM range is UC, which is not modelled');
  }
  return true;
}
