/**
 * Whose CPUs the host has. KVM's rule for types is Intel's (`vmx_get_mt_mask`): on AMD it has nested page tables, whose
 * leaves say nothing of the guest's types (`svm_get_mt_mask`, which returned 0 and is gone from 6.0).
 */
import { InputRangeError } from '../errors.ts';
import type { Want } from '../types.ts';
import type { Quirk, Vendor } from './flags.ts';
import { type Policy, requireWant, wantsOf } from './policy.ts';

/** KVM lists ignore-guest-pat for Intel hosts only; on AMD hosts it has had cd-nw-cleared all along. */
const QUIRKS_ON_AMD: readonly Quirk[] = Object.freeze(['cd-nw-cleared'] as const);

/**
 * The quirks that a policy's kernel enables by default on a host.
 *
 * @param policy - any policy
 * @param vendor - of the host's CPUs
 * @returns quirks
 * @example
 * defaultQuirksOn(policy('kvm-6.16'), 'amd'); // ['cd-nw-cleared']
 */
export function defaultQuirksOn(policy: Policy, vendor: Vendor): readonly Quirk[] {
  return vendor === 'amd' ? QUIRKS_ON_AMD : policy.defaultQuirks;
}

/**
 * Refuses a policy on a host that it is not about: without a hypervisor of its own (`sdm`), or one of which only the
 * Intel side is known.
 *
 * @param policy - a policy
 * @param vendor - of the host's CPUs
 * @throws InputError with path `vendor`
 * @example
 * requireVendor(policy('kvm-6.8'), 'amd'); // undefined
 */
export function requireVendor(policy: Policy, vendor: Vendor): void {
  if (policy.traits.vendors.includes(vendor)) return;
  throw new InputRangeError(
    'vendor',
    `${policy.name} says nothing of an AMD host, only KVM's policies do: name one, such as kvm-6.8, or an Intel host`,
  );
}

/**
 * The wants that a policy can answer on a host.
 *
 * @param policy - any policy
 * @param vendor - of the host's CPUs
 * @returns wants in the order of `WANTS`; on AMD there is no EPT
 * @example
 * wantsOn(policy('kvm-6.11'), 'amd'); // ['effective', 'levels', 'leaf']
 */
export function wantsOn(policy: Policy, vendor: Vendor): readonly Want[] {
  const wants = wantsOf(policy);
  return vendor === 'amd' ? wants.filter((want) => want !== 'ept') : wants;
}

/**
 * Refuses a want that the policy has no answer for on a host.
 *
 * @param policy - a policy
 * @param vendor - of the host's CPUs
 * @param want - what is to be asked
 * @throws InputError with path `vendor` or `want`
 * @example
 * requireWantOn(policy('kvm-5.16'), 'amd', 'leaf'); // undefined
 */
export function requireWantOn(policy: Policy, vendor: Vendor, want: Want): void {
  requireVendor(policy, vendor);
  requireWant(policy, want);
  if (wantsOn(policy, vendor).includes(want)) return;
  throw new InputRangeError(
    'want',
    'an AMD host has nested page tables (NPT), no EPT, and their leaves carry no memory type of the guest: ' +
      'ask for "effective", "leaf" or "levels", or say vendor intel',
  );
}
