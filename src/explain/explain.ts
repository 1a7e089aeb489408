/** `explain`: why a frame gets its type, and what would change it. */
import { requireArray, requireFlag, requireKeys, requireObject, wrongKind } from '../arguments.ts';
import type { View } from '../engine/index.ts';
import { type MtrrType, type PatType, WB } from '../types.ts';
import { guestRegisters, requirePat, requireRange, type Vcpu } from '../vm/index.ts';
import { accessStory, type LinuxStory, linuxStory } from './access.ts';
import { requireAgreement } from './agreement.ts';
import { eptStory, requireExplainable, usesMtrr } from './branch.ts';
import type { Sibling } from './changes.ts';
import { entryStory } from './entry.ts';
import type { Explanation } from './explanation.ts';
import { forcedLinuxStory } from './forced-linux.ts';
import { kvmStory } from './kvm-fold.ts';
import { levelStory } from './level.ts';
import { hostLinuxStory } from './linux-host.ts';
import { manualStory } from './manual.ts';
import { answerAt, changesOfGuestMtrr, changesThatMatter } from './what-if.ts';

/** What {@link explain} can be told. */
export interface ExplainOptions {
  /** PAT type of the guest's page-table entry. Default WB. */
  readonly pat?: PatType;
  /** Whether to compute what would change the answer. Default true. */
  readonly changes?: boolean;
  /** The VM's vCPUs in other states: each is a change of its own. Default none. */
  readonly siblings?: readonly Sibling[];
  /** Whether the registers are a machine's own, whose Linux is to be told too. Default false. */
  readonly hostLinux?: boolean;
}

const OPTION_KEYS: readonly string[] = ['pat', 'changes', 'siblings', 'hostLinux'];

function requireArguments(view: View, gfn: number, options: ExplainOptions): void {
  requireObject('view', view, 'a view that an evaluator opened');
  if (typeof gfn !== 'number') throw wrongKind('gfn', 'a guest frame number', gfn);
  requireKeys('', options, OPTION_KEYS, 'options such as { pat }');
  requireFlag('changes', options.changes, true);
  requireFlag('hostLinux', options.hostLinux, false);
  requireArray('siblings', options.siblings ?? []);
}

function guestLinux(vcpu: Vcpu, gfn: number, mtrrType: MtrrType): LinuxStory | undefined {
  if (vcpu.confidential) return forcedLinuxStory(vcpu, gfn);
  return vcpu.guestHasMtrr ? linuxStory(gfn, mtrrType) : undefined;
}

/**
 * Every rule that fires for a frame, in order, and every single change that would alter the answer. The rules
 * are told apart from the engine, then held against its answer.
 *
 * @param view - a vCPU under a policy, opened by an evaluator
 * @param gfn - guest frame number
 * @param options - PAT type of the access, and whether to look for changes
 * @returns the explanation, as data
 * @throws InputError where the frame lies outside the guest's space, or of a peer's policy; EptsweepError `internal` where what is
 * told is not what the engine answers
 * @example
 * const guest = vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n } });
 * const view = createEvaluatorSync().view(guest, policy('sdm'));
 * explain(view, 0x100).manual.rule; // 'default'
 */
export function explain(view: View, gfn: number, options: ExplainOptions = {}): Explanation {
  requireArguments(view, gfn, options);
  const { vcpu, policy } = view;
  requireExplainable(policy);
  requireRange({ range: { start: gfn, end: gfn + 1 } }, vcpu);
  const pat = requirePat({ pat: options.pat ?? WB });
  const registers = guestRegisters(vcpu);
  const manual = manualStory(registers, gfn);
  const kvm = policy.flags.mtrr === 'kvm' ? kvmStory(registers, vcpu.guestHasMtrr, gfn) : undefined;
  const mtrrType = policy.flags.mtrr === 'none' ? undefined : (kvm ?? manual).type;
  const ept = eptStory(view, gfn, mtrrType);
  const level = levelStory(view, registers, gfn);
  const entry =
    level.slot && level.level !== 0
      ? entryStory(view, level.slot, gfn, level.level, ept.type, ept.ipat)
      : undefined;
  const answer = answerAt(view, gfn, pat);
  const explanation: Explanation = {
    gfn,
    vcpu,
    policy,
    registers,
    pat,
    answer,
    manual,
    kvm,
    usesMtrr: usesMtrr(ept),
    ept,
    level,
    entry,
    access: accessStory(view, gfn, registers.pat, ept),
    linux: guestLinux(vcpu, gfn, manual.type),
    hostLinux: options.hostLinux ? hostLinuxStory(vcpu, gfn) : undefined,
    changes: undefined,
    guestChanges: undefined,
  };
  requireAgreement(view, explanation);
  if (options.changes === false) return explanation;
  const siblings = options.siblings ?? [];
  return {
    ...explanation,
    changes: changesThatMatter(view, gfn, answer, pat, siblings),
    // A confidential guest's kernel goes by none of its registers.
    guestChanges: vcpu.confidential ? [] : changesOfGuestMtrr(view, gfn, manual.type, siblings),
  };
}
