/** Policies by name. */
import { requireText } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { KVM_ROWS, kvmNamed } from './kvm.ts';
import { PEER_POLICIES, PEERS } from './peers.ts';
import type { Policy } from './policy.ts';
import { SDM } from './sdm.ts';
import { policyHint } from './spelling.ts';
import { XEN_EPT } from './xen.ts';

/** Names of other systems' policies: their lookups of MTRRs ({@link PEERS}), and the entries that Xen writes. */
export const PEER_NAMES: readonly string[] = [...PEERS.map(({ name }) => name), XEN_EPT.name];

/** Policies that were asked for by name, frozen as they are: a KVM's flags follow from all of its history. */
const asked = new Map<string, Policy>();
/** More names than releases that there are: somebody makes them up. */
const MOST_KEPT = 512;

function kept(policy: Policy): Policy {
  if (asked.size >= MOST_KEPT) asked.clear();
  asked.set(policy.name, policy);
  return policy;
}

function byName(name: string): Policy | undefined {
  if (name === SDM.name) return SDM;
  if (name === XEN_EPT.name) return XEN_EPT;
  return PEER_POLICIES.find((one) => one.name === name) ?? kvmNamed(name);
}

/** TDX and SNP are no rules of their own: KVM's release is, and the VM says of which kind it is. */
function ofConfidentialGuest(name: string): string | undefined {
  const [, kernel, kind] = /^(kvm-.+?)-(tdx|(?:sev-)?snp)$/.exec(name) ?? [];
  if (kernel === undefined || !kvmNamed(kernel)) return undefined;
  const config = kind === 'tdx' ? 'confidential: tdx' : 'confidential: snp and host: {vendor: amd}';
  return `such a guest is policy ${kernel} and a config that says ${config}`;
}

/**
 * The policy that a name stands for.
 *
 * @param name - `sdm`, `kvm-MAJOR.MINOR[.PATCH]` from 4.7 on, `kvm-6.11-rc` or `kvm-6.11-rc1`..`-rc7`, or one
 * of {@link PEER_NAMES}
 * @returns the frozen policy with its flags and the commits behind them
 * @throws {@link InputRangeError} with code `unknown-policy` for any other name, {@link InputTypeError} for what is no name
 * @example
 * policy('kvm-6.12.78').row; // 'kvm-6.16': a stable release with a backport
 */
export function policy(name: string): Policy {
  requireText('policy', name, 'the name of a policy');
  const known = asked.get(name);
  if (known) return known;
  const found = byName(name);
  if (found) return kept(found);
  throw new InputRangeError(
    'policy',
    `unknown policy "${name}": expected sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, kvm-6.11-rc1..rc7, or ${PEER_NAMES.join(', ')}`,
    ofConfidentialGuest(name) ?? policyHint(name, [SDM.name, ...PEER_NAMES]),
    'unknown-policy',
  );
}

/** Names that `policy` accepts for the rows of its table, the ones to list for people. */
export const POLICY_NAMES: readonly string[] = [SDM.name, ...KVM_ROWS];
