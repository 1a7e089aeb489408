export { COMMITS, type Commit, type CommitId, commitBetween } from './commits.ts';
export { type CustomFlags, type CustomPolicy, policyFromFlags } from './custom.ts';
export {
  CUSTOM_FLAG_VALUES,
  type KvmFlag,
  type POLICY_FLAG_VALUES,
  type PolicyFlags,
  QUIRKS,
  type Quirk,
  VENDORS,
  type Vendor,
  type ZAP_FLAG_VALUES,
  type ZapFlags,
} from './flags.ts';
export { policyFromText } from './from-text.ts';
export { PEER_NAMES, POLICY_NAMES, policy } from './named.ts';
export type { PeerRules } from './peer-rules.ts';
export { PEERS, type Peer } from './peers.ts';
export { type Policy, type PolicyTraits, requireWant, wantsOf } from './policy.ts';
export { parseRelease, type Release, releaseAtLeast, releaseText } from './release.ts';
export { requirePolicy } from './require-policy.ts';
export { policyHint, policyName } from './spelling.ts';
export {
  defaultQuirksOn,
  requireVendor,
  requireWantOn,
  wantsOn,
} from './vendor.ts';
export { XEN_EPT_PEER } from './xen.ts';
