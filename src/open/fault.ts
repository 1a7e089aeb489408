/** Why a register write is refused, in words. The verdict is the engine's; this only names the likely rule. */
import { msrName } from '../config/msr-names.ts';
import type { WrmsrFault } from '../errors.ts';
import type { Policy } from '../policy/index.ts';
import type { Vcpu } from '../vm/index.ts';

const USUAL_RANGES = 8;
const MOST_RANGES = 40;
const VALID_TYPES = [0, 1, 4, 5, 6];
const VALID_PAT_TYPES = [...VALID_TYPES, 7];

function rangesOf(vcpu: Vcpu, policy: Policy): number {
  const { variableRanges } = policy.traits;
  if (variableRanges !== 'vcnt') return variableRanges;
  const cap = vcpu.msrs.findLast((write) => write.msr === 0xfe)?.value;
  return vcpu.vcnt ?? (cap === undefined ? USUAL_RANGES : Math.min(Number(cap & 0xffn), MOST_RANGES));
}

function reasonOf({ msr, value }: WrmsrFault, vcpu: Vcpu, policy: Policy): string {
  const beyond = value >> BigInt(vcpu.maxphyaddr) !== 0n;
  const type = Number(value & 0xffn);
  if (msr >= 0x200 && msr < 0x250) {
    const ranges = rangesOf(vcpu, policy);
    if ((msr - 0x200) >> 1 >= ranges) {
      if (policy.traits.variableRanges !== 'vcnt') return `a KVM guest has ${ranges} variable ranges`;
      const more = ranges < MOST_RANGES ? `; vcnt states up to ${MOST_RANGES}` : '';
      return `this vCPU has ${ranges} variable ranges${more}`;
    }
    if (beyond) return `bits from maxphyaddr, ${vcpu.maxphyaddr}, on are reserved`;
    if (msr % 2 === 0) {
      return VALID_TYPES.includes(type) ? 'bits 8-11 of a base are reserved' : `type ${type} is reserved`;
    }
    return 'bits 0-10 of a mask are reserved';
  }
  const bytes = Array.from({ length: 8 }, (_, k) => Number((value >> BigInt(8 * k)) & 0xffn));
  if (msr === 0x277)
    return `type ${bytes.find((byte) => !VALID_PAT_TYPES.includes(byte))} is reserved in the PAT`;
  if (msr === 0x2ff) {
    return VALID_TYPES.includes(type) ? 'only bits 0-7, 10 and 11 may be set' : `type ${type} is reserved`;
  }
  const wrong = bytes.find((byte) => !VALID_TYPES.includes(byte));
  if (!msrName(msr).startsWith('MSR ') && wrong !== undefined) return `type ${wrong} is reserved`;
  return 'no MSR that decides memory types';
}

/**
 * What to tell people of a fault.
 *
 * @param fault - the engine's verdict
 * @param vcpu - whose write it was
 * @param policy - under which it was refused
 */
export function faultReason(
  fault: WrmsrFault,
  vcpu: Vcpu,
  policy: Policy,
): { message: string; hint: string } {
  const number = `0x${fault.msr.toString(16)}`;
  const name = msrName(fault.msr).startsWith('MSR ') ? number : `${msrName(fault.msr)} (${number})`;
  return {
    message: `WRMSR ${name} <- 0x${fault.value.toString(16)} is refused with #GP under ${policy.name}`,
    hint: reasonOf(fault, vcpu, policy),
  };
}
