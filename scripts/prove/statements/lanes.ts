/** The SIMD lookup of `direct`: each of its lanes answers as the rule of one page does. */
import {
  LANE_SIZE,
  RULE_END,
  RULE_MASK,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_LANES,
} from '../../../assembly/direct/state-layout.ts';
import { add, band, concat, equal, ite, ule, ult, zeroExtend } from '../bitvectors.ts';
import { OUT, STATE, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and } from '../conditions.ts';
import { type Match, RULES, type Rules } from '../rules.ts';
import { bits, variable } from '../term.ts';
import { areTypes, fallback, stateBlock, types } from './folds.ts';

/** Frames of one step of the loop. */
const FRAMES = 32;
/** Frame number without the 16 bits that lanes compare one by one. */
const block = variable('block', 24);

/**
 * @param low - the lower 16 bits of the first frame, so that lanes start at any place
 */
function simdClaim({ executor }: Subject, isKvm: boolean, low: number, count: number, rules: Rules): Claim {
  const first = concat(bits(0, 24), concat(block, bits(low, 16)));
  const ofRules = types(count);
  const fields = ofRules.map((_, index) => [variable(`a${index}`, 64), variable(`b${index}`, 64)] as const);
  const [atA, atB] = isKvm ? [RULE_START, RULE_END] : [RULE_MASK, RULE_VALUE];
  const memory = stateBlock(isKvm, count, (to, at, index) => {
    to.store(at + atA, fields[index]![0]);
    to.store(at + atB, fields[index]![1]);
    to.store(at + RULE_TYPE, zeroExtend(ofRules[index]!, 32));
  });
  memory.fill(STATE + STATE_LANES, bits(0, 8), count * LANE_SIZE);
  const args = [word(STATE), first, word(FRAMES), word(OUT)];
  const run = executor().run('direct/lookup-simd/writeMtrrTypesSimd', args, memory);
  const pairs = Array.from({ length: FRAMES }, (_, lane) => {
    const gfn = add(first, bits(lane, 64));
    const matches = fields.map(
      ([a, b], index): Match => ({
        holds: isKvm ? and(ule(a, gfn), ult(gfn, b)) : equal(band(gfn, a), b),
        type: ofRules[index]!,
      }),
    );
    const want = isKvm ? rules.kvmFold(matches, fallback) : rules.overlap(matches, fallback);
    return { got: run.memory.load(OUT + lane, 1), want };
  });
  return {
    about: `writeMtrrTypesSimd: ${FRAMES} frames from ...${low.toString(16).padStart(4, '0')}, ${count} ${isKvm ? 'intervals' : 'masks'}`,
    assumed: [
      ...areTypes(ofRules, rules),
      ...fields.map(([a, b]) => (isKvm ? ult(a, b) : equal(band(a, b), b))),
    ],
    pairs,
    obligations: run.obligations,
  };
}

/** Lanes against the rule of a page. */
export const simdLanes: Statement = {
  id: 'simd',
  title: 'Each lane of the SIMD lookup gives what the rule of its page gives.',
  source: 'the statements `overlaps` and `kvm-fold`',
  *claims(subject, rules) {
    for (const isKvm of [false, true]) {
      for (const low of [0, 0x1235]) yield simdClaim(subject, isKvm, low, isKvm ? 1 : 2, rules);
    }
  },
  planted: {
    what: 'a lane says WB where ranges of WC and WT overlap',
    rules: {
      overlap: (matches, byDefault) => {
        const right = RULES.overlap(matches, byDefault);
        return ite(equal(right, bits(0xff, 8)), bits(6, 8), right);
      },
    },
  },
};
