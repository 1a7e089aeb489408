/** Whether a CPU can hold a register value: a dump that says otherwise is damaged, and the line is named. */
import { MEMORY_TYPES, PAT_TYPES } from '../../types.ts';
import { DEF_TYPE, isFixedMsr, isVariableMsr, PAT } from '../msr-names.ts';
import { ReadError } from '../read-error.ts';
import { hexText } from '../words.ts';
import type { Place } from './facts.ts';

function typesOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, k) => Number((value >> BigInt(8 * k)) & 0xffn));
}

function faultOf(msr: number, value: bigint, maxphyaddr: number): string | undefined {
  const types: readonly number[] = msr === PAT ? PAT_TYPES : MEMORY_TYPES;
  const typed =
    isFixedMsr(msr) || msr === PAT ? 8 : msr === DEF_TYPE || (isVariableMsr(msr) && msr % 2 === 0) ? 1 : 0;
  const reserved = typesOf(value, typed).find((type) => !types.includes(type));
  if (reserved !== undefined) return `memory type ${reserved} is reserved`;
  if (msr === DEF_TYPE && (value & ~0xcffn) !== 0n) return 'reserved bits are set';
  if (!isVariableMsr(msr)) return undefined;
  if (value >> BigInt(maxphyaddr) !== 0n) return `it has bits above the ${maxphyaddr} address bits`;
  const low = msr % 2 === 0 ? 0xf00n : 0x7ffn;
  return (value & low) === 0n ? undefined : 'reserved bits are set';
}

/**
 * Refuses a value that WRMSR would refuse with #GP (Intel SDM vol. 3A, "MTRRs").
 *
 * @throws ReadError with the line that gave the value
 */
export function requireWritable(msr: number, value: bigint, maxphyaddr: number, at: Place | undefined): void {
  const fault = faultOf(msr, value, maxphyaddr);
  if (fault === undefined) return;
  throw new ReadError(
    at?.file ?? '-',
    `MSR ${hexText(msr)} = ${hexText(value)}: ${fault}; no CPU holds that`,
    at?.line,
  );
}
