/** Stating raw register values, with what is worth saying about them on the way. */
import {
  byteOf,
  isBaseMsr,
  isFixedMsr,
  isMaskMsr,
  isMaskValid,
  isMemoryTypeMsr,
  keyIdBits,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_MTRRCAP,
  MSR_SMRR_PHYSMASK,
  MSR_TME_ACTIVATE,
  PAGE_BITS,
} from '../../msr/index.ts';
import { MEMORY_TYPES } from '../../types.ts';
import { hexText } from '../../words.ts';
import { type Draft, type RegisterOptions, withoutRdMemWrMem } from '../facts/draft.ts';
import { bitLength } from '../words.ts';

function isMemoryType(type: number): boolean {
  return MEMORY_TYPES.some((known) => known === type);
}

function sayReservedTypes(draft: Draft, line: number, msr: number, value: bigint): void {
  const typed = isFixedMsr(msr) ? 8 : msr === MSR_DEF_TYPE || isBaseMsr(msr) ? 1 : 0;
  for (let k = 0; k < typed; k++) {
    const type = byteOf(value, k);
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
  if (msr === MSR_MTRRCAP) {
    draft.variableCount(line, Math.min(byteOf(value, 0), MOST_VARIABLE_RANGES));
  } else if (isMaskMsr(msr) && isMaskValid(value)) {
    draft.width(line, bitLength(value & ~PAGE_BITS), 'at-least', 'highest mask bit');
  } else if (msr === MSR_SMRR_PHYSMASK && isMaskValid(value)) {
    draft.say(
      'note',
      line,
      'SMRR is on: outside SMM the SMRAM range is UC, whatever the MTRRs say (eptsweep check)',
    );
  } else if (msr === MSR_TME_ACTIVATE && keyIdBits(value) > 0) {
    draft.say('note', line, `TME-MK is on: the ${keyIdBits(value)} highest address bits are KeyIDs`);
  }
  return true;
}
