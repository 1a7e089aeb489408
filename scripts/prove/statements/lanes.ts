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
  RULE_TYPE,
  STATE_LANES,
} from '../../../assembly/direct/state-layout.ts';
import { equal, fromBool, ite, zeroExtend } from '../bitvectors.ts';
import { OUT, STATE, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, not } from '../conditions.ts';
import type { Outcome } from '../execute.ts';
import { folded, RULES, type Rules } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import { areTypes, atom, fallback, stateBlock } from './fold-blocks.ts';
import { lanesOfAll } from './lane-inductions.ts';
import { a, b, byIntervals, byMasks, FIRST_FRAMES, FRAMES, frameOf, type Kind, type } from './lane-kinds.ts';

/** One range in a lane: what the Wasm wrote of it, and what it gives. */
interface OneLane {
  readonly run: Outcome;
  /** Whether the block has any frame of the range, and whether the range holds a frame of it, as the lane says. */
  readonly reaches: Term;
  readonly compares: (low: Term) => Term;
}

/**
 * @param low - the lower 16 bits of the first frame, so that lanes start at any place
 */
function oneLane<State>({ executor }: Subject, low: number, kind: Kind<State>): OneLane {
  const memory = stateBlock(kind.isKvm, 1, (to, at) => {
    to.store(at + kind.fields[0], a);
    to.store(at + kind.fields[1], b);
    to.store(at + RULE_TYPE, zeroExtend(type, 32));
  });
  memory.fill(STATE + STATE_LANES, bits(0, 8), LANE_SIZE);
  const args = [word(STATE), frameOf(bits(low, 16)), word(FRAMES), word(OUT)];
  const run = executor().run('direct/lookup-simd/writeMtrrTypesSimd', args, memory);
  const field = (offset: number, count: number): Term => run.memory.load(STATE + STATE_LANES + offset, count);
  /** What a choice between a range that the block has and one that it has not is made by. */
  const chosen = field(kind.isKvm ? LANE_FIRST : LANE_THIRD, 1);
  if (chosen.op !== 'ite') throw new Error('lanes hold no range that depends on the block');
  const choice = chosen.args[0]!;
  return {
    run,
    reaches: kind.isKvm ? not(choice) : choice,
    compares: (at) => kind.compares(at, field(LANE_FIRST, 2), field(LANE_SECOND, 2)),
  };
}

/** A lane's comparison with a range is the range's with the frame. */
function comparisons<State>(subject: Subject, kind: Kind<State>): Claim {
  const { reaches, compares } = oneLane(subject, 0, kind);
  const low = variable('low', 16);
  return {
    about: `writeMtrrTypesSimd: a lane of any block and frame, one of the ${kind.words}`,
    assumed: [kind.assumed],
    pairs: [
      {
        got: fromBool(and(reaches, compares(low)), 1),
        want: fromBool(kind.holds(frameOf(low)), 1),
      },
    ],
    obligations: [],
  };
}

/** A lane's type is the rule's for what its comparison says. */
function fold<State>(subject: Subject, low: number, rules: Rules, kind: Kind<State>): Claim {
  const { run, reaches, compares } = oneLane(subject, low, kind);
  const frames = Array.from({ length: FRAMES }, (_, lane) => compares(bits(low + lane, 16)));
  return {
    about: `writeMtrrTypesSimd: ${FRAMES} frames from ...${low.toString(16).padStart(4, '0')}, one of the ${kind.words}`,
    assumed: areTypes([type], rules),
    pairs: frames.map((holds, lane) => ({
      got: run.memory.load(OUT + lane, 1),
      want: folded(kind.fold, [{ holds: and(reaches, holds), type }], fallback),
    })),
    obligations: run.obligations,
    any: [...new Set([reaches, ...frames].map(atom))],
  };
}

/** One range followed through the loops, and then any number of them. */
function* claimsOf<State>(subject: Subject, rules: Rules, kind: Kind<State>): Generator<Claim> {
  yield comparisons(subject, kind);
  for (const low of FIRST_FRAMES) yield fold(subject, low, rules, kind);
  yield* lanesOfAll(subject, rules, kind);
}

/** Lanes against the rule of a page, by the manual. */
export const simdMasks: Statement = {
  id: 'simd',
  title: 'Each lane of the SIMD lookup gives what the manual says of its page.',
  source: 'the statement `overlaps`',
  claims: (subject, rules) => claimsOf(subject, rules, byMasks(rules)),
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
  claims: (subject, rules) => claimsOf(subject, rules, byIntervals(rules)),
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
