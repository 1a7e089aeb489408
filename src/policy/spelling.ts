/** Kernel releases as people write them, and what is said of a name that is none. */
import { didYouMean } from '../suggest.ts';
import { kvmNamed } from './kvm.ts';

/** `5.16`, `kvm5.16`, `v5.16`, `kvm-5.16`: the release behind what names the kernel. */
const RELEASE = /^(?:kvm|linux)?[-_ ]?v?(\d+\.\d+(?:\.\d+)?(?:-rc\d+)?)$/i;
/** `5.15.0-91-generic`, `kvm-5.14.0-70.el9`: a distribution's. */
const OF_DISTRIBUTION = /^(?:kvm|linux)?[-_ ]?v?\d+\.\d+[-.\w]*$/i;

/**
 * The name of a policy as `policy()` takes it.
 *
 * @param text - `5.16`, `kvm5.16` and `kvm-5.16` are one kernel
 * @returns `kvm-5.16`; anything else as it is
 * @example
 * policyName('5.16'); // 'kvm-5.16'
 */
export function policyName(text: string): string {
  const release = /^(?:kvm-?)?(\d+\.\d+(?:\.\d+)?(?:-rc\d+)?)$/.exec(text)?.[1];
  return release === undefined ? text : `kvm-${release}`;
}

/**
 * What may have been meant by a name that is no policy's. Never another kernel's rules: who asks for a release
 * that is not known is not helped by the answers of one that is near by its letters.
 *
 * @param name - as it was written
 * @param others - names that hold no release
 * @returns what to say behind the error, if anything
 * @example
 * policyHint('v6.8', ['sdm']); // 'did you mean "kvm-6.8"?'
 */
export function policyHint(name: string, others: readonly string[]): string | undefined {
  const release = RELEASE.exec(name)?.[1];
  if (release !== undefined) return kvmNamed(`kvm-${release}`) && `did you mean "kvm-${release}"?`;
  if (!/\d/.test(name)) return didYouMean(name, others);
  return OF_DISTRIBUTION.test(name)
    ? "of a distribution's kernel, name the release that it began with; backports stand behind it, as in kvm-5.14+0a7b73559b39"
    : undefined;
}
