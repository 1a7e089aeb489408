/** Random VMs in pairs that have something in common, and what their pages answer one by one. */

import type { Evaluator, View } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { type FuzzCase, generateCase } from '../../src/fuzz/index.ts';
import type { Answer, PatType, Want } from '../../src/types.ts';

/** A view, or undefined where a write is refused. */
export function opened(
  engine: Evaluator,
  { vcpu, policy }: Pick<FuzzCase, 'vcpu' | 'policy'>,
): View | undefined {
  try {
    return engine.view(vcpu, policy);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

/** The case of a seed with the policy and switches of another. */
export function neighbour(one: FuzzCase, seed: number, index: number): FuzzCase {
  const { vcpu, policy } = generateCase(seed, index);
  const { cr0cd, noncoherentDma, quirks, vendor, hostMsrs, slots, mmio } = vcpu;
  const fits = vcpu.maxphyaddr === one.vcpu.maxphyaddr;
  const memory = fits ? { slots, mmio } : {};
  return {
    ...one,
    policy,
    vcpu: { ...one.vcpu, cr0cd, noncoherentDma, quirks, vendor, hostMsrs, ...memory },
  };
}

/** What one page answers. */
export function answerOf(view: View, want: Want, gfn: number, pat: PatType): Answer {
  const [span] = view.spansOf(want, { range: { start: gfn, end: gfn + 1 }, pat });
  const { start, end, ...answer } = span!;
  return answer;
}
