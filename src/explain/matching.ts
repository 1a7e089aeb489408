/**
 * Which frames a register speaks for: by mask compare, as the manual has it, or as the one contiguous interval
 * that KVM makes of a pair. Intel SDM vol. 3A, "Example Base and Mask Calculations"; KVM arch/x86/kvm/mtrr.c,
 * `var_mtrr_range`.
 */
import {
  byteOf,
  FIXED_END,
  fixedRegisterOf,
  MSR_DEF_TYPE,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  msrName,
} from '../msr/index.ts';
import type { GfnRange, MemoryType } from '../types.ts';
import type { GuestRegisters, VariableRegister } from '../vm/index.ts';

/** A register that speaks for a frame. */
export interface RegisterMatch {
  readonly kind: 'fixed' | 'variable' | 'default' | 'tom2';
  /** Intel's name; of a pair, the base's. */
  readonly name: string;
  /** The MSRs that hold it: one, or base and mask. */
  readonly msrs: readonly number[];
  readonly type: MemoryType;
  /** The stretch around the frame; the whole space for the default type. */
  readonly range: GfnRange;
  /** Of a variable range: its number, base and mask (address bits), and whether the mask has holes. */
  readonly index?: number;
  readonly base?: bigint;
  readonly mask?: bigint;
  readonly hasHoles?: boolean;
  /** Of a fixed range: which byte of the register. */
  readonly byte?: number;
}

/** Mask and compared base of a pair, in frames. */
function frameBits({ base, mask }: VariableRegister): { readonly mask: bigint; readonly bits: bigint } {
  return { mask: mask >> 12n, bits: (base & mask) >> 12n };
}

/** Whether a pair matches a frame by mask compare. */
export function matchesFrame(pair: VariableRegister, gfn: number): boolean {
  const { mask, bits } = frameBits(pair);
  return (BigInt(gfn) & mask) === bits;
}

/** Whether a mask leaves out bits between those that it compares. */
export function hasHoles(pair: VariableRegister, registers: GuestRegisters): boolean {
  const ignored = (BigInt(registers.frames) - 1n) & ~frameBits(pair).mask;
  return (ignored & (ignored + 1n)) !== 0n;
}

/** The stretch of frames around `gfn` that a pair matches, given that it matches `gfn`. */
export function matchedStretch(pair: VariableRegister, gfn: number, registers: GuestRegisters): GfnRange {
  const { mask } = frameBits(pair);
  // The lowest compared bit flips at the stretch's end, so that the next block never matches too.
  const size = mask === 0n ? registers.frames : Number(mask & -mask);
  const start = gfn - (gfn % size);
  return { start, end: start + size };
}

/**
 * The next frame above `gfn` at which a pair starts or stops matching; undefined where it never does.
 */
export function nextMatchEdge(
  pair: VariableRegister,
  gfn: number,
  registers: GuestRegisters,
): number | undefined {
  if (matchesFrame(pair, gfn)) {
    const { end } = matchedStretch(pair, gfn, registers);
    return end < registers.frames ? end : undefined;
  }
  const { mask, bits } = frameBits(pair);
  const at = BigInt(gfn);
  const width = BigInt(registers.maxphyaddr - 12);
  let top = width - 1n;
  while (((at ^ bits) & mask) >> top === 0n) top -= 1n;
  let raised = top;
  if (((bits >> top) & 1n) === 0n) {
    // The frame is too high in a compared bit: carry into the lowest ignored bit above that is clear.
    raised += 1n;
    while (raised < width && (((mask | at) >> raised) & 1n) === 1n) raised += 1n;
    if (raised >= width) return undefined;
  }
  const above = (at >> (raised + 1n)) << (raised + 1n);
  return Number(above | (1n << raised) | (bits & ((1n << raised) - 1n)));
}

/** The interval that KVM makes of a pair, holes filled. */
export function kvmInterval(pair: VariableRegister, registers: GuestRegisters): GfnRange {
  const last = (pair.base | (~pair.mask & ((1n << BigInt(registers.maxphyaddr)) - 1n))) >> 12n;
  return { start: Number(pair.base >> 12n), end: Number(last) + 1 };
}

/** The fixed range that holds a frame below 1 MiB. */
export function fixedMatch(registers: GuestRegisters, gfn: number): RegisterMatch {
  const register = fixedRegisterOf(gfn)!;
  const byte = Math.floor((gfn - register.first) / register.frames);
  const start = register.first + byte * register.frames;
  return {
    kind: 'fixed',
    name: msrName(register.msr),
    msrs: [register.msr],
    type: byteOf(registers.values.get(register.msr) ?? 0n, byte) as MemoryType,
    range: { start, end: start + register.frames },
    byte,
  };
}

/** Every fixed range that touches a region. */
export function fixedMatches(registers: GuestRegisters, { start, end }: GfnRange): readonly RegisterMatch[] {
  const matches: RegisterMatch[] = [];
  for (let gfn = start; gfn < Math.min(end, FIXED_END); gfn = matches.at(-1)!.range.end) {
    matches.push(fixedMatch(registers, gfn));
  }
  return matches;
}

/** A pair that speaks for `range`. */
export function variableMatch(
  pair: VariableRegister,
  range: GfnRange,
  registers: GuestRegisters,
): RegisterMatch {
  return {
    kind: 'variable',
    name: msrName(pair.baseMsr),
    msrs: [pair.baseMsr, pair.maskMsr],
    type: pair.type,
    range,
    index: pair.index,
    base: pair.base,
    mask: pair.mask,
    hasHoles: hasHoles(pair, registers),
  };
}

/** IA32_MTRR_DEF_TYPE's type. */
export function defaultMatch(registers: GuestRegisters): RegisterMatch {
  return {
    kind: 'default',
    name: msrName(MSR_DEF_TYPE),
    msrs: [MSR_DEF_TYPE],
    type: registers.defaultType,
    range: { start: 0, end: registers.frames },
  };
}

/** AMD's WB by default between 4 GiB and TOP_MEM2. */
export function tom2Match(range: GfnRange): RegisterMatch {
  return { kind: 'tom2', name: msrName(MSR_TOP_MEM2), msrs: [MSR_SYSCFG, MSR_TOP_MEM2], type: 6, range };
}
