/** Whether a CPU can hold a register value: a dump that says otherwise is damaged, and the line is named. */
import { bytesOf, isBaseMsr, isFixedMsr, isVariableMsr, MSR_DEF_TYPE, MSR_PAT } from '../../msr/index.ts';
import { MEMORY_TYPES, PAT_TYPES } from '../../types.ts';
import { hexText } from '../../words.ts';
import { ReadError } from '../read-error.ts';
import type { Place } from './facts.ts';

function faultOf(msr: number, value: bigint, maxphyaddr: number): string | undefined {
  const types: readonly number[] = msr === MSR_PAT ? PAT_TYPES : MEMORY_TYPES;
  const typed = isFixedMsr(msr) || msr === MSR_PAT ? 8 : msr === MSR_DEF_TYPE || isBaseMsr(msr) ? 1 : 0;
  const reserved = bytesOf(value)
    .slice(0, typed)
    .find((type) => !types.includes(type));
  if (reserved !== undefined) return `memory type ${reserved} is reserved`;
  if (msr === MSR_DEF_TYPE && (value & ~0xcffn) !== 0n) return 'reserved bits are set';
  if (!isVariableMsr(msr)) return undefined;
  if (value >> BigInt(maxphyaddr) !== 0n) return `it has bits above the ${maxphyaddr} address bits`;
  const low = isBaseMsr(msr) ? 0xf00n : 0x7ffn;
  return (value & low) === 0n ? undefined : 'reserved bits are set';
}

/**
 * Refuses a value that WRMSR would refuse with #GP (Intel SDM vol. 3A, "MTRRs").
 *
 * @throws ReadError with the line that gave the value
 */
export function requireWritable(msr: number, value: bigint, maxphyaddr: number, at: Place): void {
  const fault = faultOf(msr, value, maxphyaddr);
  if (fault === undefined) return;
  throw new ReadError(
    at.file,
    `MSR ${hexText(msr)} = ${hexText(value)}: ${fault}; no CPU holds that`,
    at.line,
  );
}
