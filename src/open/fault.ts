/** Why a register write is refused, in words. The verdict is the engine's; this only names the likely rule. */
import type { WrmsrFault } from '../errors.ts';
import {
  byteOf,
  bytesOf,
  isFixedMsr,
  isMaskMsr,
  isMemoryTypeMsr,
  MOST_VARIABLE_RANGES,
  MSR_DEF_TYPE,
  MSR_PAT,
  msrName,
  variableIndex,
} from '../msr/index.ts';
import type { Policy } from '../policy/index.ts';
import { MEMORY_TYPES, PAT_TYPES } from '../types.ts';
import { rangeCount, type Vcpu } from '../vm/index.ts';
import { FACT_MSRS } from './host-facts.ts';

/** How many variable ranges a vCPU has under a policy: a KVM guest has a fixed number, whatever it states. */
function rangesOf(vcpu: Vcpu, policy: Policy): number {
  const { variableRanges } = policy.traits;
  return variableRanges === 'vcnt' ? rangeCount(vcpu) : variableRanges;
}

function isReserved(type: number): boolean {
  return !MEMORY_TYPES.some((one) => one === type);
}

function rangeReason({ msr, value }: WrmsrFault, index: number, vcpu: Vcpu, policy: Policy): string {
  const ranges = rangesOf(vcpu, policy);
  if (index >= ranges) {
    if (policy.traits.variableRanges !== 'vcnt') return `a KVM guest has ${ranges} variable ranges`;
    const more = ranges < MOST_VARIABLE_RANGES ? `; vcnt states up to ${MOST_VARIABLE_RANGES}` : '';
    return `this vCPU has ${ranges} variable ranges${more}`;
  }
  if (value >> BigInt(vcpu.maxphyaddr) !== 0n) {
    return `bits from maxphyaddr, ${vcpu.maxphyaddr}, on are reserved`;
  }
  if (isMaskMsr(msr)) return 'bits 0-10 of a mask are reserved';
  const type = byteOf(value, 0);
  return isReserved(type) ? `type ${type} is reserved` : 'bits 8-11 of a base are reserved';
}

function reasonOf(fault: WrmsrFault, vcpu: Vcpu, policy: Policy): string {
  const { msr, value } = fault;
  const index = variableIndex(msr);
  if (index !== undefined) return rangeReason(fault, index, vcpu, policy);
  const bytes = bytesOf(value);
  if (msr === MSR_PAT) {
    const wrong = bytes.find((byte) => !PAT_TYPES.some((one) => one === byte));
    return `type ${wrong} is reserved in the PAT`;
  }
  if (msr === MSR_DEF_TYPE) {
    const type = byteOf(value, 0);
    return isReserved(type) ? `type ${type} is reserved` : 'only bits 0-7, 10 and 11 may be set';
  }
  const wrong = bytes.find(isReserved);
  if (isFixedMsr(msr) && wrong !== undefined) return `type ${wrong} is reserved`;
  if (FACT_MSRS.includes(msr)) return 'a fact of a machine, read from its dumps: no guest can write it';
  return 'no MSR that decides memory types';
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
