/** The random vCPUs of the suites as properties of the reference take them: with a policy, a want, a range. */
import fc from 'fast-check';
import { type Policy, wantsOf } from '../../src/policy/index.ts';
import { PAT_TYPES, type PatType, WANTS, type Want } from '../../src/types.ts';
import { frameCount, type VcpuInit } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';

/** A vCPU whose writes are accepted, and what is asked of it. */
export interface Question {
  readonly init: VcpuInit;
  readonly policy: Policy;
  readonly want: Want;
  readonly pat: PatType;
  /** A frame near which answers can change, with room for the longest range behind it. */
  readonly start: number;
}

const ACCEPTED_KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused');
const [SDM, ...KVM] = POLICIES;

/**
 * Any question; policy `sdm` is as likely as all of KVM's together.
 *
 * @param room - frames that must follow `start`
 */
export function question(room: number): fc.Arbitrary<Question> {
  return fc
    .record({
      seed: fc.integer({ min: 0, max: 0xffffffff }),
      kind: fc.constantFrom(...ACCEPTED_KINDS),
      policy: fc.oneof(fc.constant(SDM!), fc.constantFrom(...KVM)),
      want: fc.constantFrom(...WANTS),
      pat: fc.constantFrom(...PAT_TYPES),
      mark: fc.nat(1000),
      before: fc.integer({ min: 0, max: 40 }),
    })
    .map(({ seed, kind, policy, want, pat, mark, before }) => {
      const has40Ranges = kind === 'many-ranges';
      const init = randomVcpu(new Rng(seed), has40Ranges && policy.release !== undefined ? 'holes' : kind);
      const marks = interestingFrames(init);
      const start = marks[mark % marks.length]! - before;
      return {
        init,
        policy,
        want: wantsOf(policy).includes(want) ? want : ('ept' as const),
        pat,
        start: Math.max(0, Math.min(start, frameCount(init.maxphyaddr) - room)),
      };
    });
}
