/** KVM's level check over any number of ranges that there can be, by induction over its rounds. */
import {
  RULE_END as PLAN_RULE_END,
  RULE_SIZE as PLAN_RULE_SIZE,
  RULE_START as PLAN_RULE_START,
  RULE_TYPE as PLAN_RULE_TYPE,
  PLAN_RULES,
} from '../../../assembly/auto/plan-layout.ts';
import { RULE_END, RULE_START, RULE_TYPE, STATE_RULES } from '../../../assembly/direct/state-layout.ts';
import { VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import { add, band, equal, fromBool, ite, mul, shl, sub, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, STATE, word } from '../blocks.ts';
import type { Claim, Subject } from '../claim.ts';
import { and, not } from '../conditions.ts';
import { type Entry, entriesAt } from '../cut.ts';
import { byInduction, stepsBy } from '../induction.ts';
import { type LeafSoFar, type Rules, UNDEFINED } from '../rules.ts';
import { bits, type Term, variable } from '../term.ts';
import { asNumber, count, isTypeSoFar, rolesOfWalk, walks } from './fold-inductions.ts';
import {
  autoArgs,
  autoBlock,
  directArgs,
  directBlock,
  FRAMES,
  fallback,
  isEnabled,
  region,
} from './level-blocks.ts';

const typeBits = variable('type', 3);
/** The range of this round. */
const range = {
  start: variable('start', 64),
  end: variable('end', 64),
  type: zeroExtend(typeBits, 8),
};

const now: LeafSoFar = {
  type: variable('typeSoFar', 8),
  isOneType: equal(variable('isOneType', 1), bits(1, 1)),
  covered: variable('covered', 64),
  hasGap: equal(variable('hasGap', 1), bits(1, 1)),
};

/** The range at an address. */
const rangeAt = (at: Term, [start, end, type]: readonly [number, number, number]): Entry[] =>
  entriesAt(at, [
    [start, range.start],
    [end, range.end],
    [type, zeroExtend(range.type, 32)],
  ]);

function assumed({ isMemoryType }: Rules): Term[] {
  return [
    isMemoryType(range.type),
    isMemoryType(fallback),
    ult(range.start, range.end),
    ule(range.end, FRAMES),
    ule(count, word(VARIABLE_COUNT_MAX)),
  ];
}

/** The walk over a region of a level: the states that an induction needs, and what comes of one. */
function walkOver(level: 2 | 3, { oneLeaf }: Rules) {
  const fold = oneLeaf({ ...region(level), enabled: isEnabled });
  return {
    states: { first: fold.first, now, next: fold.step(now, range) },
    given: (so: LeafSoFar): Term => fromBool(fold.last(so, fallback), 32),
  };
}

/** A type so far as a set of one, or of none. */
const asSet = (type: Term): Term =>
  ite(equal(type, bits(UNDEFINED, 8)), word(0), shl(word(1), zeroExtend(type, 32)));

/** `direct` over all ranges. */
export function directLevels({ executor }: Subject, level: 2 | 3, rules: Rules): Claim {
  const rule = variable('rule', 32);
  const cuts = (initial: readonly Term[]): boolean => initial.includes(word(STATE + STATE_RULES));
  const entries = rangeAt(rule, [RULE_START, RULE_END, RULE_TYPE]);
  const outcome = executor({ cuts, entries }).run(
    'direct/level/isMappable',
    directArgs(level),
    directBlock(count),
  );
  const { states, given } = walkOver(level, rules);
  return byInduction(outcome, {
    about: `direct/level/isMappable: any region of level ${level}, up to ${VARIABLE_COUNT_MAX} ranges in any order`,
    assumed: assumed(rules),
    roles: {
      ...rolesOfWalk,
      type: { initial: word(-1) },
      covered: { initial: region(level).start },
      gap: { initial: word(0) },
    },
    states,
    invariant: ({ type, covered, gap, rule, left }, so) =>
      and(
        walks({ rule, left }),
        isTypeSoFar(so.type, rules),
        // Where types differ the loop is left.
        so.isOneType,
        equal(type, asNumber(so.type)),
        equal(covered, so.covered),
        equal(gap, fromBool(so.hasGap, 32)),
      ),
    entry: (locals) => equal(rule, locals.rule),
    measure: ({ left }) => left,
    left: ({ left }) => ite(equal(left, word(0)), given(now), given(states.next)),
    skipped: given(states.first),
  });
}

/** `auto` over all ranges. */
export function autoLevels({ executor }: Subject, level: 2 | 3, rules: Rules): Claim {
  const index = variable('index', 32);
  const { start } = region(level);
  const cuts = (initial: readonly Term[]): boolean => initial.includes(start);
  const rule = add(word(PLAN + PLAN_RULES), mul(index, word(PLAN_RULE_SIZE)));
  const entries = rangeAt(rule, [PLAN_RULE_START, PLAN_RULE_END, PLAN_RULE_TYPE]);
  const outcome = executor({ cuts, entries }).run(
    'auto/level/regionIsLeaf',
    autoArgs(level),
    autoBlock(count),
  );
  const { states, given } = walkOver(level, rules);
  return byInduction(outcome, {
    about: `auto/level/regionIsLeaf: any region of level ${level}, up to ${VARIABLE_COUNT_MAX} ranges in any order`,
    assumed: assumed(rules),
    roles: {
      index: { initial: word(0), next: stepsBy(1) },
      types: { initial: word(0), of: typeBits },
      covered: { initial: start },
      gap: { initial: word(0) },
    },
    states,
    invariant: (locals, so) =>
      and(
        ule(locals.index, count),
        isTypeSoFar(so.type, rules),
        ite(so.isOneType, equal(locals.types, asSet(so.type)), isMixed(locals.types)),
        equal(locals.covered, so.covered),
        equal(locals.gap, fromBool(so.hasGap, 32)),
      ),
    entry: (locals) => equal(index, locals.index),
    measure: (locals) => sub(count, locals.index),
    left: () => given(now),
    skipped: given(states.first),
  });
}

/** Whether a set has more than one type. */
const isMixed = (types: Term): Term => not(equal(band(types, sub(types, word(1))), word(0)));
