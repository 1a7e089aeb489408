/** Policies by name. */
import { requireText } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { KVM_ROWS, kvmNamed } from './kvm.ts';
import { PEER_POLICIES, PEERS } from './peers.ts';
import type { Policy } from './policy.ts';
import { SDM } from './sdm.ts';

/**
 * The policy that a name stands for.
 *
 * @param name - `sdm`, `kvm-MAJOR.MINOR[.PATCH]` from 4.7 on, `kvm-6.11-rc` or `kvm-6.11-rc1`..`-rc7`, or a
 * name of {@link PEERS}
 * @returns the frozen policy with its flags and the commits behind them
 * @throws {@link InputRangeError} with code `unknown-policy` for any other name, {@link InputTypeError} for what is no name
 * @example
 * policy('kvm-6.12.78').row; // 'kvm-6.16': a stable release with a backport
 */
export function policy(name: string): Policy {
  requireText('policy', name, 'the name of a policy');
  if (name === SDM.name) return SDM;
  const found = PEER_POLICIES.find((one) => one.name === name) ?? kvmNamed(name);
  if (found) return found;
  const peers = PEERS.map((one) => one.name);
  throw new InputRangeError(
    'policy',
    `unknown policy "${name}": expected sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, kvm-6.11-rc1..rc7, or ${peers.join(', ')}`,
    didYouMean(name, [...POLICY_NAMES, ...peers]),
    'unknown-policy',
  );
}

/** Names that `policy` accepts for the rows of its table, the ones to list for people. */
export const POLICY_NAMES: readonly string[] = [SDM.name, ...KVM_ROWS];
