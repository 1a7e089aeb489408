/**
 * The architecture's lookup of a page's MTRR type. Intel SDM vol. 3A, 13.11.4.1 "MTRR Precedences" and 13.11.3
 * "Example Base and Mask Calculations"; AMD64 APM vol. 2, 7.9.4 for memory above 4 GiB.
 */
import { type MemoryType, type MtrrType, UC, UNDEFINED, WB, WT } from '../types.ts';
import { FIXED_END, fixedRangeIndex } from './fixed.ts';
import type { Registers, VariableRange } from './registers.ts';

const GIB_4 = 1n << 32n;

/**
 * Whether a variable range matches an address: base and address agree wherever the mask has a bit (Intel SDM
 * vol. 3A, 13.11.3). A mask may have holes, a base may have bits that its mask does not look at, and a mask
 * of 0 matches everything.
 */
export function matchesAddress(range: VariableRange, address: bigint): boolean {
  return (address & range.mask) === (range.base & range.mask);
}

/** IA32_MTRR_DEF_TYPE's type, or WB where AMD's Tom2ForceMemTypeWB covers the address. */
function defaultTypeAt(registers: Registers, address: bigint): MemoryType {
  const forcedWb = address >= GIB_4 && address < registers.forcedWbEnd;
  return forcedWb ? WB : registers.defaultType;
}

/**
 * The distinct types that claim an address, ascending: the fixed range's, or those of the variable ranges
 * that match, or the default.
 */
export function sdmTypeSet(registers: Registers, address: bigint): readonly MemoryType[] {
  // 13.11.2.1: with E=0 all MTRRs are disabled and UC is applied to all of physical memory.
  if (!registers.mtrrEnabled) return [UC];
  // 13.11.4.1: in the first MiB the fixed ranges take priority over the variable ones.
  if (registers.fixedEnabled && address < FIXED_END) {
    return [registers.fixedTypes[fixedRangeIndex(address)]!];
  }
  const matching = registers.variable.filter((range) => matchesAddress(range, address));
  // 13.11.4.1: no variable range matches, the default type applies.
  if (matching.length === 0) return [defaultTypeAt(registers, address)];
  return [...new Set(matching.map((range) => range.type))].sort((a, b) => a - b);
}

/**
 * What 13.11.4.1 makes of a set of types that claim one page.
 *
 * @returns the type, or -1 where the manual defines no behaviour
 */
export function sdmPrecedence(types: readonly MemoryType[]): MtrrType {
  if (types.length === 1) return types[0]!;
  if (types.includes(UC)) return UC;
  if (types.every((type) => type === WB || type === WT)) return WT;
  return UNDEFINED;
}

/** MTRR type of the page at an address, -1 where it is undefined. */
export function sdmType(registers: Registers, address: bigint): MtrrType {
  return sdmPrecedence(sdmTypeSet(registers, address));
}
