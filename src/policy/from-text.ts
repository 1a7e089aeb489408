/** Policies in one word. */
import { policyFromFlags } from './custom.ts';
import { policy } from './named.ts';
import type { Policy } from './policy.ts';
import { policyName } from './spelling.ts';

/**
 * A policy as people write it in one word: a name, with what differs behind a `+`.
 *
 * @param text - `kvm-6.8` or `6.8`, `kvm-5.14+0a7b73559b39` (a backported commit), `kvm-6.8+levelCheck=none` (a flag)
 * @returns the policy, named as it was written
 * @throws as `policy` and {@link policyFromFlags} do
 * @example
 * policyFromText('6.6+362ff6dca541').zaps?.dmaZap; // 'all'
 */
export function policyFromText(text: string): Policy {
  const [first = '', ...changes] = text.split('+');
  const base = policyName(first);
  if (changes.length === 0) return policy(base);
  const flags = changes.filter((change) => change.includes('=')).map((change) => change.split('=', 2));
  const backports = changes.filter((change) => !change.includes('='));
  return policyFromFlags({
    base,
    name: [base, ...changes].join('+'),
    backports,
    flags: Object.fromEntries(flags),
  });
}
