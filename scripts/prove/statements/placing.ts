/** The way from the registers to the rules of `direct`, for all registers that there can be, by induction over them. */
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_BASES,
  STATE_LANES,
  STATE_MASKS,
  STATE_RULE_COUNT,
  STATE_RULES,
  STATE_VIEW,
} from '../../../assembly/direct/state-layout.ts';
import { MTRR_ARCHITECTURAL, MTRR_KVM, VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import {
  add,
  band,
  concat,
  equal,
  extract,
  fromBool,
  ite,
  mul,
  sub,
  ule,
  ult,
  zeroExtend,
} from '../bitvectors.ts';
import { STATE, VIEW, viewBlock, word } from '../blocks.ts';
import type { Claim, Statement, Subject } from '../claim.ts';
import { and, implies, not } from '../conditions.ts';
import { type Cut, type Entry, entriesAt, liesIn, partsOf, type Stored } from '../cut.ts';
import type { Outcome } from '../execute.ts';
import { everyRound, type Inner, loopOf, stepsBy } from '../induction.ts';
import type { Rules } from '../rules.ts';
import { bits, FALSE, type Term, variable } from '../term.ts';
import { placedByAuto } from './auto-placing.ts';
import { address, gfn, maxphyaddr, physical, typeIn, written } from './registers.ts';

/** The register of this round, and its pair. */
const register = variable('register', 32);
const [base, mask] = [variable('base', 64), variable('mask', 64)];
const isOn = equal(extract(mask, 11, 11), bits(1, 1));
/** How many rules there are before this round. */
const count = variable('count', 32);

const ofRegister = (at: number): Term => add(word(STATE + at), mul(register, word(8)));
const registers: readonly Entry[] = [
  { at: ofRegister(STATE_BASES), value: base },
  { at: ofRegister(STATE_MASKS), value: mask },
];
const ruleAt = (index: Term): Term => add(word(STATE + STATE_RULES), mul(index, word(RULE_SIZE)));

/** The rules of registers that may be anything. */
function placed({ executor }: Subject, isKvm: boolean, entries: readonly Entry[]): Outcome {
  const memory = viewBlock({ maxphyaddr, mtrr: word(isKvm ? MTRR_KVM : MTRR_ARCHITECTURAL) });
  memory.store(STATE + STATE_VIEW, word(VIEW));
  const run = executor({ cuts: () => true, entries: [...registers, ...entries] });
  return run.run('direct/rules/writeRules', [word(VIEW), word(STATE)], memory);
}

const rolesOfRegisters = {
  register: { initial: word(0), next: stepsBy(1) },
  count: { initial: word(0) },
};

interface Registers {
  readonly register: Term;
  readonly count: Term;
}

/** Fewer rules than registers. */
const isWithin = (locals: Registers): Term =>
  and(ule(locals.count, locals.register), ule(locals.register, word(VARIABLE_COUNT_MAX)));

/**
 * Of the loop over registers: that it begins, stays and ends as it should, and what is claimed of what a round writes.
 *
 * @param claimed - where the register of the round is on
 */
function overRegisters(outcome: Outcome, claimed: (isOne: Term) => Term, inner?: Inner): Term[] {
  const { condition, memory, cuts, obligations } = outcome;
  const [cut] = cuts as [Cut];
  const result = memory.load(STATE + STATE_RULE_COUNT, 4);
  const roots = [result, condition, ...obligations.slice(cut.before), ...partsOf(cut.stores)];
  const { initial, now, next, isBack, alike } = loopOf(cut, roots, rolesOfRegisters);
  const isRound = ult(register, word(VARIABLE_COUNT_MAX));
  const begins = and(alike.initial, equal(initial.count, word(0)), equal(initial.register, word(0)));
  const isNow = and(isWithin(now), alike.now, equal(now.register, register), equal(now.count, count));
  const round = and(
    equal(isBack, and(isRound, not(inner?.isBack ?? FALSE))),
    implies(isBack, and(isWithin(next), alike.next, equal(next.count, add(count, fromBool(isOn, 32))))),
    claimed(and(isRound, isOn)),
    // No register changes.
    ...cuts.flatMap(({ stores }) =>
      stores.map((one) => implies(one.when, liesIn(one, STATE + STATE_RULES, STATE + STATE_LANES))),
    ),
    implies(condition, equal(result, count)),
  );
  return everyRound(outcome, { begins: and(isWithin(initial), begins), isNow, round }, inner);
}

/** That a round writes these fields of the rule at an address, where it should and only then. */
function writes(stores: readonly Stored[], isOne: Term, rule: Term, offsets: readonly number[]): Term {
  if (stores.length !== offsets.length) throw new Error(`a round writes ${stores.length} fields`);
  return and(
    ...stores.map(({ when, at }, index) =>
      and(equal(when, isOne), implies(isOne, equal(at, add(rule, word(offsets[index]!))))),
    ),
  );
}

function placedByManual(subject: Subject, { maskHolds }: Rules): Claim {
  const outcome = placed(subject, false, []);
  const [cut] = outcome.cuts;
  const { stores } = cut!;
  const [frames, value, type] = stores.map((one) => one.value);
  const holds = maskHolds(base, mask, address, physical);
  return {
    about: `direct/rules/writeRules: masks of up to ${VARIABLE_COUNT_MAX} registers`,
    assumed: written(base, mask),
    pairs: [],
    obligations: overRegisters(outcome, (isOne) =>
      and(
        writes(stores, isOne, ruleAt(count), [RULE_MASK, RULE_VALUE, RULE_TYPE]),
        implies(isOne, equal(equal(band(gfn, frames!), value!), holds)),
        implies(isOne, equal(type!, zeroExtend(typeIn(base), 32))),
      ),
    ),
  };
}

/** From the registers to the rules by the manual, of `direct` and of `auto`. */
export const placing: Statement = {
  id: 'placing',
  title: 'Each register that is on becomes a rule of its pages and its type, in the order of the registers.',
  source: 'SDM vol. 3A, "Variable Range MTRRs"',
  *claims(subject, rules) {
    yield placedByManual(subject, rules);
    yield placedByAuto(subject, false, rules);
  },
  planted: {
    what: 'bits of the base that the mask leaves open count',
    rules: {
      maskHolds: (of, compared, address, space) => {
        const frames = band(compared, band(space, bits(~0xfffn, 64)));
        return equal(band(address, frames), band(of, band(space, bits(~0xfffn, 64))));
      },
    },
  },
};

/** The rule that stands before the place where the walk of the insertion is. */
const before = {
  start: variable('beforeStart', 52),
  end: variable('beforeEnd', 64),
  type: zeroExtend(variable('beforeType', 3), 8),
  padding: variable('beforePadding', 32),
};
const beforeRule = concat(
  before.padding,
  concat(zeroExtend(before.type, 32), concat(before.end, zeroExtend(before.start, 64))),
);
/** The base register of that rule: its type is below its address. */
const beforeBase = concat(before.start, concat(bits(0, 4), before.type));

/** Where the insertion's walk is: how many rules are before it. */
const place = variable('place', 32);

function sortedByKvm(subject: Subject, { convexRange, isWalkedBefore, isMemoryType }: Rules): Claim {
  // Before the first there is none, and a register's place must not be taken for one.
  const last = ruleAt(ite(equal(place, word(0)), count, sub(place, word(1))));
  const outcome = placed(
    subject,
    true,
    entriesAt(last, [
      [RULE_START, zeroExtend(before.start, 64)],
      [RULE_END, before.end],
      [RULE_TYPE, zeroExtend(before.type, 32)],
      [0, beforeRule],
    ]),
  );
  const [outer, inner] = outcome.cuts;
  const [start, end, type] = outer!.stores.map((one) => one.value);
  const range = convexRange(base, mask, physical);
  const [copy, ...others] = inner!.stores;
  if (copy === undefined || others.length > 0) throw new Error('an insertion moves one rule a round');
  const roots = partsOf([...outer!.stores, copy]);
  const { initial, now, next, isBack, alike } = loopOf(inner!, roots, {
    rule: { next: (so: Term) => sub(so, bits(RULE_SIZE, so.width)) },
  });
  /** The walk is at one of the rules that there are, or behind the last. */
  const isPlace = (rule: Term, index: Term): Term => and(ule(index, count), equal(rule, ruleAt(index)));
  const moves = and(
    not(equal(place, word(0))),
    not(isWalkedBefore(beforeBase, base)),
    not(equal(beforeBase, base)),
  );
  const insertion = (isOne: Term): Term => {
    const goesOn = and(isOne, moves);
    return and(
      equal(isBack, goesOn),
      implies(isBack, and(alike.next, isPlace(next.rule, sub(place, word(1))))),
      equal(copy.when, goesOn),
      implies(goesOn, and(equal(copy.at, ruleAt(place)), equal(copy.value, beforeRule))),
    );
  };
  const claim = overRegisters(
    outcome,
    (isOne) =>
      and(
        insertion(isOne),
        writes(outer!.stores, and(isOne, not(moves)), ruleAt(place), [RULE_START, RULE_END, RULE_TYPE]),
        implies(isOne, and(equal(start!, range.start), equal(end!, range.end))),
        implies(isOne, equal(type!, zeroExtend(typeIn(base), 32))),
      ),
    {
      before: inner!.before,
      begins: implies(inner!.reached, and(alike.initial, isPlace(initial.rule, count))),
      isNow: and(alike.now, isPlace(now.rule, place)),
      isBack,
    },
  );
  return {
    about: `direct/rules/writeRules: intervals of up to ${VARIABLE_COUNT_MAX} registers, in KVM's order`,
    assumed: [...written(base, mask), isMemoryType(typeIn(base)), isMemoryType(before.type)],
    pairs: [],
    obligations: claim,
  };
}

/** From the registers to KVM's list, of `direct` by insertion, of `auto` by selection. */
export const sorting: Statement = {
  id: 'sorting',
  title:
    'Registers that are on become intervals by descending base register, equal ones in the order of registers.',
  source: 'arch/x86/kvm/mtrr.c: var_mtrr_range, update_var_mtrr',
  *claims(subject, rules) {
    yield sortedByKvm(subject, rules);
    yield placedByAuto(subject, true, rules);
  },
  planted: {
    what: 'the list is walked from its beginning',
    rules: { isWalkedBefore: (a, b) => ult(a, b) },
  },
};
