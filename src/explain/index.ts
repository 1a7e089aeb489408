export type { Access, AccessStory, LinuxStory } from './access.ts';
export type { BranchStep, EptStory, PatReason, Question } from './branch.ts';
export type { Change, RegisterBit, Sibling } from './changes.ts';
export type { EntryField, EntryStory } from './entry.ts';
export { type ExplainOptions, explain } from './explain.ts';
export type { Explanation } from './explanation.ts';
export type { HostFacts } from './host-facts.ts';
export type { KnownRegisters } from './known.ts';
export type { FoldRule, FoldStep, KvmStory } from './kvm-fold.ts';
export type { LevelObstacle, LevelStory, LevelTry } from './level.ts';
export {
  type HostLinuxStory,
  type HostLinuxStretch,
  hostLinuxStory,
  hostLinuxStretches,
  type LinuxMapping,
  type LinuxReading,
  type LinuxRegion,
} from './linux-host.ts';
export { LINUX_LOOKUPS, type LinuxLookup, type RegionType } from './linux-lookup.ts';
export type { ManualStory, Precedence } from './manual.ts';
export type { RegisterMatch } from './matching.ts';
export { explainPeer, type HostLookup, type PeerStep, type PeerStory, type XenEntry } from './peer.ts';
export { type RegisterRange, registerRanges } from './register-ranges.ts';
export { explainedStretches } from './spans.ts';
export type { AnswerPart, ChangeEffect, FrameAnswer, GuestMtrrEffect } from './what-if.ts';
