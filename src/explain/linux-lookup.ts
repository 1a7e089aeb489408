/**
 * Linux's own lookup of a machine's MTRRs for a region, `mtrr_type_lookup`: a type, and whether the region counts as
 * uniform. Up to 6.4 it walks the registers (arch/x86/kernel/cpu/mtrr/generic.c, `mtrr_type_lookup_variable`); from
 * 6.5 on it reads a sorted map that was built of them at boot (`cache_map`, `type_merge`).
 */
import { FIXED_END, FIXED_ENDS } from '../msr/index.ts';
import { type GfnRange, type MtrrType, UC, UNDEFINED, WB, WT } from '../types.ts';
import type { GuestRegisters, VariableRegister } from '../vm/index.ts';
import { fixedMatch } from './matching.ts';

/** Which Linux, by the name that its policy has behind `peer-`: 4.3..6.4, or 6.5 and later. */
export type LinuxLookup = 'linux-6.4' | 'linux-6.5';

/** Both, the older first. */
export const LINUX_LOOKUPS: readonly LinuxLookup[] = ['linux-6.4', 'linux-6.5'];

/** What the lookup says of a region. */
export interface RegionType {
  /** -1: no answer, as 6.4 has for DEF_TYPE.E=0. */
  readonly type: MtrrType;
  /** Whether Linux takes the region to be of one type. */
  readonly isUniform: boolean;
}

interface Merged {
  readonly type: MtrrType;
  /** No further range can change it. */
  readonly isFinal: boolean;
}

/** Two types that meet: WT for WB with WT, else UC, which ends the search. */
function merged(a: MtrrType, b: MtrrType): Merged {
  if (a === b) return { type: a, isFinal: a === UC };
  const isWritten = (type: MtrrType) => type === WB || type === WT;
  return isWritten(a) && isWritten(b) ? { type: WT, isFinal: false } : { type: UC, isFinal: true };
}

/** A pair in frames. `size` is taken from the negated mask, whatever holes it has. */
interface Pair {
  readonly type: MtrrType;
  readonly base: bigint;
  readonly mask: bigint;
  readonly size: bigint;
}

function pairsOf({ variable, frames }: GuestRegisters): readonly Pair[] {
  return variable
    .filter(({ isEnabled }) => isEnabled)
    .map(({ type, base, mask }: VariableRegister) => ({
      type,
      base: base >> 12n,
      mask: mask >> 12n,
      size: BigInt(frames) - (mask >> 12n),
    }));
}

interface Part extends RegionType {
  /** Where the lookup is to go on; undefined at the region's end. */
  readonly next: bigint | undefined;
}

/** One walk over the registers: the type at the region's start, up to the first boundary that is noticed. */
function walked(pairs: readonly Pair[], defaultType: MtrrType, start: bigint, last: bigint): Part {
  let end = last;
  let next: bigint | undefined;
  let type: MtrrType | undefined;
  let isUniform = true;
  for (const { base, mask, size, type: own } of pairs) {
    const matches = (frame: bigint) => (frame & mask) === (base & mask);
    if (matches(start) !== matches(end) || (start < base && end >= base)) {
      next = matches(start) ? base + size : base;
      if (next <= start) next = start + 1n;
      end = next - 1n;
      isUniform = false;
    }
    if (!matches(start)) continue;
    if (type === undefined) {
      type = own;
      continue;
    }
    isUniform = false;
    const { type: both, isFinal } = merged(type, own);
    type = both;
    if (isFinal) break;
  }
  return { type: type ?? defaultType, isUniform, next };
}

function olderLookup(registers: GuestRegisters, region: GfnRange): RegionType {
  if (!registers.isEnabled) return { type: UNDEFINED, isUniform: false };
  if (registers.isFixedEnabled && region.start < FIXED_END) {
    return { type: fixedMatch(registers, region.start).type, isUniform: false };
  }
  const pairs = pairsOf(registers);
  const last = BigInt(region.end) - 1n;
  let start = BigInt(region.start);
  let part = walked(pairs, registers.defaultType, start, last);
  let { type } = part;
  const isUniform = part.isUniform && part.next === undefined;
  // The kernel would go on behind the end, where bases have bits below their mask; nothing there is of the region.
  while (part.next !== undefined && part.next <= last) {
    start = part.next;
    part = walked(pairs, registers.defaultType, start, last);
    const both = merged(type, part.type);
    type = both.type;
    if (both.isFinal) return { type, isUniform };
  }
  // As the code has it: asked of the last part's start and the region's end, whatever the ranges said.
  const { forcedWb } = registers;
  if (forcedWb && start >= BigInt(forcedWb.start) && region.end <= forcedWb.end) type = WB;
  return { type, isUniform };
}

/** What the map of 6.5 has at a frame. */
function mappedType(registers: GuestRegisters, pairs: readonly Pair[], gfn: number): MtrrType {
  if (registers.isFixedEnabled && gfn < FIXED_END) return fixedMatch(registers, gfn).type;
  const { forcedWb } = registers;
  if (forcedWb && forcedWb.start <= gfn && gfn < forcedWb.end) return WB;
  const frame = BigInt(gfn);
  const types = pairs
    .filter(({ base, size }) => base <= frame && frame < base + size)
    .map(({ type }) => type);
  return types.length === 0 ? registers.defaultType : types.reduce((all, one) => merged(all, one).type);
}

/** Frames at which the map of 6.5 may change, ascending. */
function mapEdges(registers: GuestRegisters, pairs: readonly Pair[]): readonly number[] {
  const edges = pairs.flatMap(({ base, size }) => [Number(base), Number(base + size)]);
  if (registers.isFixedEnabled) edges.push(...FIXED_ENDS);
  if (registers.forcedWb) edges.push(registers.forcedWb.start, registers.forcedWb.end);
  return edges.sort((a, b) => a - b);
}

function newerLookup(registers: GuestRegisters, { start, end }: GfnRange): RegionType {
  if (!registers.isEnabled) return { type: UC, isUniform: true };
  const pairs = pairsOf(registers);
  const stops = mapEdges(registers, pairs).filter((edge) => start < edge && edge < end);
  let type = mappedType(registers, pairs, start);
  let isUniform = true;
  for (const stop of stops) {
    const both = merged(type, mappedType(registers, pairs, stop)).type;
    // Cleared by a change of what was gathered, not by a difference: UC, then WB, counts as uniform.
    if (both !== type) isUniform = false;
    type = both;
  }
  return { type, isUniform };
}

/**
 * What Linux's lookup says of a region.
 *
 * @param lookup - which Linux
 * @param registers - the machine's
 * @param region - frames, half-open, at least one
 */
export function linuxLookup(lookup: LinuxLookup, registers: GuestRegisters, region: GfnRange): RegionType {
  return lookup === 'linux-6.4' ? olderLookup(registers, region) : newerLookup(registers, region);
}

/** Every frame at which a pair's reading by either Linux may change and that is no edge of its matches. */
export function linuxEdges(registers: GuestRegisters): readonly number[] {
  const { frames } = registers;
  const edges = mapEdges(registers, pairsOf(registers)).filter((edge) => 0 < edge && edge < frames);
  return [...new Set(edges)];
}
