/** Registers that bear on memory types from outside the MTRRs: SMRR, and the KeyIDs of memory encryption. */
import { keyIdBits, MSR_SMRR_PHYSBASE, MSR_SMRR_PHYSMASK, MSR_TME_ACTIVATE, smramOf } from '../msr/index.ts';
import { addresses, counted } from '../words.ts';
import type { CheckContext } from './context.ts';
import { type Cause, type Finding, finding } from './finding.ts';

function causesOf(context: CheckContext, msrs: readonly number[]): readonly Cause[] {
  return msrs.flatMap((msr) => {
    const value = context.input.others?.get(msr);
    return value === undefined ? [] : [context.cause(msr, context.index, value)];
  });
}

/** SMRAM. */
export function* checkSmram(context: CheckContext): Generator<Finding> {
  const { others = new Map() } = context.input;
  const range = smramOf(others, context.registers.maxphyaddr);
  if (!range) return;
  yield finding(
    {
      rule: 'smram',
      severity: 'INFO',
      message: `SMRR keeps ${addresses(range)} for system management mode: outside that mode it is UC, whatever the MTRRs say`,
      remedy: 'nothing to do',
      causes: causesOf(context, [MSR_SMRR_PHYSBASE, MSR_SMRR_PHYSMASK]),
    },
    [range],
  );
}

/** KeyIDs. */
export function* checkKeyIds(context: CheckContext): Generator<Finding> {
  const { maxphyaddr } = context.registers;
  const bits = context.input.keyIdBits ?? keyIdBits(context.input.others?.get(MSR_TME_ACTIVATE) ?? 0n);
  if (bits === 0) return;
  yield finding({
    rule: 'key-ids',
    severity: 'INFO',
    message: `TME-MK takes the ${counted(bits, 'highest address bit')} for KeyIDs: masks that end at bit ${maxphyaddr - 1} are right where the CPU has ${maxphyaddr + bits} address bits`,
    remedy: 'nothing to do',
    causes: causesOf(context, [MSR_TME_ACTIVATE]),
  });
}
