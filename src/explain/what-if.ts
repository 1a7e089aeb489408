/** What each single change does to the answer about a frame: each changed vCPU is evaluated. */
import { leafTypes, type View } from '../engine/index.ts';
import { EptsweepError, WrmsrFault } from '../errors.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import type { AnswerOf, Level, MtrrType, PatType } from '../types.ts';
import type { Vcpu } from '../vm/index.ts';
import { type Change, type Sibling, singleChanges } from './changes.ts';
import { spanAt } from './span-at.ts';

/** The answer about a frame. */
export interface FrameAnswer {
  /** EPT memory type, -1 where the MTRR type is undefined. */
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
  /** Level of the leaf, 0 where no slot maps the frame. */
  readonly level: Level;
  /** What an access through the asked PAT type gets. */
  readonly effective: MtrrType;
}

/** A part of the answer. */
export type AnswerPart = 'ept' | 'level' | 'effective';

/** A change that alters the answer. */
export interface ChangeEffect {
  readonly change: Change;
  /** Which parts differ. */
  readonly differs: readonly AnswerPart[];
  /** The answer after the change; undefined where the changed vCPU is impossible. */
  readonly answer: FrameAnswer | undefined;
  /** The register write that the changed CPU refuses: another kernel can have fewer variable ranges. */
  readonly fault?: WrmsrFault;
}

function leafTypeAt(view: View, gfn: number): AnswerOf<'ept'> {
  for (const span of leafTypes(view, { start: gfn, end: gfn + 1 })) return span;
  throw new EptsweepError('internal', `no leaf at gfn 0x${gfn.toString(16)}`);
}

/** Asks a view for its answer about a frame. */
export function answerAt(view: View, gfn: number, pat: PatType): FrameAnswer {
  const { type, ipat } = leafTypeAt(view, gfn);
  const { level } = spanAt(view, 'levels', gfn);
  return { type, ipat, level, effective: spanAt(view, 'effective', gfn, pat).type };
}

/** The parts in which two answers differ. */
export function differingParts(a: FrameAnswer, b: FrameAnswer): readonly AnswerPart[] {
  const parts: AnswerPart[] = [];
  if (a.type !== b.type || a.ipat !== b.ipat) parts.push('ept');
  if (a.level !== b.level) parts.push('level');
  if (a.effective !== b.effective) parts.push('effective');
  return parts;
}

function answerOf(
  view: View,
  vcpu: Vcpu,
  policy: Policy,
  gfn: number,
  pat: PatType,
): FrameAnswer | WrmsrFault {
  let changed: View;
  try {
    changed = view.sibling(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return error;
    throw error;
  }
  try {
    return answerAt(changed, gfn, pat);
  } finally {
    changed.dispose();
  }
}

/**
 * The single changes that alter the answer about a frame.
 *
 * @param answer - the answer without a change
 * @param pat - PAT type of the access that is looked at
 */
export function changesThatMatter(
  view: View,
  gfn: number,
  answer: FrameAnswer,
  pat: PatType,
  siblings: readonly Sibling[],
): readonly ChangeEffect[] {
  const effects: ChangeEffect[] = [];
  for (const { change, vcpu, policy } of singleChanges(view.vcpu, view.policy, gfn, siblings)) {
    const changed = answerOf(view, vcpu, policy, gfn, pat);
    if (changed instanceof WrmsrFault) {
      effects.push({ change, differs: ['ept', 'level', 'effective'], answer: undefined, fault: changed });
      continue;
    }
    const differs = differingParts(answer, changed);
    if (differs.length > 0) effects.push({ change, differs, answer: changed });
  }
  return effects;
}

/** A change of the guest's own registers that alters the type its kernel reads out of them. */
export interface GuestMtrrEffect {
  readonly change: Change;
  readonly type: MtrrType;
}

const OF_THE_GUEST: readonly Change['kind'][] = ['variable-range', 'register-bit', 'register-reset', 'vcpu'];

/** Opens a vCPU's registers as its own kernel reads them: by the manual. */
export function architecturalView(view: View, vcpu: Vcpu): View {
  const { variableRanges } = view.policy.traits;
  const own: Vcpu = { ...vcpu, vendor: 'intel' };
  const asSeen = variableRanges === 'vcnt' ? own : { ...own, vcnt: variableRanges };
  return view.sibling(asSeen, policyNamed('sdm'));
}

/** The type that a vCPU's own kernel reads; undefined where its registers are impossible. */
function guestMtrrType(view: View, vcpu: Vcpu, gfn: number): MtrrType | undefined {
  let opened: View;
  try {
    opened = architecturalView(view, vcpu);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
  try {
    return spanAt(opened, 'mtrr', gfn).type;
  } finally {
    opened.dispose();
  }
}

/**
 * The single changes that alter the architectural MTRR type of a frame, whatever becomes of its entry.
 *
 * @param type - the type without a change
 */
export function changesOfGuestMtrr(
  view: View,
  gfn: number,
  type: MtrrType,
  siblings: readonly Sibling[],
): readonly GuestMtrrEffect[] {
  const effects: GuestMtrrEffect[] = [];
  for (const { change, vcpu } of singleChanges(view.vcpu, view.policy, gfn, siblings)) {
    if (!OF_THE_GUEST.includes(change.kind)) continue;
    const after = guestMtrrType(view, vcpu, gfn);
    if (after !== undefined && after !== type) effects.push({ change, type: after });
  }
  return effects;
}
