/** Registers, and the map where it is known, as EDK2's MtrrLib prints them. */
import { FIXED_MSRS, MSR_DEF_TYPE } from '../../msr/index.ts';
import { typeName } from '../../types.ts';
import { guestRegisters, registerState, type Vcpu, validRanges } from '../../vm/index.ts';

/** A stretch of the map, `start` to `end` inclusive. */
export interface MemoryRange {
  readonly start: bigint;
  readonly end: bigint;
  /** Memory type; -1 where it is undefined, which EDK2 prints as `R*`. */
  readonly type: number;
}

function wide(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

function twoDigits(index: number): string {
  return String(index).padStart(2, '0');
}

/**
 * Lines of a `MTRR Settings` block.
 *
 * @param ranges - the evaluated map, ascending; without it the part `Memory Ranges` is left out
 */
export function* edk2Lines(vcpu: Vcpu, ranges?: Iterable<MemoryRange>): Generator<string, void, undefined> {
  const state = new Map(registerState(vcpu));
  const variable = validRanges(guestRegisters(vcpu));
  yield 'MTRR Settings:';
  yield '=============';
  yield `MTRR Default Type: ${wide(state.get(MSR_DEF_TYPE) ?? 0n)}`;
  for (const [index, msr] of FIXED_MSRS.entries()) {
    yield `Fixed MTRR[${twoDigits(index)}]   : ${wide(state.get(msr) ?? 0n)}`;
  }
  for (const { index, rawBase, rawMask } of variable) {
    yield `Variable MTRR[${twoDigits(index)}]: Base=${wide(rawBase)} Mask=${wide(rawMask)}`;
  }
  if (variable.length === 0) yield 'Variable MTRR    : None.';
  if (!ranges) return;
  yield 'Memory Ranges:';
  yield '====================================';
  for (const { start, end, type } of ranges) {
    yield `${type < 0 ? 'R*' : typeName(type)}:${wide(start)}-${wide(end)}`;
  }
}
