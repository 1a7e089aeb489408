/** What of the host an answer hangs on: whose CPUs it has, and its own MTRRs and PAT. */
import { InputRangeError } from '../errors.ts';
import { MSR_PAT, PAT_RESET } from '../msr/index.ts';
import { defaultQuirksOn, type Policy, type Quirk, requireVendor } from '../policy/index.ts';
import { typeName, type Want, WB } from '../types.ts';
import type { Vcpu } from './vcpu.ts';

/** In place of a vCPU's position: the host, where one says whose register write it was. */
export const HOST = -1;

/** Address bits of a host, which nobody states: registers of a narrower one mean the same among the most. */
const HOST_ADDRESS_BITS = 52;

/** The quirks that are on: as the VM says, else as the policy's kernel has them on this host. */
export function quirksOf({ quirks, vendor }: Vcpu, policy: Policy): readonly Quirk[] {
  return quirks ?? defaultQuirksOn(policy, vendor);
}

/**
 * Refuses a host that the policy says nothing of, and one of which nobody knows what its PAT makes of the guest's.
 *
 * @throws InputError with path `vendor` or `hostMsrs.0x277`
 */
export function requireHost({ vendor, hostMsrs }: Vcpu, policy: Policy): void {
  requireVendor(policy, vendor);
  if (vendor !== 'amd') return;
  const pat = hostMsrs?.findLast(({ msr }) => msr === MSR_PAT)?.value ?? PAT_RESET;
  const entry = Number(pat & 0xffn);
  if (entry === WB) return;
  throw new InputRangeError(
    `hostMsrs.0x${MSR_PAT.toString(16)}`,
    `nested page tables go through the host's PAT entry 0, which is ${typeName(entry)} here: ` +
      'only WB, which Linux has there, is known',
  );
}

/** The vCPU as if nothing were known of its host: its registers mean the same on any. */
export function withoutHost(vcpu: Vcpu): Vcpu {
  if (vcpu.vendor === 'intel' && !vcpu.hostMsrs) return vcpu;
  return Object.freeze({ ...vcpu, vendor: 'intel', hostMsrs: undefined });
}

/** The host as a CPU of its own, whose registers are read as any other's; undefined where they are not stated. */
export function hostCpu({ hostMsrs }: Vcpu): Vcpu | undefined {
  if (!hostMsrs) return undefined;
  return Object.freeze({
    maxphyaddr: HOST_ADDRESS_BITS,
    msrs: hostMsrs,
    vcnt: undefined,
    cr0cd: false,
    guestHasMtrr: true,
    noncoherentDma: false,
    selfSnoop: true,
    vendor: 'intel',
    hostMsrs: undefined,
    quirks: undefined,
    mmio: Object.freeze([]),
    slots: Object.freeze([]),
  });
}

/** Stretches of one host type behind a guest's slots, slot by slot: only masks with holes make more. */
export const MOST_HOST_STRETCHES = 65536;

/** What an engine throws that found more of them in the memory behind a guest whose answers they decide. */
export function tooManyHostStretches(): InputRangeError {
  return new InputRangeError(
    'hostMsrs',
    `cut the guest's memory into more than ${MOST_HOST_STRETCHES} stretches: masks with holes, or narrower than its slots`,
  );
}

const UNSEEN_CELLS =
  "the guest's PAT type counts as it is, UC- as UC unless the host's MTRR is WC: " +
  'tables 15-19 and 15-20 of APM vol. 2 were not seen';
const UNSTATED_MTRRS = "the host's MTRRs are not stated (hostMsrs) and taken to be WB everywhere";
const UNSTATED_UNDER_XEN =
  "the host's MTRRs, which Xen merges with the guest's where a device is passed through, are not stated (hostMsrs) " +
  "and taken to be the guest's";
const UNSEEN_BITS =
  "NPT leaves are written with the architecture's bits alone: those that KVM keeps for itself were not seen";

/** Xen merges the host's types into entries, and only where a device is passed through. */
function assumedUnderXen(
  { hostMsrs, noncoherentDma }: Pick<Vcpu, 'hostMsrs' | 'noncoherentDma'>,
  wants: readonly Want[],
): readonly string[] {
  const asksForEntries = wants.length === 0 || wants.some((want) => want !== 'mtrr');
  return noncoherentDma && !hostMsrs && asksForEntries ? [UNSTATED_UNDER_XEN] : [];
}

/**
 * What an answer takes on trust for its host, beside what its policy does (`Policy.assumptions`).
 *
 * @param host - whose CPUs it has, whether its MTRRs are stated, and whether a device of it is passed through
 * @param policy - under which it is asked
 * @param wants - what is asked; none where that is not known
 * @returns a sentence each; none where the policy reads nothing of the host
 * @example
 * hostAssumptions(vcpu({ maxphyaddr: 46, vendor: 'amd' }), policy('kvm-6.8'), ['levels']); // []
 */
export function hostAssumptions(
  host: Pick<Vcpu, 'vendor' | 'hostMsrs' | 'noncoherentDma'>,
  policy: Policy,
  wants: readonly Want[],
): readonly string[] {
  const { vendor, hostMsrs } = host;
  if (policy.flags.ept === 'xen') return assumedUnderXen(host, wants);
  if (vendor !== 'amd') return [];
  const sentences: string[] = [];
  if (wants.includes('leaf')) sentences.push(UNSEEN_BITS);
  if (wants.includes('effective')) {
    sentences.push(UNSEEN_CELLS);
    if (!hostMsrs) sentences.push(UNSTATED_MTRRS);
  }
  return sentences;
}
