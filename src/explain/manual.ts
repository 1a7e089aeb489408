/**
 * The architecture's lookup, told rule by rule: Intel SDM vol. 3A, "MTRR Precedences"; AMD64 APM vol. 2 for
 * Tom2ForceMemTypeWB. It is told under every policy: it is also what a guest's own kernel concludes.
 */
import { FIXED_END } from '../msr/index.ts';
import { type MemoryType, type MtrrType, UC, UNDEFINED, WB, WT } from '../types.ts';
import type { GuestRegisters } from '../vm/index.ts';
import {
  defaultMatch,
  fixedMatch,
  matchedStretch,
  matchesFrame,
  type RegisterMatch,
  tom2Match,
  variableMatch,
} from './matching.ts';

/** How several matching variable ranges give one type. */
export type Precedence = 'one-type' | 'uc-wins' | 'wt-over-wb' | 'undefined';

/** The manual's lookup of a frame. */
export interface ManualStory {
  /** `disabled`: DEF_TYPE.E=0. */
  readonly rule: 'disabled' | 'fixed' | 'variable' | 'default' | 'tom2';
  /** The registers that decide. */
  readonly matches: readonly RegisterMatch[];
  /** Numbers of the enabled variable ranges that were compared and do not match. */
  readonly misses: readonly number[];
  /** Set by rule `variable`. */
  readonly precedence?: Precedence;
  /** The distinct types that claim the frame, ascending. */
  readonly types: readonly MemoryType[];
  /** -1 where the overlap is undefined. */
  readonly type: MtrrType;
}

function distinct(types: readonly MemoryType[]): readonly MemoryType[] {
  return [...new Set(types)].sort((a, b) => a - b);
}

/** The manual's type for ranges of these types, ascending. */
export function settle(types: readonly MemoryType[]): {
  readonly type: MtrrType;
  readonly precedence: Precedence;
} {
  if (types.length === 1) return { type: types[0]!, precedence: 'one-type' };
  if (types.includes(UC)) return { type: UC, precedence: 'uc-wins' };
  if (types.every((type) => type === WB || type === WT)) return { type: WT, precedence: 'wt-over-wb' };
  return { type: UNDEFINED, precedence: 'undefined' };
}

/** Tells how the manual's rules give a frame its MTRR type. */
export function manualStory(registers: GuestRegisters, gfn: number): ManualStory {
  const only = (rule: ManualStory['rule'], match: RegisterMatch, type = match.type): ManualStory => ({
    rule,
    matches: [match],
    misses: [],
    types: [type],
    type,
  });
  if (!registers.isEnabled) return only('disabled', defaultMatch(registers), UC);
  if (registers.isFixedEnabled && gfn < FIXED_END) return only('fixed', fixedMatch(registers, gfn));
  const enabled = registers.variable.filter((pair) => pair.isEnabled);
  const hits = enabled.filter((pair) => matchesFrame(pair, gfn));
  const misses = enabled.filter((pair) => !hits.includes(pair)).map((pair) => pair.index);
  if (hits.length > 0) {
    const types = distinct(hits.map((pair) => pair.type));
    const matches = hits.map((pair) => variableMatch(pair, matchedStretch(pair, gfn, registers), registers));
    return { rule: 'variable', matches, misses, types, ...settle(types) };
  }
  const { forcedWb } = registers;
  if (forcedWb && forcedWb.start <= gfn && gfn < forcedWb.end) {
    return { ...only('tom2', tom2Match(forcedWb)), misses };
  }
  return { ...only('default', defaultMatch(registers)), misses };
}
