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

/** Numbers that may be a release which ends with a zero: 4.20, 5.10 and 6.10. */
const CUT_SHORT = /^(?:4\.2|\d+\.1)$/;

/** What may have been meant by a release without quotes: YAML reads 5.10 as the number 5.1. */
function numberHint(number: number): string {
  const text = Number.isInteger(number) ? `${number}.0` : String(number);
  const spellings = CUT_SHORT.test(text) ? [text, `${text}0`] : [text];
  const [first, second] = spellings.filter((one) => kvmNamed(`kvm-${one}`));
  if (first === undefined) return 'as text: "5.10" in quotes, or kvm-5.10';
  if (second === undefined) return `"${first}" in quotes, or kvm-${first}`;
  return `"${first}" or "${second}" in quotes: without them both are the number ${text}`;
}

/**
 * What may have been meant by a name that is no policy's. Never another kernel's rules: who asks for a release
 * that is not known is not helped by the answers of one that is near by its letters.
 *
 * @param name - as it was written; a number where quotes were forgotten
 * @param others - names that hold no release
 * @returns what to say behind the error, if anything
 * @example
 * policyHint('v6.8', ['sdm']); // 'did you mean "kvm-6.8"?'
 */
export function policyHint(name: string | number, others: readonly string[]): string | undefined {
  if (typeof name === 'number') return numberHint(name);
  const release = RELEASE.exec(name)?.[1];
  if (release !== undefined) return kvmNamed(`kvm-${release}`) && `did you mean "kvm-${release}"?`;
  if (!/\d/.test(name)) return didYouMean(name, others);
  return OF_DISTRIBUTION.test(name)
    ? "of a distribution's kernel, name the release that it began with; backports stand behind it, as in kvm-5.14+0a7b73559b39"
    : undefined;
}
