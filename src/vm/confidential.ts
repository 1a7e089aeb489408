/** Guests whose memory the host cannot read: what their hypervisor may not switch, and what is not told of them. */
import { requireWord } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { type Policy, type Quirk, type Release, releaseAtLeast, type Vendor } from '../policy/index.ts';

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

/** The first release of mainline whose KVM runs VMs of the kind. */
const SINCE: Readonly<Record<Confidential, Release>> = {
  tdx: { major: 6, minor: 16, patch: 0 },
  snp: { major: 6, minor: 11, patch: 0 },
};
const TITLES: Readonly<Record<Confidential, string>> = { tdx: 'TDX', snp: 'SNP' };

/** Vendors' kernels ran such VMs before mainline did: an older release is one that has the kind backported. */
function* assumedOfRelease(kind: Confidential, { name, release }: Policy): Generator<string> {
  const since = SINCE[kind];
  if (!release || releaseAtLeast(release, since)) return;
  const title = TITLES[kind];
  yield `mainline KVM runs ${title} VMs from ${since.major}.${since.minor} on: ${name} is taken for a kernel with ${title} backported and its own rules for types`;
}

/**
 * What is taken on trust about a VM of the kind.
 *
 * @param kind - undefined for a VM that is none
 * @param policy - whose answers they are
 * @returns a sentence each
 */
export function confidentialAssumptions(kind: Confidential | undefined, policy: Policy): readonly string[] {
  return kind === undefined ? [] : [...ASSUMED[kind], ...assumedOfRelease(kind, policy)];
}
