/** What a KVM release would make of the layout if it were a guest's. */
import type { View } from '../engine/index.ts';
import { WrmsrFault } from '../errors.ts';
import { msrName } from '../msr/index.ts';
import { type Policy, wantsOf } from '../policy/index.ts';
import { type MtrrType, typeName, UNDEFINED, WB } from '../types.ts';
import type { Difference } from '../vm/index.ts';
import type { CheckContext } from './context.ts';
import { type Finding, finding, Gathering } from './finding.ts';

/** Differing stretches that are looked at. */
const MOST_SPANS = 1024;

function pairText({ registers }: CheckContext, policy: Policy, a: MtrrType, b: MtrrType) {
  const isTom2 = registers.forcedWb !== undefined && a === WB && b === registers.defaultType;
  return {
    rule: 'kvm-differs' as const,
    severity: 'INFO' as const,
    message: `as a guest's layout, with non-coherent DMA, ${policy.name} answers ${typeName(b)} where the manual says ${typeName(a)}`,
    remedy: isTom2
      ? 'a guest has no TOM2: its high RAM needs WB ranges, or a default of WB'
      : 'with a default of WB and UC ranges alone KVM answers as the manual does; eptsweep explain says why',
  };
}

function* differences(context: CheckContext, policy: Policy, guest: View): Generator<Finding> {
  const comparison = context.evaluator.compare(context.view, guest, 'mtrr');
  const wrong = comparison.matrix.filter(({ a, b }) => a.type !== UNDEFINED && a.type !== b.type);
  if (wrong.length === 0) return;
  const key = ({ a, b }: Pick<Difference, 'a' | 'b'>) => `${a.type} ${b.type}`;
  const gathered = new Map(
    wrong.map((cell) => [
      key(cell),
      { cell, gathering: new Gathering(pairText(context, policy, cell.a.type, cell.b.type)) },
    ]),
  );
  let left = MOST_SPANS;
  for (const span of comparison.spans()) {
    if (left === 0) break;
    left -= 1;
    gathered.get(key(span))?.gathering.add(span);
  }
  for (const { cell, gathering } of gathered.values()) {
    yield { ...gathering.finding(left === 0), pages: cell.pages };
  }
}

/**
 * Pages to which KVM would give another type than the manual.
 *
 * @param policy - of a KVM release; those from 6.11 on compute no types, which is said
 */
export function* checkKvm(context: CheckContext, policy: Policy): Generator<Finding> {
  if (!context.evaluator.canCompare || !policy.release) return;
  if (context.input.vm.host.vendor === 'amd') {
    yield finding({
      rule: 'kvm-differs',
      severity: 'INFO',
      message: `as a guest's layout it gives no page a type: ${policy.name} on an AMD host leaves types to the guest's PAT`,
      remedy: 'eptsweep map --policy shows what an access gets',
    });
    return;
  }
  if (!wantsOf(policy).includes('mtrr')) {
    yield finding({
      rule: 'kvm-differs',
      severity: 'INFO',
      message: `as a guest's layout it does not count: ${policy.name} does not look at a guest's MTRRs`,
      remedy: 'eptsweep map --policy shows what it writes instead',
    });
    return;
  }
  let guest: View;
  try {
    guest = context.evaluator.view(context.vcpu, policy);
  } catch (error) {
    if (!(error instanceof WrmsrFault)) throw error;
    yield finding({
      rule: 'kvm-differs',
      severity: 'INFO',
      message: `a guest of ${policy.name} cannot have this layout: ${msrName(error.msr)} is refused with #GP`,
      remedy: 'KVM gives guests 8 variable ranges: #0 to #7',
      causes: [context.cause(error.msr)],
    });
    return;
  }
  try {
    yield* differences(context, policy, guest);
  } finally {
    guest.dispose();
  }
}
