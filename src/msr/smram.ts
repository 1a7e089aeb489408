/** The memory that SMRR keeps for system management mode. SDM vol. 3C, "System-Management Range Registers". */
import type { GfnRange } from '../types.ts';
import { addressBits, isMaskValid } from './bits.ts';
import { MSR_SMRR_PHYSBASE, MSR_SMRR_PHYSMASK } from './numbers.ts';

/**
 * The range that SMRR keeps for system management mode: its base, and the size of its mask's lowest bit.
 *
 * @param values - registers by number
 * @returns frames, undefined where it is off
 */
export function smramOf(values: ReadonlyMap<number, bigint>, maxphyaddr: number): GfnRange | undefined {
  const mask = values.get(MSR_SMRR_PHYSMASK) ?? 0n;
  const compared = addressBits(mask, maxphyaddr);
  if (!isMaskValid(mask) || compared === 0n) return undefined;
  const start = Number((addressBits(values.get(MSR_SMRR_PHYSBASE) ?? 0n, maxphyaddr) & compared) >> 12n);
  return { start, end: start + Number((compared & -compared) >> 12n) };
}
