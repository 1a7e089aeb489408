/** What is handed in as a policy, if it is one. */
import { requireObject, wrongKind } from '../arguments.ts';
import type { Policy } from './policy.ts';

const WHAT = 'a policy that policy() or policyFromFlags() made';

/**
 * Refuses what is no policy. Its flags are not judged: whoever changes some by hand has made a policy too.
 *
 * @param path - where it is
 * @returns the policy
 * @throws {@link InputTypeError}
 *
 * @internal
 */
export function requirePolicy(path: string, value: Policy): Policy {
  const given: unknown = value;
  requireObject(
    path,
    given,
    WHAT,
    typeof given === 'string' ? `did you mean policy("${given}")?` : undefined,
  );
  const { name, flags, defaultQuirks } = value;
  const isPolicy =
    typeof name === 'string' && typeof flags?.mtrr === 'string' && Array.isArray(defaultQuirks);
  if (isPolicy) return value;
  throw wrongKind(path, WHAT, value);
}
