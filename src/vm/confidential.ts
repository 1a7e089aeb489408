/** Guests whose memory the host cannot read: what their hypervisor may not switch, and what is not told of them. */
import { requireWord } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import type { Quirk, Vendor } from '../policy/index.ts';

/** `tdx`: a trust domain of Intel TDX; `snp`: a guest of AMD SEV-SNP. */
export type Confidential = 'tdx' | 'snp';
/** All kinds. */
export const CONFIDENTIAL: readonly Confidential[] = ['tdx', 'snp'];

/** What a VM of the kind settles by itself. */
interface Settled {
  readonly vendor: Vendor;
  readonly selfSnoop: boolean;
  readonly quirks: readonly Quirk[] | undefined;
}

/**
 * The switches of a confidential VM. KVM keeps ignore-guest-pat off for a trust domain, whatever its VMM says
 * (90fe64a94d54); cd-nw-cleared does nothing on the Intel hosts of kernels that have TDX. An SNP guest is one of an AMD
 * host, with the switches that it says.
 *
 * @throws InputRangeError with path `vendor`, `quirks` or `selfSnoop` for what no such VM has
 */
export function settledSwitches(kind: Confidential | undefined, settled: Settled): Settled {
  const { vendor, selfSnoop, quirks } = settled;
  if (kind === undefined) return settled;
  if (kind === 'snp') {
    if (vendor === 'amd') return settled;
    throw new InputRangeError('vendor', 'expected amd: SNP is of AMD hosts, say host: {vendor: amd}');
  }
  if (vendor !== 'intel') {
    throw new InputRangeError('vendor', 'expected intel: TDX is of Intel hosts, leave confidential out');
  }
  if (quirks?.includes('ignore-guest-pat')) {
    throw new InputRangeError('quirks', 'expected no ignore-guest-pat: KVM keeps it off for TDX VMs');
  }
  if (!selfSnoop) {
    const why = 'KVM keeps ignore-guest-pat on without it, and off for TDX VMs';
    throw new InputRangeError('selfSnoop', `expected a host with self-snoop: ${why}`);
  }
  return { vendor, selfSnoop, quirks: quirks ?? Object.freeze([]) };
}

/**
 * Refuses what is no kind.
 *
 * @throws InputTypeError, InputRangeError with path `confidential`
 */
export function requireConfidential(value: unknown): Confidential | undefined {
  return value === undefined ? undefined : requireWord('confidential', value, CONFIDENTIAL);
}

const LINUX =
  "the guest's Linux is taken for 6.18, which reads no MTRRs: it counts all as WB but the PCI hole, from the end of low RAM to 4 GiB";

const ASSUMED: Readonly<Record<Confidential, readonly string[]>> = {
  tdx: [
    'a TDX VM is told as KVM maps its shared memory; private memory is mapped by the TDX module, always WB',
    LINUX,
  ],
  snp: [
    'an SNP VM is told as KVM maps any VM of an AMD host: what the RMP adds is not, and entries are shown without the C-bit',
    LINUX,
  ],
};

/** What is taken on trust about a VM of the kind, in a sentence each. */
export function confidentialAssumptions(kind: Confidential | undefined): readonly string[] {
  return kind === undefined ? [] : ASSUMED[kind];
}
