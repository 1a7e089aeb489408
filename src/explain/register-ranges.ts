/** The registers of a vCPU as stretches of memory: what a picture of them shows, whether they decide anything or not. */
import { byteOf, FIXED_REGISTERS, msrName } from '../msr/index.ts';
import type { GfnRange, MemoryType } from '../types.ts';
import { type GuestRegisters, guestRegisters, type VariableRegister, type Vcpu } from '../vm/index.ts';
import {
  defaultMatch,
  matchedStretch,
  matchesFrame,
  nextMatchEdge,
  type RegisterMatch,
  tom2Match,
  variableMatch,
} from './matching.ts';

/** A register, a pair, or bytes of fixed registers that lie side by side and hold one type. */
export interface RegisterRange extends RegisterMatch {
  /** The hull of the stretches; the whole space for the default type. No frames of a pair that matches none. */
  readonly range: GfnRange;
  /** Whether its own enable bit is set: V of a mask, FE for fixed ranges, E for the default type. */
  readonly isEnabled: boolean;
  /** The registers as they stand, in the order of `msrs`. */
  readonly values: readonly bigint[];
  /** Frames that it matches, by the manual's compare. */
  readonly pages: bigint;
  /**
   * The stretches that it matches.
   *
   * @returns ascending, lazily: a mask with holes can have 2^39 of them
   */
  stretches(): Generator<GfnRange, void, undefined>;
}

/** Stretches that a pair matches. */
function* matchedStretches(
  pair: VariableRegister,
  registers: GuestRegisters,
): Generator<GfnRange, void, undefined> {
  let gfn = matchesFrame(pair, 0) ? 0 : nextMatchEdge(pair, 0, registers);
  while (gfn !== undefined) {
    const stretch = matchedStretch(pair, gfn, registers);
    yield stretch;
    gfn = stretch.end < registers.frames ? nextMatchEdge(pair, stretch.end, registers) : undefined;
  }
}

/** Frames that differ in ignored bits alone from the highest or the lowest that a pair matches. */
function hullOf(pair: VariableRegister, { frames }: GuestRegisters): GfnRange {
  const space = BigInt(frames) - 1n;
  const mask = (pair.mask >> 12n) & space;
  const bits = (pair.base >> 12n) & mask;
  return { start: Number(bits), end: Number(bits | (~mask & space)) + 1 };
}

function pagesOf(pair: VariableRegister, { maxphyaddr }: GuestRegisters): bigint {
  let compared = 0n;
  for (let rest = pair.mask >> 12n; rest > 0n; rest >>= 1n) compared += rest & 1n;
  return 1n << (BigInt(maxphyaddr - 12) - compared);
}

function* variableRanges(registers: GuestRegisters): Generator<RegisterRange, void, undefined> {
  for (const pair of registers.variable) {
    yield {
      ...variableMatch(pair, hullOf(pair, registers), registers),
      isEnabled: pair.isEnabled,
      values: [pair.rawBase, pair.rawMask],
      pages: pagesOf(pair, registers),
      stretches: () => matchedStretches(pair, registers),
    };
  }
}

/** A register that speaks for one stretch. */
function single(match: RegisterMatch, registers: GuestRegisters, isEnabled: boolean): RegisterRange {
  const { range } = match;
  return {
    ...match,
    isEnabled,
    values: match.msrs.map((msr) => registers.values.get(msr) ?? 0n),
    pages: BigInt(range.end - range.start),
    *stretches() {
      yield range;
    },
  };
}

/** Runs of one type; a run may go through several registers. */
function* fixedRanges(registers: GuestRegisters): Generator<RegisterRange, void, undefined> {
  if (!FIXED_REGISTERS.some(({ msr }) => registers.values.has(msr))) return;
  let run: (RegisterMatch & { msrs: number[] }) | undefined;
  for (const { msr, first, frames } of FIXED_REGISTERS) {
    for (let byte = 0; byte < 8; byte++) {
      const type = byteOf(registers.values.get(msr) ?? 0n, byte) as MemoryType;
      const start = first + byte * frames;
      const range = { start: run?.type === type ? run.range.start : start, end: start + frames };
      if (run?.type === type) {
        run = { ...run, range, msrs: run.msrs.includes(msr) ? run.msrs : [...run.msrs, msr] };
        continue;
      }
      if (run) yield single(run, registers, registers.isFixedEnabled);
      run = { kind: 'fixed', name: msrName(msr), msrs: [msr], type, range, byte };
    }
  }
  if (run) yield single(run, registers, registers.isFixedEnabled);
}

/**
 * Every register of a vCPU that speaks for memory: pairs that were written, ascending by number, then fixed ranges as
 * runs of one type, the default type, and AMD's TOP_MEM2.
 *
 * @param vcpu - its writes are not judged: an engine refuses what the CPU would
 * @returns the registers, enabled or not
 * @example
 * const guest = vcpu({ maxphyaddr: 36, msrs: { 0x200: 0x80000006n, 0x201: 0xf80000800n, 0x2ff: 0x800n } });
 * registerRanges(guest).map(({ name }) => name); // ['IA32_MTRR_PHYSBASE0', 'IA32_MTRR_DEF_TYPE']
 */
export function registerRanges(vcpu: Pick<Vcpu, 'msrs' | 'maxphyaddr'>): readonly RegisterRange[] {
  const registers = guestRegisters(vcpu);
  const { forcedWb, isEnabled } = registers;
  return [
    ...variableRanges(registers),
    ...fixedRanges(registers),
    single(defaultMatch(registers), registers, isEnabled),
    ...(forcedWb ? [single(tom2Match(forcedWb), registers, isEnabled)] : []),
  ];
}
