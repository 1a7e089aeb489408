/** Why a register write is refused, in words. The verdict is the engine's; this only names the likely rule. */
import type { WrmsrFault } from '../errors.ts';
import { isMemoryTypeMsr, MOST_VARIABLE_RANGES, msrName } from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import { PAT_TYPES } from '../types.ts';
import { reservedType, type Vcpu, variableRangesOf, writeRule } from '../vm/index.ts';
import { FACT_MSRS } from './host-facts.ts';

function rangesText(ranges: number, { traits }: Policy): string {
  if (traits.variableRanges !== 'vcnt') return `a KVM guest has ${ranges} variable ranges`;
  const more = ranges < MOST_VARIABLE_RANGES ? `; vcnt states up to ${MOST_VARIABLE_RANGES}` : '';
  return `this vCPU has ${ranges} variable ranges${more}`;
}

function reasonOf({ msr, value }: WrmsrFault, vcpu: Vcpu, policy: Policy): string {
  const ranges = variableRangesOf(vcpu, policy);
  switch (writeRule({ msr, value }, vcpu.maxphyaddr, ranges)) {
    case 'no-such-range':
      return rangesText(ranges, policy);
    case 'width':
      return `bits from maxphyaddr, ${vcpu.maxphyaddr}, on are reserved`;
    case 'mask-reserved':
      return 'bits 0-10 of a mask are reserved';
    case 'base-reserved':
      return 'bits 8-11 of a base are reserved';
    case 'type':
      return `type ${reservedType(value)} is reserved`;
    case 'pat-type':
      return `type ${reservedType(value, PAT_TYPES)} is reserved in the PAT`;
    case 'def-type-reserved':
      return 'only bits 0-7, 10 and 11 may be set';
    default:
      return FACT_MSRS.includes(msr)
        ? 'a fact of a machine, read from its dumps: no guest can write it'
        : 'no MSR that decides memory types';
  }
}

/**
 * What to tell people of a fault.
 *
 * @param fault - the engine's verdict
 * @param vcpu - whose write it was
 * @param policy - under which it was refused
 *
 * @internal
 */
export function faultReason(
  fault: WrmsrFault,
  vcpu: Vcpu,
  policy: Policy,
): { message: string; hint: string } {
  const number = `0x${fault.msr.toString(16)}`;
  const name = isMemoryTypeMsr(fault.msr) ? `${msrName(fault.msr)} (${number})` : number;
  return {
    message: `WRMSR ${name} <- 0x${fault.value.toString(16)} is refused with #GP under ${policy.name}`,
    hint: reasonOf(fault, vcpu, policy),
  };
}
