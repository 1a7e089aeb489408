/** What `explain` tells about a frame. All of it is data; text is made in write/. */
import type { Policy } from '../policy/index.ts';
import type { PatType } from '../types.ts';
import type { GuestRegisters, Vcpu } from '../vm/index.ts';
import type { AccessStory, LinuxStory } from './access.ts';
import type { EptStory } from './branch.ts';
import type { EntryStory } from './entry.ts';
import type { KvmStory } from './kvm-fold.ts';
import type { LevelStory } from './level.ts';
import type { HostLinuxStory } from './linux-host.ts';
import type { ManualStory } from './manual.ts';
import type { ChangeEffect, FrameAnswer, GuestMtrrEffect } from './what-if.ts';

/** Every rule that fired for a frame, in order, and what would change the outcome. */
export interface Explanation {
  /** Guest frame number. */
  readonly gfn: number;
  readonly vcpu: Vcpu;
  readonly policy: Policy;
  readonly registers: GuestRegisters;
  /** PAT type of the access that `answer.effective` and the changes speak of. */
  readonly pat: PatType;
  /** The answer, as the engine gives it. */
  readonly answer: FrameAnswer;
  /** The architecture's MTRR lookup: told under every policy. */
  readonly manual: ManualStory;
  /** KVM's own lookup, of policies that have one (4.7..6.10). */
  readonly kvm: KvmStory | undefined;
  /** Whether the MTRR type became the entry's. */
  readonly usesMtrr: boolean;
  /** The policy's branches. */
  readonly ept: EptStory;
  readonly level: LevelStory;
  /** The leaf; undefined where no slot maps the frame. */
  readonly entry: EntryStory | undefined;
  readonly access: AccessStory;
  /** What Linux in the guest makes of a WB request; undefined where the guest has no MTRRs. */
  readonly linux: LinuxStory | undefined;
  /** What Linux on the machine makes of the frame; undefined where it was not asked for. */
  readonly hostLinux: HostLinuxStory | undefined;
  /** Single changes that alter the answer; undefined where they were not asked for. */
  readonly changes: readonly ChangeEffect[] | undefined;
  /** Single changes that alter `manual.type`, what the guest's own kernel goes by; undefined as `changes`. */
  readonly guestChanges: readonly GuestMtrrEffect[] | undefined;
}
