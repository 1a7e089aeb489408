/** Who makes a page what it is, in words and registers: of the manual's stretches, and of entries that KVM writes. */

import type { CheckContext } from '../check/context.ts';
import type { Cause } from '../check/finding.ts';
import type { Stretch } from '../check/stretches.ts';
import type { View } from '../engine/index.ts';
import { eptStory } from '../explain/branch.ts';
import { kvmStory } from '../explain/kvm-fold.ts';
import { kvmInterval, matchesFrame, nextMatchEdge } from '../explain/matching.ts';
import { FIXED_END, FIXED_ENDS, MSR_DEF_TYPE, MSR_SYSCFG } from '../msr/index.ts';
import { type MtrrType, typeName, UNDEFINED } from '../types.ts';
import type { VariableRegister } from '../vm/index.ts';
import { listed } from '../words.ts';

/** Why, and by which registers. */
export interface Reason {
  readonly reason: string;
  readonly causes: readonly Cause[];
}

function pairsText(pairs: readonly Pick<VariableRegister, 'index' | 'type'>[]): string {
  const names = pairs.map(({ index, type }) => `#${index} ${typeName(type)}`);
  return `variable range${pairs.length === 1 ? '' : 's'} ${listed(names)}`;
}

/** The reason of one of the manual's stretches. */
export function stretchReason(stretch: Stretch, context: CheckContext): Reason {
  const { by, pairs, msr, type } = stretch;
  switch (by) {
    case 'off':
      return { reason: 'the MTRRs are off (E=0)', causes: [context.cause(MSR_DEF_TYPE)] };
    case 'default':
      return { reason: 'no register covers it: the default type', causes: [context.cause(MSR_DEF_TYPE)] };
    case 'tom2':
      return {
        reason: 'TOM2 makes it WB by default',
        causes: [context.cause(MSR_SYSCFG), context.cause(msr)],
      };
    case 'fixed':
      return { reason: context.cause(msr).register, causes: [context.cause(msr)] };
    case 'variable': {
      const causes = pairs.flatMap((pair) => context.pairCauses(pair));
      const open = type === UNDEFINED ? ': an overlap for which the manual has no answer' : '';
      return { reason: `${pairsText(pairs)}${open}`, causes };
    }
  }
}

function peerReason(context: CheckContext, gfn: number): Reason {
  const pairs = context.valid.filter((pair) => matchesFrame(pair, gfn));
  if (pairs.length === 0) {
    return { reason: 'no variable range covers it', causes: [context.cause(MSR_DEF_TYPE)] };
  }
  return { reason: pairsText(pairs), causes: pairs.flatMap((pair) => context.pairCauses(pair)) };
}

/** The reason of an entry that a policy other than the manual writes. */
export function entryReason(context: CheckContext, view: View, gfn: number, type: MtrrType): Reason {
  const { policy, vcpu } = view;
  if (policy.flags.ept !== 'kvm') return peerReason(context, gfn);
  const story = eptStory(view, gfn, type);
  const last = story.steps.at(-1)!.question;
  switch (last) {
    case 'host-mmio':
      return { reason: 'host MMIO', causes: [] };
    case 'no-noncoherent-dma':
      return { reason: 'no non-coherent DMA: the guest MTRRs are not looked at', causes: [] };
    case 'cr0-cd':
      return { reason: 'CR0.CD=1', causes: [] };
    case 'otherwise':
      return { reason: `${policy.name} does not look at the guest MTRRs`, causes: [] };
    default:
  }
  const { matches, rule, unseen } = kvmStory(context.registers, vcpu.guestHasMtrr, gfn);
  const causes = matches.flatMap(({ msrs }) => msrs.map((msr) => context.cause(msr)));
  if (rule === 'disabled') return { reason: 'the MTRRs are off (E=0)', causes };
  if (rule === 'fixed') return { reason: matches[0]!.name, causes };
  if (rule === 'default') return { reason: 'no register covers it: the default type', causes };
  const names = matches.map(({ index, type: one }) => `#${index} ${typeName(one)}`);
  const rest = unseen.length > 0 ? `, before it sees ${listed(unseen.map(({ index }) => `#${index}`))}` : '';
  return { reason: `KVM folds ${names.join(', then ')}${rest}`, causes };
}

/** The next frame above `gfn`, at most `end`, at which an entry may have another reason. */
export function nextReasonEdge(context: CheckContext, view: View, gfn: number, end: number): number {
  const { registers, valid } = context;
  const edges = view.vcpu.mmio.flatMap((range) => [range.start, range.end]);
  if (registers.isFixedEnabled && gfn < FIXED_END) edges.push(...FIXED_ENDS);
  for (const pair of valid) {
    if (view.policy.flags.mtrr === 'kvm') {
      const interval = kvmInterval(pair, registers);
      edges.push(interval.start, interval.end);
    } else edges.push(nextMatchEdge(pair, gfn, registers) ?? end);
  }
  return edges.reduce((next, edge) => (edge > gfn && edge < next ? edge : next), end);
}
