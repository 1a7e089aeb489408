/** The manual's map of a range, cut further where another register decides: who is to blame for each stretch. */
import { fixedMatch, matchesFrame, nextMatchEdge } from '../explain/matching.ts';
import { FIXED_END, MSR_DEF_TYPE, MSR_TOP_MEM2 } from '../msr/index.ts';
import { type GfnRange, type MtrrType, UNDEFINED, WB } from '../types.ts';
import type { VariableRegister } from '../vm/index.ts';
import type { CheckContext } from './context.ts';

/** Frames of one type for one reason. */
export interface Stretch extends GfnRange {
  readonly type: MtrrType;
  /** Who decides. */
  readonly by: 'off' | 'fixed' | 'variable' | 'default' | 'tom2';
  /** The variable ranges that decide, or collide. */
  readonly pairs: readonly VariableRegister[];
  /** Of a fixed range: its register. */
  readonly msr: number;
}

/** Stretches that one search looks at; a layout without holes has some hundred at the most. */
export const MOST_STRETCHES = 4096;

/** The matching ranges that carry the day where types meet: Intel SDM vol. 3A, "MTRR Precedences". */
function deciding(matching: readonly VariableRegister[], type: MtrrType): readonly VariableRegister[] {
  return type === UNDEFINED ? matching : matching.filter((pair) => pair.type === type);
}

function reasonAt({ registers }: CheckContext, gfn: number, type: MtrrType): Omit<Stretch, keyof GfnRange> {
  const rest = { type, pairs: [], msr: MSR_DEF_TYPE };
  if (!registers.isEnabled) return { ...rest, by: 'off' };
  if (registers.isFixedEnabled && gfn < FIXED_END) {
    return { ...rest, by: 'fixed', msr: fixedMatch(registers, gfn).msrs[0]! };
  }
  const matching = registers.variable.filter((pair) => pair.isEnabled && matchesFrame(pair, gfn));
  if (matching.length > 0) {
    const pairs = deciding(matching, type);
    return { ...rest, by: 'variable', pairs, msr: pairs[0]!.baseMsr };
  }
  const { forcedWb } = registers;
  const isForced = type === WB && forcedWb && gfn >= forcedWb.start && gfn < forcedWb.end;
  return isForced ? { ...rest, by: 'tom2', msr: MSR_TOP_MEM2 } : { ...rest, by: 'default' };
}

/** The next frame at which another register may decide. */
function nextEdge({ registers }: CheckContext, gfn: number, end: number): number {
  if (!registers.isEnabled) return end;
  if (registers.isFixedEnabled && gfn < FIXED_END) {
    return Math.min(end, fixedMatch(registers, gfn).range.end);
  }
  let next = end;
  for (const pair of registers.variable) {
    if (pair.isEnabled) next = Math.min(next, nextMatchEdge(pair, gfn, registers) ?? end);
  }
  const { forcedWb } = registers;
  for (const edge of forcedWb ? [forcedWb.start, forcedWb.end] : []) {
    if (edge > gfn) next = Math.min(next, edge);
  }
  return next;
}

/**
 * The stretches of a range, ascending, {@link MOST_STRETCHES} at the most. Types are the engine's; the registers
 * say only why.
 *
 * @returns whether the range was walked to its end
 */
export function* stretches(
  context: CheckContext,
  range: GfnRange,
  most: number = MOST_STRETCHES,
): Generator<Stretch, boolean, undefined> {
  if (range.start >= range.end) return true;
  let left = most;
  for (const { start, end, type } of context.view.spansOf('mtrr', { range })) {
    for (let gfn = start; gfn < end; ) {
      if (left === 0) return false;
      left -= 1;
      const next = nextEdge(context, gfn, end);
      yield { start: gfn, end: next, ...reasonAt(context, gfn, type!) };
      gfn = next;
    }
  }
  return true;
}

/**
 * Visits the stretches of some ranges.
 *
 * @returns whether the search ended before one of them did
 */
export function isCutShort(
  context: CheckContext,
  ranges: readonly GfnRange[],
  visit: (stretch: Stretch) => void,
): boolean {
  let isAnyCut = false;
  for (const range of ranges) {
    const walk = stretches(context, range);
    let step = walk.next();
    for (; !step.done; step = walk.next()) visit(step.value);
    isAnyCut ||= !step.value;
  }
  return isAnyCut;
}
