/**
 * The SIMD lookup of `direct`: each of its lanes answers as the rule of one page does. In two parts, so that the solver
 * is asked of arithmetic for one range at a time: a lane compares as the range does, whatever the frame; and what a lane
 * makes of its comparisons is the rule's fold of them, whatever they say.
 */
import {
  LANE_FIRST,
  LANE_SECOND,
  LANE_SIZE,
  LANE_THIRD,
  RULE_END,
  RULE_MASK,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_LANES,
} from '../../../assembly/direct/state-layout.ts';
import { band, equal, fromBool, ite, sub, ule, ult, zeroExtend } from '../bitvectors.ts';
import { OUT, STATE, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, not } from '../conditions.ts';
import type { Outcome } from '../execute.ts';
import { folded, type Match, RULES, type Rules } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import { areTypes, atom, fallback, stateBlock, types } from './fold-blocks.ts';
import { intervalsOfAll, masksOfAll } from './lane-inductions.ts';
import { frameOf } from './lane-kinds.ts';

/** Frames of one step of the loop. */
const FRAMES = 32;

interface Lanes {
  readonly about: string;
  readonly run: Outcome;
  readonly ofRules: readonly Term[];
  readonly assumed: readonly Term[];
  /** Whether a range holds a frame, by the rule and as the lanes say it. */
  readonly holds: (index: number, low: Term) => Term;
  readonly reaches: (index: number) => Term;
  readonly compares: (index: number, low: Term) => Term;
}

/**
 * @param low - the lower 16 bits of the first frame, so that lanes start at any place
 */
function lanesOf({ executor }: Subject, isKvm: boolean, low: number, count: number): Lanes {
  const ofRules = types(count);
  const fields = ofRules.map((_, index) => [variable(`a${index}`, 64), variable(`b${index}`, 64)] as const);
  const [atA, atB] = isKvm ? [RULE_START, RULE_END] : [RULE_MASK, RULE_VALUE];
  const memory = stateBlock(isKvm, count, (to, at, index) => {
    to.store(at + atA, fields[index]![0]);
    to.store(at + atB, fields[index]![1]);
    to.store(at + RULE_TYPE, zeroExtend(ofRules[index]!, 32));
  });
  memory.fill(STATE + STATE_LANES, bits(0, 8), count * LANE_SIZE);
  const args = [word(STATE), frameOf(bits(low, 16)), word(FRAMES), word(OUT)];
  const run = executor().run('direct/lookup-simd/writeMtrrTypesSimd', args, memory);
  const field = (index: number, offset: number, count: number): Term =>
    run.memory.load(STATE + STATE_LANES + index * LANE_SIZE + offset, count);
  /** What a choice between a range that the block has and one that it has not is made by. */
  const choice = (index: number): Term => {
    const chosen = field(index, isKvm ? LANE_FIRST : LANE_THIRD, 1);
    if (chosen.op !== 'ite') throw new Error('lanes hold no range that depends on the block');
    return chosen.args[0]!;
  };
  return {
    about: `writeMtrrTypesSimd: ${FRAMES} frames from ...${low.toString(16).padStart(4, '0')}, ${count} ${isKvm ? 'intervals' : 'masks'}`,
    run,
    ofRules,
    assumed: fields.map(([a, b]) => (isKvm ? ult(a, b) : equal(band(a, b), b))),
    holds: (index, at) => {
      const [a, b] = fields[index]!;
      return isKvm ? and(ule(a, frameOf(at)), ult(frameOf(at), b)) : equal(band(frameOf(at), a), b);
    },
    reaches: (index) => (isKvm ? not(choice(index)) : choice(index)),
    compares: (index, at) => {
      const [first, second] = [field(index, LANE_FIRST, 2), field(index, LANE_SECOND, 2)];
      return isKvm ? ule(sub(at, first), second) : equal(band(at, first), second);
    },
  };
}

/** A lane's comparison with a range is the range's with the frame. */
function comparisons(subject: Subject, isKvm: boolean, count: number): Claim {
  const { assumed, ofRules, holds, reaches, compares } = lanesOf(subject, isKvm, 0, count);
  const low = variable('low', 16);
  return {
    about: `writeMtrrTypesSimd: a lane of any block and frame, each of ${count} ${isKvm ? 'intervals' : 'masks'}`,
    assumed,
    pairs: ofRules.map((_, index) => ({
      got: fromBool(and(reaches(index), compares(index, low)), 1),
      want: fromBool(holds(index, low), 1),
    })),
    obligations: [],
  };
}

/** A lane's type is the rule's for what its comparisons say. */
function fold(subject: Subject, isKvm: boolean, low: number, count: number, rules: Rules): Claim {
  const { about, run, ofRules, reaches, compares } = lanesOf(subject, isKvm, low, count);
  const any = new Set<Term>();
  const pairs = Array.from({ length: FRAMES }, (_, lane) => {
    const at = bits(low + lane, 16);
    const matches = ofRules.map((type, index): Match => {
      const [block, frame] = [reaches(index), compares(index, at)];
      any.add(atom(block)).add(atom(frame));
      return { holds: and(block, frame), type };
    });
    const want = isKvm ? folded(rules.kvmFold, matches, fallback) : folded(rules.overlap, matches, fallback);
    return { got: run.memory.load(OUT + lane, 1), want };
  });
  return {
    about,
    assumed: areTypes(ofRules, rules),
    pairs,
    obligations: run.obligations,
    any: [...any],
  };
}

/** One range followed through the loops, and then any number of them. */
function* claimsOf(subject: Subject, isKvm: boolean, rules: Rules): Generator<Claim> {
  yield comparisons(subject, isKvm, 1);
  for (const low of [0, 0x1235]) yield fold(subject, isKvm, low, 1, rules);
  yield* isKvm ? intervalsOfAll(subject, rules) : masksOfAll(subject, rules);
}

/** Lanes against the rule of a page, by the manual. */
export const simdMasks: Statement = {
  id: 'simd',
  title: 'Each lane of the SIMD lookup gives what the manual says of its page.',
  source: 'the statement `overlaps`',
  claims: (subject, rules) => claimsOf(subject, false, rules),
  planted: {
    what: 'a lane says WB where ranges of WC and WT overlap',
    rules: {
      overlap: {
        ...RULES.overlap,
        last: (so, byDefault) => {
          const right = RULES.overlap.last(so, byDefault);
          return ite(equal(right, bits(0xff, 8)), bits(6, 8), right);
        },
      },
    },
  },
};

/** Lanes against the rule of a page, by KVM. */
export const simdIntervals: Statement = {
  id: 'simd-kvm',
  title: 'Each lane of the SIMD lookup gives what KVM 4.7 to 6.10 gives its page.',
  source: 'the statement `kvm-fold`',
  claims: (subject, rules) => claimsOf(subject, true, rules),
  planted: {
    what: 'UC does not end it',
    rules: {
      kvmFold: {
        ...RULES.kvmFold,
        step: (so, next) => {
          const after = RULES.kvmFold.step(so, next);
          return { ...after, ended: and(after.ended, not(equal(after.type, bits(0, 8)))) };
        },
      },
    },
  },
};
