export { COMMITS, type Commit, type CommitId } from './commits.ts';
export { type CustomPolicy, type KvmFlag, POLICY_FLAG_VALUES, policyFromFlags } from './custom.ts';
export { PEERS, type Peer, type PeerRules } from './peers.ts';
export {
  POLICY_NAMES,
  type Policy,
  type PolicyFlags,
  policy,
  QUIRKS,
  type Quirk,
  requireWant,
  wantsOf,
} from './policy.ts';
