/** The folds over any number of ranges that there can be, by induction over their rounds. */
import {
  RULE_SIZE as PLAN_RULE_SIZE,
  RULE_TYPE as PLAN_RULE_TYPE,
  PLAN_RULES,
} from '../../../assembly/auto/plan-layout.ts';
import {
  RULE_END,
  RULE_MASK,
  RULE_SIZE,
  RULE_START,
  RULE_TYPE,
  RULE_VALUE,
  STATE_RULES,
} from '../../../assembly/direct/state-layout.ts';
import { VARIABLE_COUNT_MAX } from '../../../assembly/layout.ts';
import { add, band, equal, ite, mul, sub, ule, ult, zeroExtend } from '../bitvectors.ts';
import { PLAN, STATE, word } from '../blocks.ts';
import type { Claim, Subject } from '../claim.ts';
import { and, implies, not, or } from '../conditions.ts';
import { type Entry, entriesAt } from '../cut.ts';
import { byInduction, stepsBy } from '../induction.ts';
import { type Fold, type Rules, type TypeSoFar, type TypesHeld, UNDEFINED } from '../rules.ts';
import { bits, FALSE, type Term, TRUE, variable } from '../term.ts';
import { areTypes, byDefault, fallback, planBlock, stateOf, tom2, undefinedAsByte } from './fold-blocks.ts';
import { isEmpty, isLowest, isSubset, without, withoutLowest } from './sets.ts';

const gfn = variable('gfn', 64);
const type = zeroExtend(variable('type', 3), 8);
/** Where the walk stands, of `direct`: the rule of this round, and how many are left. */
export const count = variable('count', 32);

const heldNow: TypesHeld = { held: variable('heldSoFar', 8) };
const typeNow: TypeSoFar = { type: variable('typeSoFar', 8), ended: FALSE };

/** Sets of types hold nothing but types. */
export const areHeld = ({ held }: TypesHeld): Term => equal(band(held, bits(0b10001100, 8)), bits(0, 8));

/** A type (8 bits), or UNDEFINED for none so far. */
export const isTypeSoFar = (type: Term, { isMemoryType }: Rules): Term =>
  or(equal(type, bits(UNDEFINED, 8)), isMemoryType(type));

/** A type so far as a number (32 bits), -1 where there is none. */
export const asNumber = (type: Term): Term =>
  ite(equal(type, bits(UNDEFINED, 8)), word(-1), zeroExtend(type, 32));

interface Walk {
  readonly rule: Term;
  readonly left: Term;
}

/** The rule of a round is as many rules from the first as are not left any more. */
export const walks = ({ rule, left }: Walk): Term =>
  and(ule(left, count), equal(rule, add(word(STATE + STATE_RULES), mul(sub(count, left), word(RULE_SIZE)))));

export const rolesOfWalk = {
  rule: { initial: word(STATE + STATE_RULES), next: stepsBy(RULE_SIZE) },
  left: { initial: count, next: (now: Term) => sub(now, bits(1, now.width)) },
};

function directRun({ executor }: Subject, isKvm: boolean, entries: readonly Entry[]) {
  const cuts = (initial: readonly Term[]): boolean => initial.includes(word(STATE + STATE_RULES));
  const args = [word(STATE), gfn];
  return executor({ cuts, entries }).run('direct/mtrr/mtrrType', args, stateOf(isKvm, count));
}

/** `direct` by the manual: masks of any kind. */
export function directManualOfAll(subject: Subject, rules: Rules): Claim {
  const [mask, value, rule] = [variable('mask', 64), variable('value', 64), variable('rule', 32)];
  const entries = entriesAt(rule, [
    [RULE_MASK, mask],
    [RULE_VALUE, value],
    [RULE_TYPE, zeroExtend(type, 32)],
  ]);
  const outcome = directRun(subject, false, entries);
  const next = rules.overlap.step(heldNow, { holds: equal(band(gfn, mask), value), type });
  return byInduction(outcome, {
    about: `direct/mtrr/mtrrType: up to ${VARIABLE_COUNT_MAX} rules`,
    assumed: [...areTypes([type], rules), ule(count, word(VARIABLE_COUNT_MAX))],
    roles: { ...rolesOfWalk, types: { initial: word(0) } },
    states: { first: rules.overlap.first, now: heldNow, next },
    invariant: ({ types, ...walk }, so) =>
      and(walks(walk), areHeld(so), equal(types, zeroExtend(so.held, 32))),
    entry: ({ rule: now }) => equal(rule, now),
    measure: ({ left }) => left,
    left: () => zeroExtend(rules.overlap.last(heldNow, fallback), 32),
    skipped: zeroExtend(rules.overlap.last(rules.overlap.first, fallback), 32),
  });
}

/** `direct` by KVM: intervals in the order of the walk, whatever that is. */
export function directKvmOfAll(subject: Subject, rules: Rules): Claim {
  const [start, end, rule] = [variable('start', 64), variable('end', 64), variable('rule', 32)];
  const entries = entriesAt(rule, [
    [RULE_START, start],
    [RULE_END, end],
    [RULE_TYPE, zeroExtend(type, 32)],
  ]);
  const outcome = directRun(subject, true, entries);
  const next = rules.kvmFold.step(typeNow, { holds: and(ule(start, gfn), ult(gfn, end)), type });
  const given = (so: TypeSoFar): Term => zeroExtend(rules.kvmFold.last(so, fallback), 32);
  return byInduction(outcome, {
    about: `direct/mtrr/mtrrType: up to ${VARIABLE_COUNT_MAX} intervals`,
    assumed: [...areTypes([type], rules), ule(count, word(VARIABLE_COUNT_MAX))],
    roles: { ...rolesOfWalk, sofar: { initial: word(-1) } },
    states: { first: rules.kvmFold.first, now: typeNow, next },
    invariant: ({ sofar, ...walk }, so) =>
      and(walks(walk), not(so.ended), isTypeSoFar(so.type, rules), equal(sofar, asNumber(so.type))),
    entry: ({ rule: now }) => equal(rule, now),
    measure: ({ left }) => left,
    left: ({ left }) => ite(equal(left, word(0)), given(typeNow), given(next)),
    skipped: given(rules.kvmFold.first),
  });
}

/** Rules that hold the page, a bit each, and those that have not had their round. */
const [held, rest] = [variable('held', 64), variable('rest', 64)];

/** The type of a rule of `auto`. */
const typeEntry = (index: Term, of: Term): Entry => ({
  at: add(word(PLAN + PLAN_RULES + PLAN_RULE_TYPE), mul(index, word(PLAN_RULE_SIZE))),
  value: zeroExtend(of, 32),
});

/** `auto`: the lowest rule first. What it starts from is the fold before any rule, or after the first. */
function autoFold<State>(
  { executor }: Subject,
  isKvm: boolean,
  rules: Rules,
  { fold, now, tie }: { fold: Fold<State>; now: State; tie: (local: Term, so: State, left: Term) => Term },
): Claim {
  const [index, index0] = [variable('index', 32), variable('index0', 32)];
  const type0 = zeroExtend(variable('type0', 3), 8);
  const start = isKvm ? withoutLowest(held) : held;
  const cuts = (initial: readonly Term[]): boolean => initial.includes(start);
  const entries = [typeEntry(index, type), ...(isKvm ? [typeEntry(index0, type0)] : [])];
  const args = [word(PLAN), held, zeroExtend(tom2, 32)];
  const { result, ...outcome } = executor({ cuts, entries }).run(
    'auto/fold/foldRules',
    args,
    planBlock(isKvm),
  );
  const next = fold.step(now, { holds: TRUE, type });
  const given = (so: State): Term => zeroExtend(fold.last(so, byDefault), 32);
  const started = isKvm ? without(index0, held) : held;
  return byInduction(
    { ...outcome, result: undefinedAsByte(result!) },
    {
      about: `auto/fold/foldRules: up to ${VARIABLE_COUNT_MAX} rules`,
      assumed: [
        ...areTypes([type, type0], rules),
        ult(held, bits(1n << BigInt(VARIABLE_COUNT_MAX), 64)),
        or(isEmpty(held), isLowest(index0, held)),
      ],
      roles: { rest: { next: withoutLowest }, sofar: {} },
      states: {
        first: {
          rest: started,
          so: isKvm ? fold.step(fold.first, { holds: TRUE, type: type0 }) : fold.first,
        },
        now: { rest, so: now },
        next: { rest: without(index, rest), so: next },
      },
      invariant: (locals, state) =>
        and(
          equal(locals.rest, state.rest),
          isSubset(state.rest, started),
          tie(locals.sofar, state.so, state.rest),
        ),
      entry: (locals) => or(isEmpty(locals.rest), isLowest(index, locals.rest)),
      measure: (locals) => locals.rest,
      left: (locals) => ite(isEmpty(locals.rest), given(now), given(next)),
      skipped: given(fold.first),
    },
  );
}

/** `auto` by the manual. */
export function autoManualOfAll(subject: Subject, rules: Rules): Claim {
  return autoFold(subject, false, rules, {
    fold: rules.overlap,
    now: heldNow,
    tie: (local, so, left) =>
      and(
        areHeld(so),
        // Before the first round none has been taken; there is one, or the loop is not reached.
        implies(equal(so.held, bits(0, 8)), equal(left, held)),
        equal(local, zeroExtend(so.held, 32)),
      ),
  });
}

/** `auto` by KVM. */
export function autoKvmOfAll(subject: Subject, rules: Rules): Claim {
  return autoFold(subject, true, rules, {
    fold: rules.kvmFold,
    now: typeNow,
    tie: (local, so) =>
      and(not(so.ended), rules.isMemoryType(so.type), equal(local, zeroExtend(so.type, 32))),
  });
}
