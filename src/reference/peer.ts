/**
 * The lookups of other systems, each as its own code goes about it: the choices are rows of policy/peers.ts.
 * Peers read each variable range either as the manual does, or as a stretch of memory.
 */
import type { PeerRules } from '../policy/index.ts';
import { type MemoryType, type MtrrType, UC, UNDEFINED, WB, WT } from '../types.ts';
import { FIXED_END, fixedRangeIndex } from './fixed.ts';
import type { Registers, VariableRange } from './registers.ts';
import { matchesAddress, sdmPrecedence } from './sdm.ts';

const GIB_4 = 1n << 32n;

/** A stretch of memory, `start <= address < end`. */
export interface Stretch {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * What a variable range covers for a peer that does not compare under the mask.
 *
 * @returns undefined for a peer that does
 */
export function stretchOf(rules: PeerRules, range: VariableRange, maxphyaddr: number): Stretch | undefined {
  const spaceEnd = 1n << BigInt(maxphyaddr);
  switch (rules.match) {
    case 'mask':
      return undefined;
    case 'lowest-bit': {
      // The lowest set bit is the size; a mask without address bits has none, and covers nothing.
      let size = 1n << 12n;
      while (size < spaceEnd && (range.mask & size) === 0n) size <<= 1n;
      return { start: range.base, end: size < spaceEnd ? range.base + size : range.base };
    }
    case 'size-of-mask': {
      // Linux from 6.5 on, `mtrr_state.var_ranges[i]`: the mask is negated to give a size, the base left alone.
      const end = range.base + (spaceEnd - range.mask);
      return { start: range.base, end: end < spaceEnd ? end : spaceEnd };
    }
  }
}

function covers(rules: PeerRules, range: VariableRange, registers: Registers, address: bigint): boolean {
  const stretch = stretchOf(rules, range, registers.maxphyaddr);
  if (!stretch) return matchesAddress(range, address);
  return stretch.start <= address && address < stretch.end;
}

/** Whether the fixed range of an address is what the peer goes by, and of which type it then is. */
function fixedType(rules: PeerRules, registers: Registers, address: bigint): MemoryType | undefined {
  if (!registers.fixedEnabled || address >= FIXED_END) return undefined;
  const type = registers.fixedTypes[fixedRangeIndex(address)]!;
  switch (rules.fixed) {
    case 'applied':
      return type;
    case 'uc-only':
      return type === UC ? UC : undefined;
    case 'all-uc':
      return UC;
  }
}

/**
 * The types of the ranges that cover one address, in register order, brought to one.
 *
 * @param types - at least one
 */
function overlapType(rules: PeerRules, types: readonly MemoryType[], defaultType: MemoryType): MtrrType {
  switch (rules.overlap) {
    case 'manual-or-last': {
      const type = sdmPrecedence([...new Set(types)]);
      return type === UNDEFINED ? types.at(-1)! : type;
    }
    case 'wt-or-uc': {
      const distinct = new Set(types);
      if (distinct.size === 1) return types[0]!;
      return distinct.size === 2 && distinct.has(WB) && distinct.has(WT) ? WT : UC;
    }
    case 'hyperdbg':
      return hyperdbgType(types);
    case 'uc-ends':
      return hyperplatformType(types);
    case 'uc-or-nothing':
      return types.includes(UC) ? UC : defaultType;
    case 'lowest':
      return types.toSorted((a, b) => a - b)[0]!;
  }
}

/** HyperDbg: a UC range ends the search one register too late, with that register's type. */
function hyperdbgType(types: readonly MemoryType[]): MemoryType {
  let type: MemoryType | undefined;
  for (const next of types) {
    if (type === UC) return next;
    if ((type === WT || next === WT) && type === WB) type = WT;
    else type = next;
  }
  return type!;
}

/** HyperPlatform: a UC range ends the search; else the last register's type, but WT stays after WB. */
function hyperplatformType(types: readonly MemoryType[]): MemoryType {
  let type: MemoryType | undefined;
  for (const next of types) {
    if (next === UC) return UC;
    if ((type === WT || next === WT) && type === WB) type = WT;
    else type = next;
  }
  return type!;
}

/** Whether the peer has stopped looking because DEF_TYPE.E = 0. */
export function isOff(rules: PeerRules, registers: Registers): boolean {
  return !registers.mtrrEnabled && rules.disabled !== 'not-looked-at';
}

function isForcedWb(rules: PeerRules, registers: Registers, address: bigint): boolean {
  return rules.tom2 === 'wins' && address >= GIB_4 && address < registers.forcedWbEnd;
}

/** Types of the variable ranges that cover an address, in register order. */
function coveringTypes(rules: PeerRules, registers: Registers, address: bigint): MemoryType[] {
  return registers.variable
    .filter((range) => covers(rules, range, registers, address))
    .map((range) => range.type);
}

/** Type that a peer gives the page at an address, -1 where it has no answer. */
export function peerType(rules: PeerRules, registers: Registers, address: bigint): MtrrType {
  if (isOff(rules, registers)) return rules.disabled === 'undefined' ? UNDEFINED : UC;
  const fixed = fixedType(rules, registers, address);
  if (fixed !== undefined) return fixed;
  if (isForcedWb(rules, registers, address)) return WB;
  const types = coveringTypes(rules, registers, address);
  return types.length > 0 ? overlapType(rules, types, registers.defaultType) : registers.defaultType;
}

/** The distinct types that claim an address for a peer, ascending. */
export function peerTypeSet(rules: PeerRules, registers: Registers, address: bigint): readonly MemoryType[] {
  if (isOff(rules, registers)) return rules.disabled === 'undefined' ? [] : [UC];
  const fixed = fixedType(rules, registers, address);
  if (fixed !== undefined) return [fixed];
  if (isForcedWb(rules, registers, address)) return [WB];
  const types = coveringTypes(rules, registers, address);
  return types.length > 0 ? [...new Set(types)].sort((a, b) => a - b) : [registers.defaultType];
}
