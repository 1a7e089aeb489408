/** Policies by name. */
import { EptsweepError } from '../errors.ts';
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
 * @throws {@link EptsweepError} with code `unknown-policy` for any other name
 * @example
 * policy('kvm-6.12.78').row; // 'kvm-6.16': a stable release with a backport
 */
export function policy(name: string): Policy {
  if (name === SDM.name) return SDM;
  const found = PEER_POLICIES.find((one) => one.name === name) ?? kvmNamed(name);
  if (found) return found;
  throw new EptsweepError(
    'unknown-policy',
    `unknown policy "${name}": expected sdm, kvm-MAJOR.MINOR[.PATCH] from kvm-4.7 on, kvm-6.11-rc1..rc7, or ${PEERS.map((one) => one.name).join(', ')}`,
    'policy',
  );
}

/** Names that `policy` accepts for the rows of its table, the ones to list for people. */
export const POLICY_NAMES: readonly string[] = [SDM.name, ...KVM_ROWS];
